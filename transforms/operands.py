"""What can stand between the operators: numbers, names of what is known of the picture, texts, variables.

    operand = number / ratio / name / "$" variable / ("ctx" / "md" / "ref") ":" literal / literal
    literal = "!" text *( ":" text ) "!"
    ratio   = number ":" number

`_` separates words, but not between exclamation marks. A text is percent-decoded twice, as the text of a
layer is: SDKs escape `,` and `/` once or twice, so that neither the server nor the grammar splits there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote_to_bytes

from transforms.errors import NotOffered, printable
from transforms.kinds.base import Misread
from transforms.kinds.numbers import normal_number, plain
from transforms.kinds.publicids import is_public_id


class Numeral(float):
    """A number as somebody wrote it, `0.5` or `16:9`; arithmetic makes a plain number of it."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, written: str) -> Numeral:
        over, _, under = written.partition(":")
        self = super().__new__(cls, float(over) / float(under or 1))
        self.written = written
        return self

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]  # float's own would give a number
        return (self.written,)

    @property
    def is_share(self) -> bool:
        """Whether it has a decimal point: where a size stands, it is a part of the image (`w_0.5`)."""
        return "." in self.written and ":" not in self.written


@dataclass(frozen=True, slots=True)
class Current:
    """`$img_current`: the picture as it is where this stands."""

    def __str__(self) -> str:
        return "current"


@dataclass(frozen=True, slots=True)
class Reference:
    """`ref:!docs:sale!`: another picture, by its public id (`docs/sale`)."""

    public_id: str

    def __str__(self) -> str:
        return self.public_id.replace("/", ":")


Value = float | str | tuple[str, ...] | Current | Reference
"""What an expression comes to and a variable holds."""


class Names(Protocol):
    """What names stand for where they are asked: `w`, `tags`, `$foo`, `ctx:key`, `md:field`.

    Raises KeyError for what it does not have; its own exceptions pass through whoever asks.
    """

    def __getitem__(self, name: str, /) -> Value: ...


@dataclass(frozen=True, slots=True)
class Literal:
    """A text as written: `!sale!` is a text, `!a:b!` a list."""

    value: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """Something to be asked of `Names`."""

    name: str


Operand = float | Literal | Name | Reference

OPERANDS: dict[str, str] = {
    "w": "current width",
    "h": "current height",
    "ar": "current width divided by height",
    "iw": "width of the original",
    "ih": "height of the original",
    "iar": "width of the original divided by its height",
    "ow": "width of the original, another spelling of `iw`",
    "oh": "height of the original, another spelling of `ih`",
    "tar": "ratio that is left when a plain border is trimmed",
    "cp": "current page or frame, counted from 1",
    "pc": "number of pages or frames",
    "px": "offset of the page from the left, in pixels",
    "py": "offset of the page from the top, in pixels",
    "fc": "number of faces",
    "ils": "how likely it is an illustration, from 0 to 1",
    "idn": "density of the original, in dots an inch",
    "du": "duration of the animation, in seconds",
    "idu": "duration of the original animation, in seconds",
    "tags": "tags of the picture; they stand beside `in` and `nin`",
}
"""What can be asked by a plain name, with what it stands for."""

TEXTS: dict[str, str] = {
    "ctx": "what the context of the picture holds under that key, as `ctx:!key!`",
    "md": "what that field of its structured metadata holds, as `md:!field!`",
    "ref": "another picture by its public id, as `ref:!docs:sale!`",
}
"""What is asked by a text of one's own."""

KNOWN_OPERANDS: dict[str, str] = {
    "pgnames": "names of the layers of a document",
    "lpname": "name of the layer of a document",
}
"""Known to the grammar, not offered here."""

_ALIASES = {"ow": "iw", "oh": "ih"}

