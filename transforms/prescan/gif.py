"""GIF before it is decoded (GIF89a, sections 12 to 27): its screen, its frames, and that all of it is there.

libvips notices a still that breaks off, but of an animation it delivers the frames it found, the last one
half empty, at every strictness.
"""

from __future__ import annotations

import struct

from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.prescan.base import Tally, broken, cut_off, too_much

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_APPLICATION = 0xFF
_SCREEN = 13
"""Bytes before the first colour table."""
_PIXELS_A_BYTE = 4096 * 8 // 12 + 1
"""A code of twelve bits stands for no more than 4,096 pixels."""
_SLACK = 4096
_BYTES_A_BLOCK = 100
"""Writers fill their blocks of 255 bytes: a file of much smaller ones is made to be walked for long."""


class _Walk:
    """A walk through the blocks of one file."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        self._tally = Tally("gif", limits)
        self._blocks_left = limits.max_parts + len(data) // _BYTES_A_BLOCK
        self.width, self.height, packed = struct.unpack_from("<HHB", data, 6)
        self.frames = 0
        self._moves = False
        self._at = _SCREEN + _table_bytes(packed)

    def through(self) -> None:
        data, kind = self._data, 0
        while self._at < len(data):
            before, kind = kind, data[self._at]
            if kind == _TRAILER:
                break
            self._tally.part()
            if kind == _IMAGE:
                self._image()
            elif kind == _EXTENSION:
                self._extension()
            elif before == _IMAGE:
                # Some writers fill the file up instead of ending it.
                kind = before
                break
            else:
                raise broken("gif", "there is something else where a block should begin")
        # Some writers leave out the end. Of an animation nothing then tells whether frames are missing.
        if self._at > len(data) or (kind != _TRAILER and (kind != _IMAGE or self._moves or self.frames > 1)):
            raise cut_off("gif")

    def _extension(self) -> None:
        data, at = self._data, self._at
        self._moves |= data[at + 1 : at + 3] == b"\xff\x0b" and data[at + 3 : at + 14] == b"NETSCAPE2.0"
        self._at = self._after_blocks(at + 2)
        self._tally.metadata(self._at - at)

    def _image(self) -> None:
        data, at = self._data, self._at
        if at + 10 > len(data):
            raise cut_off("gif")
        left, top, width, height, packed = struct.unpack_from("<HHHHB", data, at + 1)
        start = at + 11 + _table_bytes(packed)
        self._at = self._after_blocks(start)
        if width * height > (self._at - start) * _PIXELS_A_BYTE + _SLACK:
            raise broken("gif", f"{self._at - start:,} bytes cannot hold a frame of {width}x{height} pixels")
        self.frames += 1
        self._tally.pages(self.frames)
        self.width, self.height = max(self.width, left + width), max(self.height, top + height)

    def _after_blocks(self, at: int) -> int:
        """Where a chain of blocks ends, its empty last one included; past the end when it breaks off."""
        data, length, left = self._data, len(self._data), self._blocks_left
        while at < length and (size := data[at]):
            at += size + 1
            left -= 1
            if left < 0:
                raise too_much("is made of very many small blocks", "too_many_parts", "gif")
        self._blocks_left = left
        return at + 1


def scan(data: bytes, limits: Limits) -> ImageInfo:
    """Size of the screen, larger where a frame reaches beyond it, and the number of frames."""
    if len(data) <= _SCREEN:
        raise cut_off("gif")
    walk = _Walk(data, limits)
    walk.through()
    if not (walk.frames and walk.width and walk.height):
        raise broken("gif", "there is no frame in it")
    return ImageInfo("gif", walk.width, walk.height, pages=walk.frames, animated=walk.frames > 1)


def _table_bytes(packed: int) -> int:
    """The size of the colour table that a descriptor's packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0
