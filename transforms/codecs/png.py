"""PNG: lossless, with a palette where loss is allowed, or as an APNG where it moves."""

from __future__ import annotations

from dataclasses import replace

from pyvips import Image

from transforms.codecs.apng import assemble
from transforms.codecs.base import Codec, Options
from transforms.plan import Save

# Level 6 takes a sixth off a drawing; of a large photograph it takes 3 % and doubles the time.
_COMPRESSION, _LARGE_COMPRESSION = 6, 3
_LARGE_PIXELS = 1_000_000
_LOSSY_QUALITY = 90
_BEST_PALETTE = 100
# Palettes at libvips' default effort cost six times effort 1 for a few per cent of bytes.
_PALETTE_EFFORT = 1


class Png(Codec):
    name = "png"
    loader = "pngload_buffer"
    saver = "pngsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith(b"\x89PNG\r\n\x1a\n")

    def save(self, image: Image, save: Save, *, keep: str) -> bytes:
        if save.variety != "apng":
            return super().save(image, save, keep=keep)
        # Frames share one head, so that none of them can have a palette of its own.
        still = replace(save, variety=None, lossy=False)
        return assemble(image, lambda frame: super(Png, self).save(frame, still, keep=keep))

    def save_options(self, image: Image, save: Save) -> Options:
        if save.bits is not None:
            return {"palette": True, "bitdepth": save.bits, "Q": _BEST_PALETTE, "effort": _PALETTE_EFFORT}
        if save.lossy or save.variety == "png8":
            quality = _LOSSY_QUALITY if save.lossy else _BEST_PALETTE
            return {"palette": True, "Q": quality, "effort": _PALETTE_EFFORT}
        # Filters chosen line by line take a third off a photograph for hardly a millisecond.
        large = image.width * image.height > _LARGE_PIXELS
        return {"compression": _LARGE_COMPRESSION if large else _COMPRESSION, "filter": "all"}
