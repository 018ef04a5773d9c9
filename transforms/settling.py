"""Pictures inside plans, layers and what is looked at, made ready for a worker."""

from __future__ import annotations

from dataclasses import replace

from transforms.geometry import full, scaled
from transforms.knowledge import Loaded, Picture
from transforms.limits import Limits, check_on_the_way
from transforms.load import loaded_frame
from transforms.loading import load_small
from transforms.operations import Resample
from transforms.rewrites import frames_through, simplify


def settled_picture(picture: Picture, limits: Limits) -> Picture:
    """A picture in canonical form, its decoder shrinking as far as it may.

    Raises LimitExceeded and OriginalTooLarge when it passes through something too large.
    """
    base = picture.base
    if not isinstance(base, Loaded):
        return picture
    start = loaded_frame(base.load, base.original)
    operations = simplify(picture.operations, start)
    load, operations = load_small(base.load, operations, base.original, limits)
    loaded = loaded_frame(load, base.original)
    check_on_the_way((loaded, *frames_through(operations, loaded)), limits)
    return replace(picture, base=replace(base, load=load), operations=operations)


def reduced(picture: Picture, longest_side: int, limits: Limits) -> Picture:
    """A picture made small enough to be looked at cheaply; its first page alone.

    Raises as `settled_picture`.
    """
    factor = longest_side / max(picture.frame.width, picture.frame.height)
    if factor < 1:
        width, height = scaled(picture.frame, factor)
        smaller = Resample(full(picture.frame), width, height)
        picture = Picture(picture.base, (*picture.operations, smaller), picture.frame.sized(width, height))
    return settled_picture(picture, limits)
