"""CMYK that stays CMYK: pixels left as they are where that can be, and profiles kept. Worker side: this loads
libvips.
"""

from __future__ import annotations

import pyvips
from pyvips import Image

from transforms.codecs import CODECS
from transforms.color import PROFILE
from transforms.operations import Flip, Resample, Rotate
from transforms.plan import RenderPlan

_INTENT = "relative"


def stay(plan: RenderPlan) -> bool:
    """Whether the inks of the original go into the result as they are, plain black plain: where pixels are
    only scaled, cut and turned. Everything else is done in light."""
    return (
        plan.save.space == "cmyk"
        and plan.original.color == "cmyk"
        and not (plan.original.alpha or plan.load.clip)
        and all(isinstance(operation, (Resample, Rotate, Flip)) for operation in plan.operations)
    )


def profile_of(plan: RenderPlan, data: bytes) -> bytes | None:
    """The profile of an original in CMYK, where the result is to be in it too. Raises `pyvips.Error`."""
    if plan.save.space != "cmyk" or plan.original.color != "cmyk":
        return None
    header = CODECS[plan.original.format].header(data)
    return bytes(header.get(PROFILE)) if header.get_typeof(PROFILE) else None


def to_inks(image: Image, profile: bytes | None) -> Image:
    """A working image as CMYK by `profile`, which it carries then; by a common one where that is None or does
    not do."""
    if profile is not None:
        try:
            return _exported(image, profile)
        except pyvips.Error:
            # A damaged profile, or one that only reads: the picture was read without it, too.
            return to_inks(image, None)
    return image.icc_transform("cmyk", input_profile="srgb", embedded=True, intent=_INTENT)


def _exported(image: Image, profile: bytes) -> Image:
    seen = image.icc_import(input_profile="srgb", embedded=True, pcs="lab", intent=_INTENT).copy()
    seen.set_type(pyvips.GValue.blob_type, PROFILE, profile)
    inks: Image = seen.icc_export(depth=8, intent=_INTENT)
    if inks.interpretation != "cmyk":
        raise pyvips.Error("the profile is not one of inks")
    return inks
