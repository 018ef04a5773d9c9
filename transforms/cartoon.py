"""Cartoons: blots of few tones, and ink where it is darker than around. Worker side: this loads libvips.

Ink is a difference of two blurs, pushed to black or white by a soft threshold: H. Winnemöller, "XDoG:
Advanced Image Stylization with eXtended Difference-of-Gaussians", 2011.
"""

from __future__ import annotations

from pyvips import Image

from transforms.bands import apart, rounded, together
from transforms.blurring import blurred
from transforms.redraw import oil_painted

_LUMA = [[0.299, 0.587, 0.114]]
_WIDTH = 0.0013
"""Sigma of a line, as a part of the longer side."""
_THINNEST = 0.7
_RATIO = 1.6
"""Between the two blurs."""
_BLOTS = 0.3
"""How broad the brush is with which colours are flattened: a strength of `oil_painted`."""
_TONES = (12, 3)
"""How many tones are left, at no reduction and at full."""
_USUAL = 0.6
_VIVID = 1.25
_DARK = 60
"""In black and white, what is this dark is ink all over."""


def drawn(image: Image, line: float, reduction: float | None, *, colored: bool) -> Image:
    """`image` as a cartoon; strengths are 0 to 1, None is a reduction that suits most pictures."""
    color, alpha = apart(image)
    color = color.copy_memory()
    ink = _ink(color, line)
    if not colored:
        paper = ink * ((blurred(_light(color), _sigma(color)) - _DARK) * 16)
        page = rounded(paper.cast("float"))
        return together(page.bandjoin([page, page]).copy(interpretation=color.interpretation), alpha)
    flat = _toned(oil_painted(color, _BLOTS), _USUAL if reduction is None else reduction)
    return together(rounded(flat * ink).copy(interpretation=color.interpretation), alpha)


def _sigma(image: Image) -> float:
    sigma: float = max(_THINNEST, _WIDTH * max(image.width, image.height))
    return sigma


def _light(color: Image) -> Image:
    return color.recomb(Image.new_from_array(_LUMA)).rint().cast("uchar").copy_memory()


def _ink(color: Image, strength: float) -> Image:
    """1 where the paper shows, 0 where there is ink, one channel of floats."""
    if strength == 0:
        return color.extract_band(0).linear(0, 1)
    light, sigma = _light(color), _sigma(color)
    near, far = (blurred(light, s).cast("float") for s in (sigma, sigma * _RATIO))
    # Where it is darker than around by more than a few levels; more strength asks for fewer levels.
    edge = (near - far) + (1 + 5 * (1 - strength))
    paper = edge * (0.12 + 0.3 * strength) + 1
    return (paper > 1).ifthenelse(1, (paper < 0).ifthenelse(0, paper))


def _toned(image: Image, reduction: float) -> Image:
    """With few steps of lightness, and more vivid."""
    steps = round(_TONES[0] + (_TONES[1] - _TONES[0]) * reduction)
    lightness, a, b = image.copy(interpretation="srgb").colourspace("lab").bandsplit()
    stepped = ((lightness * (steps / 100)).floor() + 0.5) * (100 / steps)
    lab = stepped.bandjoin([a * _VIVID, b * _VIVID]).copy(interpretation="lab")
    return lab.colourspace("srgb").cast("float")
