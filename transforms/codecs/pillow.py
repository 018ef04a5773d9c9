"""BMP, ICO, TGA and JPEG 2000, by Pillow (the extra `formats`)."""

from __future__ import annotations

from io import BytesIO
from typing import Any, ClassVar

from pyvips import Image

from transforms.codecs.foreign import Foreign, blank, from_bytes
from transforms.plan import Save

_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}
_MODES = {bands: mode for mode, bands in _BANDS.items()}
_QUALITY = 80
_MOST_PIXELS = 100_000_000
"""As of any original: what a header claims is not believed beyond it."""


class Pillow(Foreign):
    """A format that Pillow knows."""

    extra = "formats"
    pillow: ClassVar[str]
    """Its name in Pillow."""
    starts: ClassVar[tuple[bytes, ...]] = ()

    def recognises(self, data: bytes) -> bool:
        return data.startswith(self.starts)

    def options(self, save: Save, size: tuple[int, int]) -> dict[str, Any]:
        """How Pillow is told to save."""
        return {}

    def facts(self, data: bytes) -> Image:
        picture = self._opened(data)
        return blank(picture.width, picture.height, _BANDS[_mode(picture)])

    def decode(self, data: bytes) -> Image:
        picture = self._opened(data)
        mode = _mode(picture)
        profile = picture.info.get("icc_profile") if picture.mode == mode else None
        converted = _eight_bits(picture).convert(mode)
        return from_bytes(converted.tobytes(), picture.width, picture.height, _BANDS[mode], profile)

    def encode(self, image: Image, save: Save) -> bytes:
        from PIL import Image as PillowImage

        size = image.width, image.height
        picture = PillowImage.frombytes(_MODES[image.bands], size, image.cast("uchar").write_to_memory())
        file = BytesIO()
        picture.save(file, self.pillow, **self.options(save, size))
        return file.getvalue()

    def _opened(self, data: bytes) -> Any:
        from PIL import Image as PillowImage

        picture = PillowImage.open(BytesIO(data), formats=(self.pillow,))
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError(f"it claims {picture.width}x{picture.height} pixels")
        return picture


def _mode(picture: Any) -> str:
    """Gray, colour, or either with alpha: what we make of Pillow's modes."""
    if picture.mode in _BANDS:
        return str(picture.mode)
    if "transparency" in picture.info or picture.mode in ("PA", "RGBa", "La"):
        return "RGBA"
    return "L" if picture.mode in ("1", "F") or picture.mode.startswith("I") else "RGB"


def _eight_bits(picture: Any) -> Any:
    """Gray of 16 bits made one of 8; Pillow would cut it off at white."""
    return picture.point(lambda value: value / 256) if picture.mode.startswith("I") else picture


class Bmp(Pillow):
    name = "bmp"
    pillow = "BMP"
    starts = (b"BM",)


class Ico(Pillow):
    name = "ico"
    pillow = "ICO"
    starts = (b"\0\0\1\0",)

    def options(self, save: Save, size: tuple[int, int]) -> dict[str, Any]:
        return {"sizes": [size]}


class Tga(Pillow):
    """Nothing at its beginning tells it; since 1989 its end does (Truevision TGA 2.0)."""

    name = "tga"
    pillow = "TGA"

    def recognises(self, data: bytes) -> bool:
        return data.endswith(b"TRUEVISION-XFILE.\0")

    def options(self, save: Save, size: tuple[int, int]) -> dict[str, Any]:
        return {"compression": "tga_rle"}


class Jp2(Pillow):
    name = "jp2"
    pillow = "JPEG2000"
    starts = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")

    def options(self, save: Save, size: tuple[int, int]) -> dict[str, Any]:
        """Quality as decibels of signal to noise, which is what the format knows: 80 are 41."""
        decibels = 25 + (save.quality or _QUALITY) / 5
        return {"irreversible": True, "quality_mode": "dB", "quality_layers": [decibels], "mct": 1}
