"""AVIF: stills, by libheif. Its turns are part of the picture, and libheif has done them."""

from __future__ import annotations

from typing import Any

from pyvips import Image

from transforms.codecs.base import Codec, Options, full_chroma
from transforms.plan import Save

_QUALITY = 60
# Effort 1 costs three times effort 0, and effort 3 nine times, for a tenth of the bytes. Effort 4 costs forty
# times, for hardly anything more.
_EFFORT, _THOROUGH_EFFORT = 0, 3
_BRANDS = {b"avif", b"avis"}


class Avif(Codec):
    name = "avif"
    loader = "heifload_buffer"
    saver = "heifsave_buffer"

    def recognises(self, data: bytes) -> bool:
        return not _BRANDS.isdisjoint(brands(data))

    def open(self, data: bytes, **options: Any) -> Image:
        # Without it libheif leaves the turns out, and nothing tells that there were any.
        return super().open(data, autorotate=True, **options)

    def save_options(self, image: Image, save: Save) -> Options:
        return {
            "compression": "av1",
            "Q": save.quality or _QUALITY,
            "effort": _THOROUGH_EFFORT if save.thorough else _EFFORT,
            "bitdepth": 8,
            "subsample_mode": "off" if full_chroma(image, save) else "on",
        }


def brands(data: bytes) -> list[bytes]:
    """The brands of an ISO base media file, the main one first; empty when it is none (ISO 14496-12, 4.3)."""
    if data[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)
    return [data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))]
