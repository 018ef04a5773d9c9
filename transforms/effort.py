"""How long effects take, roughly: milliseconds of one core, measured as `rates` are."""

from __future__ import annotations

from collections.abc import Mapping

from transforms.actions.blend import Blend
from transforms.actions.effect import Effect
from transforms.composite import Composite
from transforms.frame import Frame
from transforms.operations import Canvas, Flatten, Flip, Operation, Resample, Rotate

_CHEAP = (Canvas, Flatten, Flip, Rotate)
_CHEAP_RATE, _SHRINKING_RATE, _ENLARGING_RATE, _EFFECT_RATE = 2.0, 2.5, 25.0, 20.0
"""Milliseconds a megapixel, of what goes in or comes out, whichever is more."""
_SHRINKING_ALPHA, _NEAR_ALPHA, _NEAR = 12.0, 32.0, 16.0
"""The same of what is shrunk with its alpha, in floating point: far, or to more than one pixel of so many."""

_EFFECTS: Mapping[str, float] = {
    "e_adv_redeye": 30.0,
    "e_assist_colorblind": 45.0,
    "e_bgremoval": 105.0,
    "e_blue": 5.0,
    "e_brightness": 5.0,
    "e_cartoonify": 130.0,
    "e_colorize": 6.0,
    "e_contrast": 5.0,
    "e_distort": 95.0,
    "e_dropshadow": 60.0,
    "e_fill_light": 27.0,
    "e_gamma": 5.0,
    "e_gradient_fade": 40.0,
    "e_green": 4.0,
    "e_hue": 80.0,
    "e_make_transparent": 60.0,
    "e_negate": 3.0,
    "e_oil_paint": 40.0,
    "e_ordered_dither": 60.0,
    "e_outline": 75.0,
    "e_pixelate": 4.0,
    "e_red": 4.0,
    "e_replace_color": 115.0,
    "e_shadow": 45.0,
    "e_sharpen": 12.0,
    "e_shear": 80.0,
    "e_theme": 150.0,
    "e_vectorize": 45.0,
    "e_vibrance": 60.0,
    "e_vignette": 35.0,
}
"""Milliseconds a megapixel, where they are far from the usual."""

_AT_FIRST: Mapping[str, float] = {"e_oil_paint": 550.0, "e_cartoonify": 550.0, "e_vectorize": 650.0}
"""Milliseconds a megapixel of the first one: what is done to no more of a picture, or to less of it."""

_BLENDS: Mapping[str, float] = {"e_displace": 110.0, "e_anti_removal": 180.0}
_BLEND_RATE, _OVER_RATE, _BESIDE_RATE = 45.0, 25.0, 4.0
"""Milliseconds a megapixel of a layer that is blended in, that is laid on, and of the picture around it."""
_MEGA = 1_000_000


def effort(operation: Operation, before: Frame) -> float:
    """Milliseconds that an operation takes on what measures `before`; a layer has to be drawn besides."""
    pixels = max(before.pixels, operation.frame_after(before).pixels) / _MEGA
    if isinstance(operation, Composite):
        return _laying(operation, pixels, before.pages)
    if isinstance(operation, _CHEAP):
        return _CHEAP_RATE * pixels
    if isinstance(operation, Resample):
        return _resampling(before, operation.frame_after(before)) * pixels
    code = operation.code if isinstance(operation, Effect) else ""
    first = _AT_FIRST.get(code, 0.0) * min(pixels, before.pages)
    return _EFFECTS.get(code, _EFFECT_RATE) * pixels + first


def _resampling(before: Frame, after: Frame) -> float:
    """Milliseconds a megapixel."""
    if after.pixels > before.pixels:
        return _ENLARGING_RATE
    if not before.alpha:
        return _SHRINKING_RATE
    return _NEAR_ALPHA if after.pixels * _NEAR > before.pixels else _SHRINKING_ALPHA


def _laying(operation: Composite, pixels: float, pages: int) -> float:
    everywhere = operation.tiled or operation.cutter or operation.under
    blend = operation.blend
    if everywhere or (blend is not None and blend.reach is None):
        return _rate(blend) * pixels
    layer = operation.layer.frame.pixels * pages / _MEGA
    return _rate(blend) * min(layer, pixels) + _BESIDE_RATE * pixels


def _rate(blend: Blend | None) -> float:
    return _BLENDS.get(blend.code, _BLEND_RATE) if blend is not None else _OVER_RATE
