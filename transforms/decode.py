"""From an original's bytes to working images, upright and already small. Worker side: this loads libvips.

Pixels stream: the decoder gives rows, the first resampling eats them, and only the small picture is ever
whole in memory. So that resampling is done in the colours and the orientation of the file. Setting upright
and converting colours come after it, when there is little left to turn and to convert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pyvips import Image

from transforms import pages
from transforms.codecs import CODECS
from transforms.color import to_working
from transforms.errors import BrokenImage
from transforms.formats import FORMATS
from transforms.frame import Frame
from transforms.operations import Canvas, Flatten, Focus, Operation, Rect, Resample
from transforms.pixels import attended
from transforms.plan import RenderPlan
from transforms.upright import SIDEWAYS, known, stored, upright

_STREAMING = (Canvas, Flatten)
"""The operations that take rows in the order of the file."""
_ROUNDING = 2
"""Pixels by which a decoder that shrinks may round otherwise than the planner."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The pages of an original, and the operations left to do on them."""

    images: list[Image]
    """One image a page; or one tall image of all pages where nothing is left to do."""
    frame: Frame
    operations: Sequence[Operation]
    streaming: bool
    """True while the pixels are still in the file and appear as they are drawn."""


def decode(plan: RenderPlan, data: bytes) -> Decoded:
    """Raises `pyvips.Error` when bytes do not decode, BrokenImage when they are not those planned with."""
    image = CODECS[plan.load.format].load(data, plan.load)
    _check_size(image, plan)
    frame = _loaded_frame(plan)
    if _passes_through(plan):
        whole = pages.still(image) if plan.load.count == 1 else image
        return Decoded([_in_colors(whole, plan)], frame, plan.operations, streaming=True)
    first = _first_resampling(plan, data, image.width, image.height // plan.load.count)
    # Page by page, each drawn before the next is begun: the decoder cannot go back.
    images = [_page(page, first, plan).copy_memory() for page in pages.split(image, plan.load.count)]
    if first is None:
        return Decoded(images, frame, plan.operations, streaming=False)
    return Decoded(images, plan.operations[0].frame_after(frame), plan.operations[1:], streaming=False)


def _check_size(image: Image, plan: RenderPlan) -> None:
    expected = plan.load.width, plan.load.height * plan.load.count
    allowed = _ROUNDING, _ROUNDING * plan.load.count
    if any(abs(a - b) > c for a, b, c in zip(expected, (image.width, image.height), allowed, strict=True)):
        raise BrokenImage(
            f"the original is not the one that was planned with: expected {expected[0]}x{expected[1]}, "
            f"found {image.width}x{image.height}"
        )


def _loaded_frame(plan: RenderPlan) -> Frame:
    load = plan.load
    frame = Frame(load.width, load.height, load.count, plan.original.alpha)
    return frame.sized(load.height, load.width) if _orientation(plan) in SIDEWAYS else frame


def _orientation(plan: RenderPlan) -> int:
    return known(plan.original.orientation) if plan.load.upright else 1


def _passes_through(plan: RenderPlan) -> bool:
    """Whether the rows of the file can go to the encoder as they come."""
    if _orientation(plan) != 1:
        return False
    return not plan.operations or (
        plan.load.count == 1 and all(isinstance(operation, _STREAMING) for operation in plan.operations)
    )


def _first_resampling(plan: RenderPlan, data: bytes, width: int, height: int) -> Resample | None:
    """The first operation, if it is a resampling, as it has to be done on a page as stored."""
    first = plan.operations[0] if plan.operations else None
    if not isinstance(first, Resample):
        return None
    orientation = _orientation(plan)
    window = stored(first.window, orientation, width, height)
    if isinstance(window, Focus) and plan.load.count > 1:
        window = _window_for_all(window, plan, data)
    across, down = first.width, first.height
    if orientation in SIDEWAYS:
        across, down = down, across
    return replace(first, window=window, width=across, height=down)


def _window_for_all(focus: Focus, plan: RenderPlan, data: bytes) -> Rect:
    """What draws the eye in the first frame. Were every frame asked, the picture would jump."""
    frame = CODECS[plan.load.format].load(data, replace(plan.load, count=1))
    return attended(frame.copy_memory(), focus)


def _page(image: Image, first: Resample | None, plan: RenderPlan) -> Image:
    if first is not None:
        image = first.apply(image, _loaded_frame(plan))
    orientation = _orientation(plan)
    if orientation != 1:
        image = upright(image.copy_memory(), orientation)
    return _in_colors(image, plan)


def _in_colors(image: Image, plan: RenderPlan) -> Image:
    wide = plan.original.color == "p3" and FORMATS[plan.save.format].profile and not plan.save.strip_profile
    return to_working(image, wide=wide)