LONG_OPERANDS: dict[str, str] = {
    "width": "w",
    "height": "h",
    "aspect": "ar",
    "aspectratio": "ar",
    "initialwidth": "iw",
    "initialheight": "ih",
    "initialaspectratio": "iar",
    "trimmedaspectratio": "tar",
    "currentpage": "cp",
    "pagecount": "pc",
    "pagex": "px",
    "pagey": "py",
    "facecount": "fc",
    "face": "fc",
    "illustrationscore": "ils",
    "duration": "du",
    "initialduration": "idu",
    "context": "ctx",
    "metadata": "md",
}
"""The names that SDKs translate, in lower case, and the one that is meant."""

_VARIABLE = re.compile(r"\$(?:\(([A-Za-z][A-Za-z0-9]*)\)|([A-Za-z][A-Za-z0-9]*))", re.ASCII)

_SAFE_IN_LITERAL = "-._~:*'()+;=@$&"
"""Characters of a text that stand in a path as they are; the others are percent-encoded."""


def split_words(text: str) -> list[str]:
    """The words between `_`, each text between `!` whole. Raises Misread when one is left open."""
    if "!" not in text:
        return text.split("_")
    parts = text.split("!")
    if len(parts) % 2 == 0:
        raise Misread("has a text that is not closed: it stands between two !")
    words = [""]
    for place, part in enumerate(parts):
        if place % 2:
            words[-1] += f"!{part}!"
        else:
            first, *others = part.split("_")
            words[-1] += first
            words += others
    return words


def read_operand(word: str) -> tuple[Operand, str] | None:
    """The operand that a word is, with its canonical spelling; None when it is none.

    Raises Misread for a text that cannot be decoded, and NotOffered for operands that are only known.
    """
    if word in OPERANDS:
        return Name(_ALIASES.get(word, word)), word
    number = normal_number(word)
    if number is not None:
        return Numeral(number), number
    if word.startswith("$"):
        variable = _VARIABLE.fullmatch(word)
        name = f"${variable[1] or variable[2]}" if variable else None
        return (Name(name), name) if name else None
    if word in KNOWN_OPERANDS:
        raise NotOffered(f"{word} ({KNOWN_OPERANDS[word]}) is known, but not offered in expressions")
    if word.endswith("!"):
        return _read_text(word)
    return _read_ratio(word)


def _read_text(word: str) -> tuple[Operand, str] | None:
    prefix, _, text = word[:-1].partition("!")
    if "!" in text:
        return None
    value, written = read_literal(text)
    spelled = f"{prefix}!{written}!"
    joined = value if isinstance(value, str) else ":".join(value)
    match prefix:
        case "":
            return Literal(value), spelled
        case "ctx:" | "md:" if joined:
            return Name(prefix + joined), spelled
        case "ref:" if is_public_id(public_id := joined.replace(":", "/")):
            return Reference(public_id), spelled
    return None


def _read_ratio(word: str) -> tuple[Operand, str] | None:
    numbers = [normal_number(part) for part in word.split(":", 2)]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None or not float(numbers[1]):
        return None
    written = ":".join(filter(None, numbers))
    return Numeral(written), written


def read_literal(text: str) -> tuple[str | tuple[str, ...], str]:
    """What stands between the exclamation marks, and its canonical spelling.

    More than one text, separated by `:`, is a list.
    """
    once = _decode(text)
    parts = tuple(map(_decode, once.split(":")))
    return parts if len(parts) > 1 else parts[0], quote(once, safe=_SAFE_IN_LITERAL)


def _decode(text: str) -> str:
    if "%" not in text:
        return text
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise Misread("is not UTF-8") from error


def shown(value: object) -> str:
    """A value as text: numbers as short as they read back, lists joined by `:`."""
    match value:
        case Numeral():
            return value.written
        case int() | float():
            # Adding nothing makes one of -0.0 and 0.0.
            return plain(value + 0.0).removesuffix(".0")
        case tuple():
            return ":".join(map(str, value))
    return str(value)


def described(value: object) -> str:
    """A value as it is named in a message."""
    match value:
        case int() | float():
            return shown(value)
        case str():
            return f"the text {printable(value)!r}"
        case tuple():
            return f"the list {printable(shown(value))!r}"
        case Reference():
            return f"the picture {printable(value.public_id)!r}"
    return "a picture"
