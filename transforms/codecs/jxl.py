"""JPEG XL: stills, by libjxl (the extra `jxl`).

Through two bindings: `pylibjxl` hands over the colour profile of what it reads, but writes without XYB, at
three times the bytes; `imagecodecs` writes as libjxl means it.
"""

from __future__ import annotations

from pyvips import Image

from transforms.codecs.foreign import Foreign, blank, from_bytes
from transforms.plan import Save

_QUALITY = 80
# Effort 5 takes three times as long for 3 % of the bytes.
_EFFORT = 3
_LOSSLESS = 100


class Jxl(Foreign):
    name = "jxl"
    extra = "jxl"

    def recognises(self, data: bytes) -> bool:
        """A bare codestream, or one in a container (ISO/IEC 18181-2)."""
        return data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"))

    def facts(self, data: bytes) -> Image:
        import pylibjxl

        told = pylibjxl.probe(data)
        return blank(told["width"], told["height"], told["channels"])

    def decode(self, data: bytes) -> Image:
        import pylibjxl

        pixels, metadata = pylibjxl.decode(data, metadata=True)
        height, width, *bands = pixels.shape
        profile = metadata.get("icc_profile") or metadata.get("icc")
        return from_bytes(pixels.tobytes(), width, height, bands[0] if bands else 1, profile)

    def encode(self, image: Image, save: Save) -> bytes:
        import numpy as np
        from imagecodecs import jpegxl_encode

        if image.bands == 2:
            image = image.colourspace("srgb")
        shape = (image.height, image.width, image.bands) if image.bands > 1 else (image.height, image.width)
        pixels = np.frombuffer(image.cast("uchar").write_to_memory(), np.uint8).reshape(shape)
        quality = save.quality or _QUALITY
        body = jpegxl_encode(
            pixels,
            effort=_EFFORT,
            distance=distance(quality),
            lossless=quality >= _LOSSLESS,
            numthreads=1,
        )
        return bytes(body)


def distance(quality: int) -> float:
    """What libjxl calls the distance from the original, 1 being hardly visible (its own mapping)."""
    if quality >= 100:
        return 0.0
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality * quality - 23 / 20 * quality + 25
