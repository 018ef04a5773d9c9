"""The fonts there are: which face a style means, and which fonts help out where that has no glyph.

Choosing is done here, by name and by what each font holds, so that the picture depends on nothing but the
shipped and the configured fonts; pango is told which face to use for every stretch of text.
"""

from __future__ import annotations

import hashlib
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from transforms.errors import InvalidValue, printable
from transforms.fontfile import FontFacts, Ranges, read_font
from transforms.fonts import FILES, FOLDER, STAND_INS
from transforms.kinds.base import nearest
from transforms.textstyle import EXPECTED, TextStyle

_DIGEST_CHARACTERS = 16
_BOLD = 600
"""What is this heavy, or heavier, is bold."""
_NAMES_TOLD = 12

_JOINER = "\N{ZERO WIDTH JOINER}"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_HALVES = range(0x1F1E6, 0x1F200)
_LOOKS = range(0xFE00, 0xFE10)
"""Variation selectors: they ask for another look of the character before them."""


@dataclass(frozen=True, slots=True)
class Face:
    """One cut of a family, and the file it is in."""

    family: str
    weight: int
    italic: bool
    digest: str
    """Of the file's bytes: it names the font in keys, wherever the file lies."""
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A face, with what has to be known to choose it."""

    face: Face
    heaviest: int
    condensed: bool
    characters: Ranges

    def has(self, character: str) -> bool:
        """Whether there is a glyph for it."""
        at = bisect_right(self.characters, (ord(character), 0x110000)) - 1
        return at >= 0 and self.characters[at][1] >= ord(character)


Run = tuple[str, Face]
"""A stretch of text and the face it is set in."""


@dataclass(frozen=True)
class FontBook:
    """Every font that may be used; where two are alike, the first counts."""

    entries: tuple[Entry, ...]

    @cached_property
    def _families(self) -> Mapping[str, tuple[Entry, ...]]:
        """The faces by their family's name in lower case, the stand-ins' names among them."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.face.family.lower(), []).append(entry)
        for name, family in STAND_INS.items():
            if family.lower() in found:
                found.setdefault(name.lower(), found[family.lower()])
        return {name: tuple(entries) for name, entries in found.items()}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that lead to a font, as they are written, in alphabetical order."""
        written = {entry.face.family for entry in self.entries}
        written |= {name for name, family in STAND_INS.items() if family in written}
        return tuple(sorted(written, key=str.lower))

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the files that the faces are in, each once."""
        return tuple(dict.fromkeys(entry.face.path for entry in self.entries))

    def runs(self, text: str, style: TextStyle) -> tuple[Run, ...]:
        """`text` in stretches, each with the face it is set in: the style's own, or the first one that has
        the glyphs. What no font has stays with the style's own, and is drawn as a box with its number.

        Raises InvalidValue for a font that is not known, with the nearest.
        """
        own = self._find(style)
        runs: list[tuple[str, Entry]] = []
        for cluster in clusters(text):
            entry = own if _holds(own, cluster) else self._helper(own, cluster, style)
            if runs and runs[-1][1] is entry:
                runs[-1] = (runs[-1][0] + cluster, entry)
            else:
                runs.append((cluster, entry))
        return tuple((stretch, _drawn(entry, style)) for stretch, entry in runs)

    def missing(self, text: str) -> str:
        """The characters that no font has, each once."""
        return "".join(dict.fromkeys(c for c in text if not _ignorable(c) and not self._has(c)))

    def _has(self, character: str) -> bool:
        return any(entry.has(character) for entry in self.entries)

    def _find(self, style: TextStyle) -> Entry:
        if style.size is None:
            raise InvalidValue(
                f"text:{printable(style.font)} names a style that was uploaded, which is not offered: "
                f"write {EXPECTED}",
                code="unknown_text_style",
            )
        entries = self._families.get(style.font.lower())
        if entries is None:
            raise _unknown(style.font, self.names)
        return _nearest_face(entries, style)

    def _helper(self, own: Entry, cluster: str, style: TextStyle) -> Entry:
        holding = tuple(entry for entry in self.entries if _holds(entry, cluster))
        if not holding:
            return own
        family = holding[0].face.family
        return _nearest_face([entry for entry in holding if entry.face.family == family], style)


