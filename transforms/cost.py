"""What a plan will cost, roughly: milliseconds of one core, and megabytes.

What comes of `rates` and `effort` is good for comparing plans; `benchmarks` measures the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

from transforms import rates
from transforms.composite import Composite
from transforms.effort import effort
from transforms.footprint import footprint
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Loaded, Picture
from transforms.limits import DRAWN
from transforms.load import Load, loaded_frame
from transforms.operations import Operation
from transforms.plan import RenderPlan

_PROGRESSIVE = 3.2
"""Times a baseline JPEG: all its scans are decoded whatever size is wanted."""
_SCANS = {"all": 1.0, "first": 0.64, "few": 0.53}
"""Of that, where only its first scans are."""
_SHRUNK, _SCALED = 0.5, 0.55
"""Of a full decode, where a JPEG is shrunk on load, and a WebP scaled."""

_BASE = 2.5
"""Milliseconds that every render costs."""
_TEXT, _TEXT_RATE = 4.0, 25.0
"""Milliseconds that every text costs, and a megapixel of it."""
_FRAMES = {"gif": 6.0, "webp": 3.0}
"""Milliseconds that every frame of an animation costs besides its pixels."""
_PALETTES = ("png8", "any")

_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate."""

    milliseconds: float
    """Of one core."""
    megabytes: float
    """Held at once, over what a worker holds anyway."""
    decoding: float = 0.0
    """Of the milliseconds those for the original's pixels, which plans of one load can share."""

    @property
    def seconds(self) -> float:
        return self.milliseconds / 1000

    @property
    def decoding_seconds(self) -> float:
        return self.decoding / 1000

    def __str__(self) -> str:
        return f"about {self.milliseconds:.0f} ms of one core, {self.megabytes:.0f} MB"


def cost(plan: RenderPlan) -> Cost:
    """What the plan will cost."""
    decoding = _decoding(plan.original, plan.load)
    operations = _operations(plan.operations, loaded_frame(plan.load, plan.original))
    total = _BASE + decoding + operations + _saving(plan)
    return Cost(total, footprint(plan) / _MEGA, decoding)


def _saving(plan: RenderPlan) -> float:
    """Writing the result, as often as it takes to meet an aim."""
    save, pixels = plan.save, plan.result.pixels
    palette = save.lossy or save.variety in _PALETTES or (save.aim is not None and save.format == "png")
    if save.aim is not None:
        return rates.searching(save.format, save.aim.kind, pixels, palette=palette)
    frames = plan.result.pages if plan.result.pages > 1 else 0
    return rates.encoding(save.format, pixels, palette=palette) + _FRAMES.get(save.format, 0.0) * frames


def _decoding(original: ImageInfo, load: Load) -> float:
    rate = 1.0
    if original.format == "jpg" and original.progressive:
        rate *= _PROGRESSIVE * _SCANS[load.scans]
    elif load.shrink > 1:
        rate *= _SHRUNK
    elif original.format == "webp" and load.scale < 1:
        rate *= _SCALED
    pixels = load.width * load.height if original.format in DRAWN else original.pixels
    return rate * rates.decoding(original.format, pixels * load.count)


def _operations(operations: tuple[Operation, ...], frame: Frame) -> float:
    total = 0.0
    for operation in operations:
        total += effort(operation, frame)
        if isinstance(operation, Composite):
            total += _drawing(operation.layer)
        frame = operation.frame_after(frame)
    return total


def _drawing(layer: Picture) -> float:
    """What a layer costs before it is put on."""
    if not isinstance(layer.base, Loaded):
        text = _TEXT_RATE * layer.frame.pixels / _MEGA
        return _TEXT + text + _operations(layer.operations, layer.frame)
    original, load = layer.base.original, layer.base.load
    return _decoding(original, load) + _operations(layer.operations, loaded_frame(load, original))
