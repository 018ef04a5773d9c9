"""AVIF and HEIC before they are decoded (ISO/IEC 14496-12, and 23008-12 for items): sizes, grids, places.

What a small file can claim here is large: a grid of 65,536 tiles, or a thousand items that all point at the
same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from transforms.errors import UnsupportedFormat
from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.prescan.base import Tally, broken, cut_off, too_much

_IN_META = frozenset((b"iprp", b"ipco"))
"""Boxes whose content is boxes."""
_MOST_DEPTH = 8


@dataclass(slots=True)
class _Found:
    """What the boxes of one file told."""

    sizes: list[tuple[int, int]] = field(default_factory=list)
    kinds: dict[int, bytes] = field(default_factory=dict)
    """Kind of each item, by number."""
    places: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Construction method, start and length of each item of one extent."""
    inside: int = 0
    """Where the data box within `meta` begins."""
    sequence: bool = False
    metadata: bool = False


class _File:
    def __init__(self, format: str, data: bytes, limits: Limits) -> None:
        self.format = format
        self._data = data
        self._limits = limits
        self._tally = Tally(format, limits)
        self.found = _Found()

    def read(self) -> None:
        for kind, start, end in self._boxes(0, len(self._data)):
            if kind == b"meta":
                self.found.metadata = True
                self._meta(start + 4, end)
            elif kind == b"moov":
                self.found.sequence = True
        for number, kind in self.found.kinds.items():
            if kind == b"grid" and number in self.found.places:
                self._grid(*self.found.places[number])

    def _boxes(self, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Kind, and start and end of the content, of the boxes that follow each other."""
        while at + 8 <= end:
            self._tally.part()
            length, kind = struct.unpack_from(">I4s", self._data, at)
            head = 8
            if length == 1 and at + 16 <= end:
                (length,) = struct.unpack_from(">Q", self._data, at + 8)
                head = 16
            elif length == 0:
                length = end - at
            if length < head:
                raise broken(self.format, "a box is shorter than its head")
            if at + length > end:
                raise cut_off(self.format)
            yield kind, at + head, at + length
            at += length

    def _meta(self, at: int, end: int) -> None:
        pending = [(at, end, 0)]
        while pending:
            at, end, depth = pending.pop()
            for kind, start, stop in self._boxes(at, end):
                if kind in _IN_META and depth < _MOST_DEPTH:
                    pending.append((start, stop, depth + 1))
                else:
                    self._take(kind, start, stop)

    def _take(self, kind: bytes, start: int, end: int) -> None:
        if kind == b"ispe":
            width, height = self._unpack(">4xII", start, end)
            if not (width and height):
                raise broken(self.format, "it has no size")
            self.found.sizes.append((width, height))
        elif kind == b"iinf":
            self._items(start, end)
        elif kind == b"iloc":
            self._locations(start, end)
        elif kind == b"idat":
            self.found.inside = start
        elif kind == b"colr":
            self._tally.metadata(end - start)

    def _items(self, start: int, end: int) -> None:
        version = self._data[start] if start < end else 0
        layout = ">4xI" if version else ">4xH"
        (count,) = self._unpack(layout, start, end)
        self._count_items(count)
        for kind, inner, stop in self._boxes(start + struct.calcsize(layout), end):
            if kind == b"infe" and stop - inner >= 12 and self._data[inner] in (2, 3):
                wide = 4 if self._data[inner] == 3 else 2
                at = inner + 6 + wide
                name = self._data[at : at + 4]
                if not name.isascii():
                    # libheif's binding dies of it.
                    raise broken(self.format, "an item is of no kind")
                self.found.kinds[self._number(inner + 4, wide, stop)] = name
                self._count_items(len(self.found.kinds))

    def _count_items(self, count: int) -> None:
        if count > self._limits.max_items:
            raise too_much(f"has more than {self._limits.max_items:,} items", "too_many_items", self.format)

    def _locations(self, start: int, end: int) -> None:
        """Where the items lie (14496-12, 8.11.3): each inside the file, all not larger than it."""
        version, sizes, more = self._unpack(">B3xBB", start, end)
        offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
        index_size = more & 15 if version in (1, 2) else 0
        if not {offset_size, length_size, base_size, index_size} <= {0, 4, 8} or version > 2:
            raise broken(self.format, "its list of places does not read")
        wide = 4 if version == 2 else 2
        at = start + 6
        count = self._number(at, wide, end)
        at += wide
        self._count_items(count)
        total = 0
        for _ in range(count):
            item, at = self._number(at, wide, end), at + wide
            method = 0
            if version:
                method, at = self._number(at, 2, end) & 15, at + 2
            base = self._number(at + 2, base_size, end)
            at += 2 + base_size
            extents, at = self._number(at, 2, end), at + 2
            self._tally.part(extents)
            for _ in range(extents):
                offset = base + self._number(at + index_size, offset_size, end)
                length = self._number(at + index_size + offset_size, length_size, end)
                at += index_size + offset_size + length_size
                if method == 0 and offset + length > len(self._data):
                    raise cut_off(self.format)
                total += length
            if extents == 1:
                self.found.places[item] = method, offset, length
        if total > 2 * len(self._data):
            raise broken(self.format, "its items are more than the file")

    def _number(self, at: int, size: int, end: int) -> int:
        if at + size > end:
            raise cut_off(self.format)
        return int.from_bytes(self._data[at : at + size], "big")

    def _unpack(self, layout: str, start: int, end: int) -> tuple[int, ...]:
        if start + struct.calcsize(layout) > end:
            raise cut_off(self.format)
        return struct.unpack_from(layout, self._data, start)

    def _grid(self, method: int, offset: int, length: int) -> None:
        """The size of a picture made of tiles (23008-12, 6.6.2.3)."""
        start = offset + (self.found.inside if method == 1 else 0)
        end = min(start + length, len(self._data))
        _, wide, rows, columns = self._unpack(">BBBB", start, end)
        width, height = self._unpack(">4xII" if wide & 1 else ">4xHH", start, end)
        if (rows + 1) * (columns + 1) > len(self.found.kinds):
            raise broken(self.format, f"it has no {columns + 1} by {rows + 1} tiles")
        if not (width and height):
            raise broken(self.format, "its grid has no size")
        self.found.sizes.append((width, height))


def _scanned(format: str, data: bytes, limits: Limits) -> ImageInfo:
    file = _File(format, data, limits)
    file.read()
    if not file.found.metadata:
        if file.found.sequence:
            raise UnsupportedFormat(f"the original is a film in {format}, with no still in it")
        raise cut_off(format)
    if not file.found.sizes:
        raise broken(format, "it has no size")
    return ImageInfo(format, *max(file.found.sizes, key=lambda size: size[0] * size[1]))


def scan_avif(data: bytes, limits: Limits) -> ImageInfo:
    """The largest size that any of its items claims."""
    return _scanned("avif", data, limits)


def scan_heic(data: bytes, limits: Limits) -> ImageInfo:
    """The largest size that any of its items claims."""
    return _scanned("heic", data, limits)
