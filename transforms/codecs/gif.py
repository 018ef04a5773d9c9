"""GIF: stills and animations of at most 256 colours a frame."""

from __future__ import annotations

from pyvips import Image

from transforms.codecs.base import Codec, Options
from transforms.plan import Load, Save

# The default effort, 7, costs ten times as much for a tenth of the bytes.
_EFFORT = 1
# What GIF has of loss: pixels that hardly change stay as they were, frames share their palettes, and there is
# less noise from dithering.
_LOSSY: Options = {"interframe_maxerror": 16.0, "interpalette_maxerror": 20.0, "dither": 0.5}


class Gif(Codec):
    name = "gif"
    loader = "gifload_buffer"
    saver = "gifsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith((b"GIF87a", b"GIF89a"))

    def load_options(self, load: Load) -> Options:
        return {"page": load.first, "n": load.span}

    def save_options(self, image: Image, save: Save) -> Options:
        few = {"bitdepth": save.bits} if save.bits is not None else {}
        return {"effort": _EFFORT} | (_LOSSY if save.lossy else {}) | few
