"""How much a picture is a drawing rather than a photograph: `ils` in conditions."""

from __future__ import annotations

from pyvips import Image

from transforms.actions.base import Rows
from transforms.bands import apart

_PHOTOGRAPHED, _DRAWN = 0.25, 0.65
"""The share of pixels that are just like their neighbours: photographs measured up to 0.2, blurred
backgrounds among them, for no sensor gives the same twice; logos, charts and drawings 0.7 and more."""
_LIKE = 1
"""Levels by which pixels may differ and be alike."""


def illustration(image: Image | None, argument: str) -> Rows:
    """One row with one number, 0 for a photograph to 1 for a drawing.

    What is drawn has areas of one colour: measured is how many pixels are like both the one to their right
    and the one below. What is transparent counts as white.
    """
    assert image is not None
    color, alpha = apart(image)
    if alpha is not None:
        color = color.bandjoin(alpha).copy(interpretation="srgb").flatten(background=[255] * 3)
    if color.width < 2 or color.height < 2:
        return ((1.0,),)
    score = (_flat(color) - _PHOTOGRAPHED) / (_DRAWN - _PHOTOGRAPHED)
    return ((min(max(score, 0.0), 1.0),),)


def _flat(image: Image) -> float:
    """The share of pixels that are like their neighbours."""
    width, height = image.width - 1, image.height - 1
    here = image.crop(0, 0, width, height)
    alike = [(here - image.crop(x, y, width, height)).abs() <= _LIKE for x, y in ((1, 0), (0, 1))]
    share: float = (alike[0] & alike[1]).bandand().avg() / 255
    return share
