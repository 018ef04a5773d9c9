"""TIFF before it is decoded (TIFF 6.0; BigTIFF): its directories, and that what they point at is there.

Directories are linked, so that a file may lead in a circle; tables of colours or of a codec that are cut off
are done without by libtiff, which then delivers other pixels.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.prescan.base import Tally, broken, cut_off, too_much

_SIZES = {3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 8, 10: 8, 12: 8, 16: 8, 17: 8, 18: 8}
"""Bytes of one value by its type, where it is not 1 (TIFF 6.0, section 2; BigTIFF)."""
_PRIVATE, _PROFILE = 0x8000, 34675
"""From here on tags are other people's; the colour profile is one of them."""
_WIDTH, _HEIGHT, _BITS, _SAMPLES, _ROWS = 256, 257, 258, 277, 278
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_METADATA = frozenset((270, 315, 700, 33723, 34377, _PROFILE))
_ARRAYS = frozenset((273, 279, 324, 325))
"""Where strips and tiles begin, and how long they are."""
_MOST_BLOCK_BYTES = 400_000_000
"""Of a strip or tile, which is decoded whole."""
_SPARE_BLOCK_PIXELS = 1 << 20


@dataclass(frozen=True, slots=True)
class _Layout:
    """How numbers are written in one file."""

    order: str
    large: bool

    @property
    def offset(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.large else "I"))

    @property
    def count(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.large else "H"))

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHQ8s" if self.large else "HHI4s"))

    def value(self, kind: int, field: bytes) -> int:
        """The first number in the field of an entry."""
        size = _SIZES.get(kind, 1)
        return int.from_bytes(field[:size], "little" if self.order == "<" else "big")

    def pointer(self, field: bytes) -> int:
        """The field of an entry as the place of its values."""
        return self.value(16 if self.large else 4, field)


def scan(data: bytes, limits: Limits) -> ImageInfo:
    """Size of the first page, and the number of pages."""
    pages, layout = [], _layout(data)
    for at in _directories(data, layout):
        pages.append(at)
        if len(pages) > limits.max_pages:
            break
    Tally("tiff", limits).pages(len(pages))
    if not pages:
        raise broken("tiff", "there is no page in it")
    width, height = _page(data, pages[0], layout, limits)
    return ImageInfo("tiff", width, height, pages=len(pages))


def check_page(data: bytes, number: int, limits: Limits) -> None:
    """Hold one page, from 0, to what `scan` holds the first to; raises as it does."""
    layout = _layout(data)
    for count, at in enumerate(_directories(data, layout)):
        if count == number:
            _page(data, at, layout, limits)
            return
    raise broken("tiff", f"there is no page {number + 1}")


def _layout(data: bytes) -> _Layout:
    return _Layout("<" if data.startswith(b"II") else ">", data[2:4] in (b"+\0", b"\0+"))


def _directories(data: bytes, layout: _Layout) -> Iterator[int]:
    """Where each directory begins. Raises BrokenImage where they lead in a circle or out of the file."""
    seen: set[int] = set()
    place = 8 if layout.large else 4
    while True:
        at = _number(data, place, layout.offset)
        if at == 0:
            return
        count = _number(data, at, layout.count)
        if at in seen:
            raise broken("tiff", "its pages lead in a circle")
        seen.add(at)
        yield at
        place = at + layout.count.size + count * layout.entry.size


def _number(data: bytes, at: int, kind: struct.Struct) -> int:
    if at + kind.size > len(data):
        raise cut_off("tiff")
    number: int = kind.unpack_from(data, at)[0]
    return number


def _page(data: bytes, at: int, layout: _Layout, limits: Limits) -> tuple[int, int]:
    """Width and height of a page whose tables are all there and whose blocks are of a size that can be."""
    tally = Tally("tiff", limits)
    numbers = dict.fromkeys((_WIDTH, _HEIGHT, _ROWS, _TILE_WIDTH, _TILE_HEIGHT), 0) | {_BITS: 1, _SAMPLES: 1}
    (entries,) = layout.count.unpack_from(data, at)
    tally.part(entries)
    start = at + layout.count.size
    directory = data[start : start + entries * layout.entry.size]
    if len(directory) < entries * layout.entry.size:
        raise cut_off("tiff")
    for tag, kind, count, field in layout.entry.iter_unpack(directory):
        size = count * _SIZES.get(kind, 1)
        ours = tag < _PRIVATE or tag == _PROFILE
        if ours and size > len(field) and layout.pointer(field) + size > len(data):
            raise cut_off("tiff")
        if tag in _METADATA:
            tally.metadata(size)
        if tag in _ARRAYS and count > limits.max_blocks:
            raise too_much(f"has more than {limits.max_blocks:,} strips or tiles", "too_many_blocks", "tiff")
        if tag in numbers:
            numbers[tag] = _first(data, layout, kind, count, field)
    width, height = numbers[_WIDTH], numbers[_HEIGHT]
    if not (width and height):
        raise broken("tiff", "a page has no size")
    _check_blocks(numbers)
    return width, height


def _first(data: bytes, layout: _Layout, kind: int, count: int, field: bytes) -> int:
    """The first of the numbers of an entry, which stand in it or elsewhere."""
    size = _SIZES.get(kind, 1)
    if size * count > len(field):
        at = layout.pointer(field)
        field = data[at : at + size]
    return layout.value(kind, field)


def _check_blocks(numbers: dict[int, int]) -> None:
    """A tile larger than the picture, or pixels of a thousand channels, are there to take memory."""
    pixel = max(1, numbers[_BITS] * numbers[_SAMPLES] // 8)
    width, height = numbers[_WIDTH], numbers[_HEIGHT]
    block = width * min(numbers[_ROWS] or height, height)
    if numbers[_TILE_WIDTH]:
        block = numbers[_TILE_WIDTH] * numbers[_TILE_HEIGHT]
        if block > 4 * width * height + _SPARE_BLOCK_PIXELS:
            raise broken("tiff", "a tile is much larger than the picture")
    if block * pixel > _MOST_BLOCK_BYTES:
        raise too_much(f"has a strip or tile of {block * pixel:,} bytes", "block_too_large", "tiff")
