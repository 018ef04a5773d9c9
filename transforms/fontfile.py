"""What a TrueType or OpenType file says of itself, and the same file under another name.

After the OpenType specification 1.9: chapters "OpenType font file" (table directory, collections), "name",
"OS/2", "cmap" (formats 4 and 12) and "fvar". Everything is read with its bounds checked: fonts may be
strangers' files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.errors import UnsupportedFormat

_SIGNATURES = (b"\0\1\0\0", b"OTTO", b"true")
_COLLECTION = b"ttcf"
_MOST_TABLES = 128
_MOST_FACES = 64
_MOST_NAMES = 2048
_MOST_GROUPS = 65_536
_LAST_CHARACTER = 0x10FFFF

_FAMILY, _TYPOGRAPHIC_FAMILY, _POSTSCRIPT = 1, 16, 6
_FULL_NAME, _UNIQUE = 4, 3
_ITALIC, _OBLIQUE = 1 << 0, 1 << 9
_NORMAL_WIDTH = 5
_ENGLISH_US = 0x409
_UNICODE = ((3, 1), (3, 10), (0, 3))
"""Platforms and encodings of names in UTF-16."""

Ranges = tuple[tuple[int, int], ...]
"""First and last character of each run of characters, ascending."""


@dataclass(frozen=True, slots=True)
class FontFacts:
    """One face of a font file."""

    families: tuple[str, ...]
    """The family's name as designers count; and, where it differs, as older programs do."""
    weight: int
    """100 to 900; 400 is regular, 700 bold."""
    heaviest: int
    """As `weight`, but for a variable font, which has all between."""
    italic: bool
    condensed: bool
    """Narrower or wider than the family's usual face."""
    characters: Ranges


def read_font(data: bytes) -> tuple[FontFacts, ...]:
    """The faces in a font file, which are several in a collection.

    Raises UnsupportedFormat when it is no font file, or one that contradicts itself.
    """
    try:
        return tuple(_facts(data, _tables(data, offset)) for offset in _faces(data))
    except (struct.error, KeyError, UnicodeDecodeError, IndexError) as error:
        raise UnsupportedFormat("the file is no TrueType or OpenType font that can be read") from error


def renamed(data: bytes, family: str) -> bytes:
    """A font file with one face, the same but for its family's name, under which no other font goes.

    A worker knows fonts by their names, and keeps those it has seen. Raises UnsupportedFormat as `read_font`
    does, and for collections.
    """
    read_font(data)
    if data[:4] == _COLLECTION:
        raise UnsupportedFormat("the file is a collection of fonts: upload the one that is meant")
    tables = {tag: data[start : start + size] for tag, (start, size) in _tables(data, 0).items()}
    tables["name"] = _name_table(family)
    return _assembled(data[:4], tables)


def _faces(data: bytes) -> tuple[int, ...]:
    """Where the faces' table directories start."""
    if data[:4] in _SIGNATURES:
        return (0,)
    if data[:4] != _COLLECTION:
        raise UnsupportedFormat("the file is no TrueType or OpenType font (.ttf or .otf)")
    (count,) = struct.unpack_from(">L", data, 8)
    return struct.unpack_from(f">{min(count, _MOST_FACES)}L", data, 12)


def _tables(data: bytes, offset: int) -> dict[str, tuple[int, int]]:
    """Start and size of each table by its tag."""
    (count,) = struct.unpack_from(">H", data, offset + 4)
    if count > _MOST_TABLES:
        raise IndexError("too many tables")
    found = {}
    for i in range(count):
        tag, _, start, size = struct.unpack_from(">4sLLL", data, offset + 12 + 16 * i)
        if start + size > len(data):
            raise IndexError("a table lies outside of the file")
        found[tag.decode("latin-1")] = (start, size)
    return found


def _facts(data: bytes, tables: dict[str, tuple[int, int]]) -> FontFacts:
    start, _ = tables["OS/2"]
    weight, width = struct.unpack_from(">HH", data, start + 4)
    (selection,) = struct.unpack_from(">H", data, start + 62)
    weight, heaviest = _weights(data, tables, min(max(weight, 1), 1000))
    return FontFacts(
        families=_families(data, *tables["name"]),
        weight=weight,
        heaviest=heaviest,
        italic=bool(selection & (_ITALIC | _OBLIQUE)),
        condensed=width != _NORMAL_WIDTH,
        characters=_characters(data, tables["cmap"][0]),
    )


