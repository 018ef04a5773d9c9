"""From the finished pixels to the bytes of a file. Worker side: this loads libvips."""

from __future__ import annotations

from pyvips import Image

from transforms.codecs import CODECS
from transforms.color import PROFILE, untagged
from transforms.formats import FORMATS
from transforms.hashes import tell
from transforms.inks import to_inks
from transforms.metadata import KEPT, only_attribution, without_orientation
from transforms.pixels import flatten
from transforms.plan import RenderPlan, Save
from transforms.profiles import into_profile
from transforms.quality import choose
from transforms.rendition import Notes
from transforms.thorough import smaller

_INCH = 25.4
"""Millimetres; libvips counts pixels to one."""


def encode(
    image: Image, plan: RenderPlan, *, inks: bytes | None = None, profile: bytes | None = None
) -> tuple[bytes, Notes]:
    """The file that the plan describes, and what was found out on the way. `inks` is the profile of an
    original in CMYK, `profile` the one that `cs_icc` names. Raises `pyvips.Error`, and what `into_profile`
    raises."""
    save = plan.save
    _check_size(image, plan)
    if not save.alpha:
        image = flatten(image, (*save.background[:3], 255))
    image = without_orientation(image)
    if FORMATS[save.format].told:
        return tell(image, plan), ()
    image = _in_space(image, save, inks) if profile is None else into_profile(image, profile, save)
    image = _dense(image, save)
    kinds = ["icc"] if image.get_typeof(PROFILE) else []
    if save.keep_iptc:
        image = only_attribution(image, save.format)
        kinds.append(KEPT)
    keep = ":".join(kinds) or "none"
    search = smaller if save.thorough else choose
    return search(image, save, lambda drawn, how: CODECS[save.format].save(drawn, how, keep=keep))


def _check_size(image: Image, plan: RenderPlan) -> None:
    """A picture of another size than was promised in headers and placeholders must not leave the house."""
    width, height = plan.result.width, plan.result.height * plan.result.pages
    if (image.width, image.height) != (width, height):
        raise AssertionError(f"planned {width}x{height}, rendered {image.width}x{image.height}")


def _in_space(image: Image, save: Save, profile: bytes | None) -> Image:
    """`image` in the channels that the file is to have; `profile` is that of the original's inks."""
    if save.space == "cmyk":
        inks = image if image.interpretation == "cmyk" else to_inks(image, profile)
        return untagged(inks) if save.strip_profile else inks
    if save.variety == "group4":
        return image.colourspace("b-w")
    colorful = save.space == "truecolor" or save.profile or save.variety in ("png24", "png32")
    if colorful and image.bands < 3:
        image = image.colourspace("srgb")
    return image.addalpha() if save.variety == "png32" and not image.hasalpha() else image


def _dense(image: Image, save: Save) -> Image:
    if save.density is None:
        return image
    return image.copy(xres=save.density / _INCH, yres=save.density / _INCH)
