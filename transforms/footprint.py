"""How much memory a render will hold at once, over what a worker holds anyway.

Measured with libvips 8.18 as the peak of a worker's resident memory, on photographs of 12 and 24 megapixels;
what is estimated was at most a tenth less and mostly a little more. It is the largest of three: the decoder,
which holds all of some formats whatever is wanted of them; the largest image on the way; the encoder.
"""

from __future__ import annotations

from collections.abc import Mapping

from transforms.composite import Composite
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Loaded, Picture
from transforms.limits import DRAWN, WHOLE
from transforms.load import Load, loaded_frame
from transforms.operations import Operation, Resample
from transforms.plan import RenderPlan

_DECODER: Mapping[str, float] = {"jpg": 0.4, "png": 4.0, "webp": 5.0, "avif": 16.5, "gif": 6.5, "tiff": 3.0}
"""Bytes a pixel of one page of the original; of a drawing, of what it is drawn as."""
_MANY_PASSES: Mapping[str, float] = {"jpg": 6.5, "png": 6.5}
"""The same of a progressive JPEG, whose coefficients are all kept (half of it where colours are subsampled),
and of an interlaced PNG."""
_WHOLE = 16.0
"""Of formats that are decoded whole, and of those we know nothing of."""
_SCALED_WEBP = 0.2

_ENCODER: Mapping[str, float] = {"jpg": 3.0, "png": 3.0, "webp": 5.6, "avif": 34.0, "gif": 12.5, "tiff": 4.0}
"""Bytes a pixel of the result, all pages."""
_ON_THE_WAY = 12.0
"""Bytes a pixel of an image that is held: what goes into an operation, what comes out of it, and a mask."""
_BASE = 4_000_000


def footprint(plan: RenderPlan) -> int:
    """Bytes that the render of `plan` will hold."""
    encoding = plan.result.pixels * _ENCODER.get(plan.save.format, _WHOLE)
    return _BASE + round(max(_made(plan.original, plan.load, plan.operations), encoding))


def footprint_of(picture: Picture) -> int:
    """Bytes that an image on its way holds, such as one that is looked at."""
    return _BASE + round(_picture(picture))


def _picture(picture: Picture) -> float:
    if isinstance(picture.base, Loaded):
        return _made(picture.base.original, picture.base.load, picture.operations)
    return _ON_THE_WAY * picture.frame.pixels


def _made(original: ImageInfo, load: Load, operations: tuple[Operation, ...]) -> float:
    """What it takes to decode and to work; all that layers take is held beside it."""
    held = _ON_THE_WAY * _largest(load, operations, loaded_frame(load, original))
    layers = sum(_picture(each.layer) for each in operations if isinstance(each, Composite))
    return max(_decoding(original, load), held) + layers


def _decoding(original: ImageInfo, load: Load) -> float:
    if original.format in DRAWN:
        return _WHOLE * load.width * load.height * load.count
    if original.format == "gif":
        return _DECODER["gif"] * original.pixels * load.span
    return _rate(original, load) * original.pixels


def _rate(original: ImageInfo, load: Load) -> float:
    """Bytes a pixel of one page: pages are decoded one after the other."""
    if original.format in WHOLE:
        return _WHOLE
    if original.format == "webp" and load.scale < 1:
        return _SCALED_WEBP
    table = _MANY_PASSES if original.progressive and original.format in _MANY_PASSES else _DECODER
    return table.get(original.format, _WHOLE)


def _largest(load: Load, operations: tuple[Operation, ...], frame: Frame) -> int:
    """Pixels of the largest image held whole; a decoder that gives rows to a resampling holds none."""
    streams = load.count == 1 and isinstance(next(iter(operations), None), Resample)
    held = [frame.pixels] if operations and not streams else [0]
    for operation in operations:
        frame = operation.frame_after(frame)
        held.append(frame.pixels)
    return max(held)
