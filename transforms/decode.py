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
from transforms.color import in_eight_bits, to_working
from transforms.errors import BrokenImage
from transforms.frame import Frame, ImageInfo
from transforms.load import Load
from transforms.operations import Canvas, Flatten, Focus, Operation, Rect, Resample
from transforms.pixels import attended
from transforms.upright import SIDEWAYS, known, stored, upright

_STREAMING = (Canvas, Flatten)
"""The operations that take rows in the order of the file."""
_ROUNDING = 2
"""Pixels by which a decoder that shrinks may round otherwise than the planner."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to decode, and what comes after it: the first of it may be done on the way."""

    original: ImageInfo
    load: Load
    operations: Sequence[Operation]
    wide: bool
    """Whether wide gamut stays, as Display P3."""
    inks: bool = False
    """Whether CMYK stays as it is, with its profile."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The pages of an original, and the operations left to do on them."""

    images: list[Image]
    """One image a page; or one tall image of all pages where nothing is left to do."""
    frame: Frame
    operations: Sequence[Operation]
    streaming: bool
    """True while the pixels are still in the file and appear as they are drawn."""


def opened(job: Job, data: bytes) -> Image:
    """The original as its decoder gives it. Raises as `decode` does, for what the header says."""
    image = CODECS[job.load.format].load(data, job.load)
    _check_size(image, job)
    return image


def decode(job: Job, data: bytes, held: Image | None = None) -> Decoded:
    """Pages of the original, or of what was `opened` for the same load and is `held` in memory.

    Raises `pyvips.Error` when bytes do not decode, BrokenImage when they are not those planned with.
    """
    image = opened(job, data) if held is None else held
    frame = _loaded_frame(job)
    if _passes_through(job):
        whole = pages.still(image) if job.load.count == 1 else image
        return Decoded([_in_colors(whole, job)], frame, job.operations, streaming=held is None)
    first = _first_resampling(job, data, image.width, image.height // job.load.count)
    # Page by page, each drawn before the next is begun: the decoder cannot go back.
    images = [_page(page, first, job).copy_memory() for page in pages.split(image, job.load.count)]
    if first is None:
        return Decoded(images, frame, job.operations, streaming=False)
    return Decoded(images, job.operations[0].frame_after(frame), job.operations[1:], streaming=False)


def _check_size(image: Image, job: Job) -> None:
    expected = job.load.width, job.load.height * job.load.count
    allowed = _ROUNDING, _ROUNDING * job.load.count
    if any(abs(a - b) > c for a, b, c in zip(expected, (image.width, image.height), allowed, strict=True)):
        raise BrokenImage(
            f"the original is not the one that was planned with: expected {expected[0]}x{expected[1]}, "
            f"found {image.width}x{image.height}"
        )


def _loaded_frame(job: Job) -> Frame:
    load = job.load
    frame = Frame(load.width, load.height, load.count, job.original.alpha or load.clip is not None)
    return frame.sized(load.height, load.width) if _orientation(job) in SIDEWAYS else frame


def _orientation(job: Job) -> int:
    return known(job.original.orientation) if job.load.upright else 1


def _passes_through(job: Job) -> bool:
    """Whether the rows of the file can go to the encoder as they come."""
    if _orientation(job) != 1:
        return False
    return not job.operations or (
        job.load.count == 1 and all(isinstance(operation, _STREAMING) for operation in job.operations)
    )


def _first_resampling(job: Job, data: bytes, width: int, height: int) -> Resample | None:
    """The first operation, if it is a resampling, as it has to be done on a page as stored."""
    first = job.operations[0] if job.operations else None
    if not isinstance(first, Resample):
        return None
    orientation = _orientation(job)
    window = stored(first.window, orientation, width, height)
    if isinstance(window, Focus) and job.load.count > 1:
        window = _window_for_all(window, job, data)
    across, down = first.width, first.height
    if orientation in SIDEWAYS:
        across, down = down, across
    return replace(first, window=window, width=across, height=down)


def _window_for_all(focus: Focus, job: Job, data: bytes) -> Rect:
    """What draws the eye in the first frame. Were every frame asked, the picture would jump."""
    frame = CODECS[job.load.format].load(data, replace(job.load, count=1))
    return attended(frame.copy_memory(), focus)


def _page(image: Image, first: Resample | None, job: Job) -> Image:
    if first is not None:
        image = first.apply(image, _loaded_frame(job))
    orientation = _orientation(job)
    if orientation != 1:
        image = upright(image.copy_memory(), orientation)
    return _in_colors(image, job)


def _in_colors(image: Image, job: Job) -> Image:
    if job.inks:
        return in_eight_bits(image)
    return to_working(image, wide=job.wide and job.original.color == "p3")
