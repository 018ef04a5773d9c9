"""HEIC: stills of cameras and telephones, by libheif (the extra `heic`). Read only."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pyvips import Image

from transforms.codecs.avif import brands
from transforms.codecs.foreign import Foreign, blank, from_bytes

_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


class Heic(Foreign):
    """Its turns are part of the picture, and libheif has done them."""

    name = "heic"
    extra = "heic"

    def recognises(self, data: bytes) -> bool:
        return not _BRANDS.isdisjoint(brands(data))

    def facts(self, data: bytes) -> Image:
        picture = _opened(data)
        width, height = picture.size
        return blank(width, height, _BANDS[picture.mode])

    def decode(self, data: bytes) -> Image:
        picture = _opened(data)
        width, height = picture.size
        bands, stride = _BANDS[picture.mode], picture.stride
        pixels = bytes(picture.data)
        if stride != width * bands:
            pixels = b"".join(pixels[at : at + width * bands] for at in range(0, height * stride, stride))
        return from_bytes(pixels, width, height, bands, picture.info.get("icc_profile"))


def _opened(data: bytes) -> Any:
    import pi_heif

    return pi_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)[0]
