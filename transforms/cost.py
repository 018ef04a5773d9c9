"""What a plan will cost, roughly: milliseconds of one core, and megabytes.

The rates were measured with libvips 8.18 on photographs of 1 to 24 megapixels and belong to one machine: what
they are good for is comparing plans. `benchmarks` measures the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from transforms.composite import Composite
from transforms.footprint import footprint
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Loaded, Picture
from transforms.load import Load, loaded_frame
from transforms.operations import Canvas, Flatten, Flip, Operation, Resample, Rotate
from transforms.plan import RenderPlan

_DECODE: Mapping[str, float] = {
    "jpg": 8.0,
    "png": 11.0,
    "webp": 8.0,
    "avif": 30.0,
    "gif": 12.0,
    "tiff": 6.0,
    "svg": 30.0,
}
"""Milliseconds a megapixel of the original, each page."""
_PROGRESSIVE = 3.8
"""Times a baseline JPEG: all its scans are decoded whatever size is wanted."""
_FEW_SCANS = 0.4
"""Of that, where only its first scans are."""
_SHRUNK = 0.45
"""Of a full decode, where a JPEG is shrunk on load."""

_ENCODE: Mapping[str, float] = {
    "jpg": 9.0,
    "png": 40.0,
    "webp": 50.0,
    "avif": 76.0,
    "gif": 60.0,
    "tiff": 30.0,
}
"""Milliseconds a megapixel of the result, each page."""

_CHEAP = (Canvas, Flatten, Flip, Rotate)
_CHEAP_RATE, _RESAMPLE_RATE, _EFFECT_RATE = 2.0, 12.0, 25.0
"""Milliseconds a megapixel, of what goes in or comes out, whichever is more."""
_OTHERWISE = 40.0
_BASE = 2.0
"""Milliseconds that every render costs."""

_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate."""

    milliseconds: float
    """Of one core."""
    megabytes: float
    """Held at once, over what a worker holds anyway."""

    def __str__(self) -> str:
        return f"about {self.milliseconds:.0f} ms of one core, {self.megabytes:.0f} MB"


def cost(plan: RenderPlan) -> Cost:
    """What the plan will cost."""
    decoding = _decoding(plan.original, plan.load)
    operations = _operations(plan.operations, loaded_frame(plan.load, plan.original))
    pixels = plan.result.pixels / _MEGA
    encoding = pixels * _ENCODE.get(plan.save.format, _OTHERWISE)
    return Cost(_BASE + decoding + operations + encoding, footprint(plan) / _MEGA)


def _decoding(original: ImageInfo, load: Load) -> float:
    rate = _DECODE.get(original.format, _OTHERWISE)
    if original.format == "jpg" and original.progressive:
        rate *= _PROGRESSIVE * (_FEW_SCANS if load.few_scans else 1)
    elif load.shrink > 1:
        rate *= _SHRUNK
    pixels = load.width * load.height if original.format == "svg" else original.pixels
    return rate * pixels * load.count / _MEGA


def _operations(operations: tuple[Operation, ...], frame: Frame) -> float:
    total = 0.0
    for operation in operations:
        after = operation.frame_after(frame)
        total += _rate(operation) * max(frame.pixels, after.pixels) / _MEGA
        if isinstance(operation, Composite):
            total += _drawing(operation.layer)
        frame = after
    return total


def _drawing(layer: Picture) -> float:
    """What a layer costs before it is put on."""
    if not isinstance(layer.base, Loaded):
        return _EFFECT_RATE * layer.frame.pixels / _MEGA
    original, load = layer.base.original, layer.base.load
    return _decoding(original, load) + _operations(layer.operations, loaded_frame(load, original))


def _rate(operation: Operation) -> float:
    if isinstance(operation, _CHEAP):
        return _CHEAP_RATE
    return _RESAMPLE_RATE if isinstance(operation, Resample) else _EFFECT_RATE