def _weights(data: bytes, tables: dict[str, tuple[int, int]], weight: int) -> tuple[int, int]:
    """Lightest and heaviest weight: those of the `wght` axis, where there is one."""
    if "fvar" not in tables:
        return weight, weight
    start, _ = tables["fvar"]
    axes, _, count, size = struct.unpack_from(">HHHH", data, start + 4)
    for i in range(min(count, _MOST_TABLES)):
        tag, least, _, most = struct.unpack_from(">4slll", data, start + axes + i * size)
        if tag == b"wght" and least <= most:
            return least >> 16, most >> 16
    return weight, weight


def _families(data: bytes, start: int, size: int) -> tuple[str, ...]:
    """The family's names in English, or in whatever language there is."""
    _, count, strings = struct.unpack_from(">HHH", data, start)
    found: dict[int, str] = {}
    for i in range(min(count, _MOST_NAMES)):
        platform, encoding, language, kind, length, offset = struct.unpack_from(
            ">HHHHHH", data, start + 6 + 12 * i
        )
        if kind not in (_FAMILY, _TYPOGRAPHIC_FAMILY) or (platform, encoding) not in _UNICODE:
            continue
        if kind not in found or language == _ENGLISH_US:
            begin = start + strings + offset
            found[kind] = data[begin : min(begin + length, start + size)].decode("utf-16-be")
    names = [found[kind] for kind in (_TYPOGRAPHIC_FAMILY, _FAMILY) if kind in found]
    if not names:
        raise KeyError("the font has no name")
    return tuple(dict.fromkeys(names))


def _characters(data: bytes, start: int) -> Ranges:
    """The characters that have a glyph."""
    (count,) = struct.unpack_from(">H", data, start + 2)
    best: tuple[int, int] | None = None
    for i in range(min(count, _MOST_TABLES)):
        platform, encoding, offset = struct.unpack_from(">HHL", data, start + 4 + 8 * i)
        (form,) = struct.unpack_from(">H", data, start + offset)
        if form in (4, 12) and (platform in (0, 3)) and (platform, encoding) != (0, 5):
            best = max(best or (0, 0), (form, start + offset))
    if best is None:
        return ()  # a font of symbols, mapped in a way of its own
    runs = _format_12(data, best[1]) if best[0] == 12 else _format_4(data, best[1])
    return _joined(runs)


def _format_12(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">L", data, start + 12)
    for i in range(min(count, _MOST_GROUPS)):
        first, last, _ = struct.unpack_from(">LLL", data, start + 16 + 12 * i)
        yield first, min(last, _LAST_CHARACTER)


def _format_4(data: bytes, start: int) -> Iterator[tuple[int, int]]:
    (doubled,) = struct.unpack_from(">H", data, start + 6)
    count = doubled // 2
    lasts, firsts, deltas, offsets = (
        struct.unpack_from(f">{count}H", data, start + 14 + i * doubled + (2 if i else 0)) for i in range(4)
    )
    places = start + 16 + 3 * doubled
    if sum(last - first for first, last in zip(firsts, lasts, strict=True)) > 65_536:
        raise IndexError("runs of characters overlap")
    for i, (first, last, delta, offset) in enumerate(zip(firsts, lasts, deltas, offsets, strict=True)):
        if not offset:
            # Glyph 0 means that there is none; a run has it once at most.
            missing = -delta % 65_536
            yield from _without(first, min(last, 0xFFFE), missing)
            continue
        for character in range(first, min(last, 0xFFFE) + 1):
            place = places + 2 * i + offset + 2 * (character - first)
            if place + 2 <= len(data) and data[place : place + 2] != b"\0\0":
                yield character, character


def _without(first: int, last: int, missing: int) -> Iterator[tuple[int, int]]:
    if first <= missing <= last:
        yield first, missing - 1
        yield missing + 1, last
    else:
        yield first, last


def _joined(runs: Iterator[tuple[int, int]]) -> Ranges:
    """Ascending, neighbours made one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(run for run in runs if run[0] <= run[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def _name_table(family: str) -> bytes:
    names = {
        _FAMILY: family,
        2: "Regular",
        _UNIQUE: family,
        _FULL_NAME: family,
        _POSTSCRIPT: family.replace(" ", ""),
    }
    records, strings = b"", b""
    for kind, name in names.items():
        text = name.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, _ENGLISH_US, kind, len(text), len(strings))
        strings += text
    return struct.pack(">HHH", 0, len(names), 6 + len(records)) + records + strings


def _assembled(signature: bytes, tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = max(1, count).bit_length() - 1
    head = signature + struct.pack(">HHHH", count, 16 << power, power, 16 * count - (16 << power))
    directory, body, offset = b"", b"", 12 + 16 * count
    for tag, table in sorted(tables.items()):
        padded = table + b"\0" * (-len(table) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sLLL", tag.encode("latin-1"), checksum, offset + len(body), len(table))
        body += padded
    return head + directory + body
