"""TIFF: one page of it, in whatever colours; saved losslessly."""

from __future__ import annotations

import struct
from typing import Any

import pyvips
from pyvips import Image

from transforms.codecs.base import Codec, Options
from transforms.plan import Load, Save

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""Little and big endian, classic and BigTIFF."""
_SIZES = {3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 8, 10: 8, 12: 8, 16: 8, 17: 8, 18: 8}
"""Bytes of one value by its type, where it is not 1 (TIFF 6.0, section 2; BigTIFF)."""
_PRIVATE, _PROFILE = 0x8000, 34675
"""From here on tags are other people's; the colour profile is one of them."""
_COLORS = {"b-w": 1, "grey16": 1, "cmyk": 4}
"""Channels of colour by interpretation, where they are not 3."""


class Tiff(Codec):
    name = "tiff"
    loader = "tiffload_buffer"
    saver = "tiffsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith(_MAGIC)

    def open(self, data: bytes, **options: Any) -> Image:
        """The image with its colours and at most one more channel, its alpha: masks and spot inks go."""
        image = super().open(data, **options)
        most = _COLORS.get(image.interpretation, 3) + 1
        return image.extract_band(0, n=most) if image.bands > most else image

    def load(self, data: bytes, load: Load) -> Image:
        if not is_whole(data, load.first):
            raise pyvips.Error("the TIFF breaks off within a directory")
        return super().load(data, load)

    def load_options(self, load: Load) -> Options:
        return {"page": load.first}

    def save_options(self, image: Image, save: Save) -> Options:
        if save.variety == "group4":
            return {"compression": "ccittfax4", "bitdepth": 1}
        compression = "lzw" if save.variety == "lzw" else "deflate"
        return {"compression": compression, "predictor": "horizontal"}


def is_whole(data: bytes, page: int) -> bool:
    """Whether everything that the directory of `page` (from 0) says of its pixels is in the file.

    Where a table of colours or of a codec is cut off, libtiff does without and delivers other pixels.
    """
    order = "<" if data.startswith(b"II") else ">"
    large = data[2:4] in (b"+\0", b"\0+")
    offset, head, entry = ("Q", "Q", "HHQ") if large else ("I", "H", "HHI")
    try:
        (at,) = struct.unpack_from(order + offset, data, 8 if large else 4)
        for _ in range(page):
            (count,) = struct.unpack_from(order + head, data, at)
            past = at + struct.calcsize("=" + head) + count * struct.calcsize("=" + entry + offset)
            (at,) = struct.unpack_from(order + offset, data, past)
        (count,) = struct.unpack_from(order + head, data, at)
        entries = data[at + struct.calcsize("=" + head) :][: count * struct.calcsize("=" + entry + offset)]
        return all(
            _ends(*values, room=struct.calcsize("=" + offset)) <= len(data)
            for values in struct.iter_unpack(order + entry + offset, entries)
        )
    except struct.error:
        return False


def _ends(tag: int, kind: int, count: int, offset: int, *, room: int) -> int:
    """Where the values of an entry end; 0 when they stand in the entry itself, or are none of ours."""
    size = count * _SIZES.get(kind, 1)
    return 0 if size <= room or (tag >= _PRIVATE and tag != _PROFILE) else offset + size
