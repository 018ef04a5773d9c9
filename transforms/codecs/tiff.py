"""TIFF: one page of it, in whatever colours; saved losslessly."""

from __future__ import annotations

from pyvips import Image

from transforms.codecs.base import Codec, Options
from transforms.plan import Load, Save

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""Little and big endian, classic and BigTIFF."""


class Tiff(Codec):
    name = "tiff"
    loader = "tiffload_buffer"
    saver = "tiffsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith(_MAGIC)

    def load_options(self, load: Load) -> Options:
        return {"page": load.first}

    def save_options(self, image: Image, save: Save) -> Options:
        return {"compression": "deflate", "predictor": "horizontal"}
