"""PNG: lossless, or with a palette where loss is allowed."""

from __future__ import annotations

from pyvips import Image

from transforms.codecs.base import Codec, Options
from transforms.plan import Save

# Level 6 takes a sixth off a drawing; of a large photograph it takes 3 % and doubles the time.
_COMPRESSION, _LARGE_COMPRESSION = 6, 3
_LARGE_PIXELS = 1_000_000
_LOSSY_QUALITY = 90
# Palettes at libvips' default effort cost six times effort 1 for a few per cent of bytes.
_PALETTE_EFFORT = 1


class Png(Codec):
    name = "png"
    loader = "pngload_buffer"
    saver = "pngsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return data.startswith(b"\x89PNG\r\n\x1a\n")

    def save_options(self, image: Image, save: Save) -> Options:
        if save.lossy:
            return {"palette": True, "Q": save.quality or _LOSSY_QUALITY, "effort": _PALETTE_EFFORT}
        # Filters chosen line by line take a third off a photograph for hardly a millisecond.
        large = image.width * image.height > _LARGE_PIXELS
        return {"compression": _LARGE_COMPRESSION if large else _COMPRESSION, "filter": "all"}
