"""GIF: stills and animations of at most 256 colours a frame."""

from __future__ import annotations

import pyvips
from pyvips import Image

from transforms.codecs.base import Codec, Options
from transforms.plan import Load, Save

# The default effort, 7, costs ten times as much for a tenth of the bytes.
_EFFORT = 1
# What GIF has of loss: pixels that hardly change stay as they were, frames share their palettes, and there is
# less noise from dithering.
_LOSSY: Options = {"interframe_maxerror": 16.0, "interpalette_maxerror": 20.0, "dither": 0.5}
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


class Gif(Codec):
    name = "gif"
    loader = "gifload_buffer"
    saver = "gifsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith((b"GIF87a", b"GIF89a"))

    def load(self, data: bytes, load: Load) -> Image:
        if not is_whole(data):
            raise pyvips.Error("the GIF breaks off within a frame")
        return super().load(data, load)

    def load_options(self, load: Load) -> Options:
        return {"page": load.first, "n": load.span}

    def save_options(self, image: Image, save: Save) -> Options:
        return {"effort": _EFFORT} | (_LOSSY if save.lossy else {})


def is_whole(data: bytes) -> bool:
    """Whether every block of a GIF is there to its end (GIF89a, section 13 and following).

    libvips notices a still that breaks off, but of an animation it delivers the frames it found, the last one
    half empty, at every strictness. Some writers leave out the trailer; that is forgiven.
    """
    at = 13 + _table_bytes(data[10]) if len(data) > 10 else len(data) + 1
    while at < len(data) and data[at] != _TRAILER:
        if data[at] == _EXTENSION:
            at = _after_blocks(data, at + 2)
        elif data[at] == _IMAGE and at + 9 < len(data):
            at = _after_blocks(data, at + 11 + _table_bytes(data[at + 9]))
        else:
            return False
    return at <= len(data)


def _table_bytes(packed: int) -> int:
    """The size of the colour table that a descriptor's packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Where a chain of sub-blocks ends, its empty last block included; past the end when it breaks off."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
