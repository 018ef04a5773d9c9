"""Two pictures of one size made one. Worker side: this works on libvips images, both with alpha."""

from __future__ import annotations

from pyvips import Image

from transforms.bands import WHITE, rounded
from transforms.keying import with_less_alpha
from transforms.warps import pushed

_MIDDLE = WHITE / 2
"""The level that pushes nowhere."""

_LUMA = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue are: ITU-R BT.709, on the channels as they are."""

_CELL = 48
"""Pixels from one bend of a watermark to the next, and from one of its thinner places to the next."""

_BEND, _THIN, _WEAK = 4.0, 0.35, 0.3
"""At full level: by how many pixels a watermark is bent, by which part its opacity varies, and by which it
is less than asked for."""


def mixed(base: Image, layer: Image, mode: str) -> Image:
    """`layer` on `base` by one of libvips' blend modes, which are those of PDF (ISO 32000-1, 11.3.5)."""
    return rounded(base.composite2(layer, mode)).copy(interpretation=base.interpretation)


def cut_out(base: Image, layer: Image) -> Image:
    """`base` without what `layer` covers."""
    return with_less_alpha(base, WHITE - layer.extract_band(3))


def masked(base: Image, layer: Image) -> Image:
    """`base` as opaque as `layer` is bright."""
    return with_less_alpha(base, _luminance(layer) * layer.extract_band(3) / WHITE)


def displaced(base: Image, layer: Image, across: float, down: float) -> Image:
    """`base` with each pixel taken from further right by the red of `layer` and further below by its green.

    Full brightness takes it from `across` and `down` pixels away, black from as far on the other side, and
    the middle from where it is; what the layer does not cover stays, as in ImageMagick's manual on
    displacement maps.
    """
    weight = layer.extract_band(3) / WHITE
    return pushed(base, *((layer[band] / _MIDDLE - 1) * weight * by for band, by in ((0, across), (1, down))))


def unremovable(base: Image, layer: Image, level: float) -> Image:
    """`layer` on `base`, bent and thinned a little, differently for every picture.

    What is laid on in the same way everywhere can be found by comparing pictures, and subtracted. `level` is
    above 0 and up to 1.
    """
    seed = int(base.avg() * 1000)
    # Of -1 to 1.
    clouds = [Image.perlin(layer.width, layer.height, cell_size=_CELL, seed=seed + n) for n in range(3)]
    bend = _BEND * level
    bent = pushed(layer, clouds[0] * bend, clouds[1] * bend)
    kept = (clouds[2] * _THIN * level + (1 - _WEAK * level)).clamp(min=0, max=1) * WHITE
    return mixed(base, with_less_alpha(bent, kept), "over")


def _luminance(image: Image) -> Image:
    parts = [image[band] * weight for band, weight in enumerate(_LUMA)]
    return parts[0] + parts[1] + parts[2]
