"""WebP: stills and animations; decoded at any scale."""

from __future__ import annotations

from pyvips import Image

from transforms.codecs.base import Codec, Options, full_chroma
from transforms.plan import Load, Save

_QUALITY = 80
# Effort 4 takes twice as long for 7 % of the bytes, effort 6 five times as long for another 3 %.
_EFFORT, _THOROUGH_EFFORT = 2, 6


class Webp(Codec):
    name = "webp"
    loader = "webpload_buffer"
    saver = "webpsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith(b"RIFF") and data[8:12] == b"WEBP"

    def load_options(self, load: Load) -> Options:
        return {"page": load.first, "n": load.span, "scale": load.scale}

    def save_options(self, image: Image, save: Save) -> Options:
        # WebP always halves chroma. The nearest to 4:4:4 it has is to halve it with care, at three times
        # the cost, so only who asks gets it.
        effort = _THOROUGH_EFFORT if save.thorough else _EFFORT
        return {"Q": save.quality or _QUALITY, "effort": effort, "smart_subsample": full_chroma(image, save)}
