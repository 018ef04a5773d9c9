"""TIFF: one page of it, in whatever colours; saved losslessly."""

from __future__ import annotations

from typing import Any

from pyvips import Image

from transforms.codecs.base import Codec, Options
from transforms.limits import Limits
from transforms.plan import Load, Save
from transforms.prescan.tiff import check_page

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""Little and big endian, classic and BigTIFF."""
_LIMITS = Limits()
_COLORS = {"b-w": 1, "grey16": 1, "cmyk": 4}
"""Channels of colour by interpretation, where they are not 3."""


class Tiff(Codec):
    name = "tiff"
    loader = "tiffload_buffer"
    saver = "tiffsave_buffer"
    # A strip that does not decode, or is not there, is no truncation to it: it would come out black.
    fail_on = "error"

    def recognises(self, data: bytes) -> bool:
        return data.startswith(_MAGIC)

    def open(self, data: bytes, **options: Any) -> Image:
        """The image with its colours and at most one more channel, its alpha: masks and spot inks go."""
        image = super().open(data, **options)
        most = _COLORS.get(image.interpretation, 3) + 1
        return image.extract_band(0, n=most) if image.bands > most else image

    def load(self, data: bytes, load: Load) -> Image:
        # The first page was looked at when the original was first read; the others are when they are wanted.
        check_page(data, load.first, _LIMITS)
        return super().load(data, load)

    def load_options(self, load: Load) -> Options:
        return {"page": load.first}

    def save_options(self, image: Image, save: Save) -> Options:
        if save.variety == "group4":
            return {"compression": "ccittfax4", "bitdepth": 1}
        compression = "lzw" if save.variety == "lzw" else "deflate"
        return {"compression": compression, "predictor": "horizontal"}