def faces_in(data: bytes, path: str) -> tuple[Entry, ...]:
    """The entries for a font file; each of its names is one. Raises UnsupportedFormat."""
    digest = hashlib.sha256(data).hexdigest()[:_DIGEST_CHARACTERS]
    return tuple(entry for facts in read_font(data) for entry in _entries(facts, digest, path))


def _entries(facts: FontFacts, digest: str, path: str) -> Iterable[Entry]:
    for family in facts.families:
        # Pango parts a list of families by commas.
        if "," not in family and family.isprintable():
            face = Face(family, facts.weight, facts.italic, digest, path)
            yield Entry(face, facts.heaviest, facts.condensed, facts.characters)


def asset_runs(text: str, style: TextStyle, content_hash: str, path: str) -> tuple[Run, ...]:
    """`text` set in a font that was uploaded: the file at `path` is `renamed` to `asset_family`.

    Where the style asks for another weight or slant than the file's, one is made of its letters.
    """
    digest = content_hash[:_DIGEST_CHARACTERS]
    face = Face(asset_family(content_hash), style.weight_number, style.style == "italic", digest, path)
    return ((text, face),)


def asset_family(content_hash: str) -> str:
    """The name by which a worker knows an uploaded font, and no other font goes."""
    return f"calotype {content_hash[:32]}"


@cache
def shipped() -> tuple[Entry, ...]:
    """The fonts that come with Calotype: a part of the program, read as its modules are."""
    return tuple(entry for name in FILES for entry in _shipped(f"{FOLDER}/{name}"))


def _shipped(path: str) -> tuple[Entry, ...]:
    with open(path, "rb") as file:  # noqa: PTH123  # no pathlib in the core
        return faces_in(file.read(), path)


def _nearest_face(entries: Iterable[Entry], style: TextStyle) -> Entry:
    """Upright or italic before weight, and no condensed cut where there is another."""
    italic, weight = style.style == "italic", style.weight_number
    return min(
        entries,
        key=lambda entry: (
            entry.condensed,
            entry.face.italic != italic,
            max(entry.face.weight - weight, weight - entry.heaviest, 0),
        ),
    )


def _drawn(entry: Entry, style: TextStyle) -> Face:
    """The face with the weight and slant to ask pango for: where a family has no bold or no italic, one is
    made of what it has."""
    asked = style.weight_number
    own = min(max(asked, entry.face.weight), entry.heaviest)
    weight = asked if own < _BOLD <= asked else own
    face = entry.face
    return Face(face.family, weight, face.italic or style.style == "italic", face.digest, face.path)


def _unknown(font: str, names: tuple[str, ...]) -> InvalidValue:
    near = nearest(font, [name.lower() for name in names])
    meant = next((name for name in names if name.lower() == near), None)
    more = f", … ({len(names)} in all)" if len(names) > _NAMES_TOLD else ""
    advice = f"did you mean {meant}? " if meant else ""
    return InvalidValue(
        f"there is no font {printable(font)!r}: {advice}known are {', '.join(names[:_NAMES_TOLD])}{more}",
        code="unknown_font",
        nearest=meant,
    )


def clusters(text: str) -> list[str]:
    """`text` in the pieces that must not be torn: a character and the marks on it, characters that joiners
    tie together. A plain reading of Unicode's Standard Annex 29, good for choosing fonts and for cutting."""
    found: list[str] = []
    for character in text:
        if found and _belongs(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _belongs(before: str, character: str) -> bool:
    """Whether `character` goes with the cluster `before` it."""
    code = ord(character)
    mark = unicodedata.category(character)[0] == "M" or character == _JOINER or code in _SKIN_TONES
    flag = len(before) == 1 and code in _FLAG_HALVES and ord(before) in _FLAG_HALVES
    return mark or flag or before.endswith(_JOINER)


def _ignorable(character: str) -> bool:
    """Nothing to see: controls, joiners, what only selects another look."""
    return unicodedata.category(character) in ("Cc", "Cf") or ord(character) in _LOOKS


def _holds(entry: Entry, cluster: str) -> bool:
    return all(entry.has(c) for c in cluster if not _ignorable(c) and not c.isspace())
