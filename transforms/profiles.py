"""Pictures converted to a colour profile of one's own. Worker side: this works on libvips images."""

from __future__ import annotations

import pyvips
from pyvips import GValue, Image

from transforms.color import PROFILE
from transforms.errors import BrokenImage, NotOffered, printable
from transforms.pixels import flatten
from transforms.save import INKS, Save

# Where an ICC profile says what it is: ISO 15076-1, section 7.2.
_HEADER_BYTES = 128
_CLASS, _SPACE, _SIGNATURE = slice(12, 16), slice(16, 20), slice(36, 40)
_CLASSES = (b"mntr", b"prtr", b"scnr", b"spac")
"""Of displays, printers, scanners and colour spaces; links between devices and names of colours are none."""
_SPACES = (b"RGB ", b"CMYK", b"GRAY")


def into_profile(image: Image, profile: bytes, save: Save) -> Image:
    """`image` in the colours of `profile`, which it carries from here on.

    Raises BrokenImage for bytes that are no profile which pictures can be in, and NotOffered where the format
    has no room for its inks.
    """
    if _space(profile) == b"CMYK":
        if save.format not in INKS:
            raise NotOffered(
                f"cs_icc: the profile is for CMYK, which {save.format} cannot hold: use {' or '.join(INKS)}"
            )
        image = flatten(image, (*save.background[:3], 255))
    try:
        lab = image.icc_import(input_profile="srgb", embedded=True, pcs="lab", intent="relative").copy()
        lab.set_type(GValue.blob_type, PROFILE, profile)
        return lab.icc_export(pcs="lab", intent="relative", depth=8).copy_memory()
    except pyvips.Error as error:
        said = printable(" ".join(error.detail.split()))
        raise BrokenImage(f"cs_icc: the colour profile cannot be used: {said}") from error


def _space(profile: bytes) -> bytes:
    """The space of the colours that the profile describes. Raises BrokenImage."""
    space = profile[_SPACE]
    known = profile[_CLASS] in _CLASSES and space in _SPACES and profile[_SIGNATURE] == b"acsp"
    if len(profile) < _HEADER_BYTES or not known:
        raise BrokenImage("cs_icc: the file is no ICC profile for gray, RGB or CMYK")
    return space
