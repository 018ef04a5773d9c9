"""Colour: whatever an original comes in becomes 8-bit sRGB, one gray channel, or Display P3 with its profile.

A working image is one of these three. Only Display P3 carries a profile; sRGB is what everyone takes an
untagged picture for.
"""

from __future__ import annotations

import pyvips
from pyvips import Image

PROFILE = "icc-profile-data"
"""The metadata field in which libvips keeps an embedded profile."""

Rgba = tuple[int, int, int, int]
"""Red, green, blue and alpha in sRGB, 0 to 255."""

_GRAY = ("b-w", "grey16")
_WIDER = 1.1
"""From this many times the area of sRGB's primaries on, a gamut is wide. Adobe RGB and P3 have 1.35."""
_CORNERS = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255])
_SRGB_AREA = 0.1121
"""Of the triangle its primaries make in CIE xy."""
_INTENT = "relative"
"""White stays white, and no colour moves that need not.

Without black point compensation, which turned plain black ink violet in libvips' own CMYK profile.
"""


def color_class(image: Image) -> str:
    """What `ImageInfo.color` says: srgb gray p3 cmyk lab rgb16 gray16 other."""
    names = {"srgb": "srgb", "b-w": "gray", "cmyk": "cmyk", "rgb16": "rgb16", "grey16": "gray16"}
    names |= dict.fromkeys(("lab", "labs", "labq", "lch"), "lab")
    name = names.get(image.interpretation, "other")
    return "p3" if name in ("srgb", "rgb16") and has_wide_gamut(image) else name


def has_wide_gamut(image: Image) -> bool:
    """Whether the embedded profile can say colours well outside sRGB.

    Asked of the profile itself, by sending it the purest red, green and blue: descriptions are free text, and
    the primaries of table profiles stand nowhere.
    """
    if not image.get_typeof(PROFILE):
        return False
    corners = Image.new_from_memory(_CORNERS, 3, 1, 3, "uchar").copy(interpretation="srgb").copy()
    corners.set_type(pyvips.GValue.blob_type, PROFILE, image.get(PROFILE))
    try:
        measured = corners.icc_import(embedded=True, pcs="xyz", intent="relative")
        primaries = [_chromaticity(*measured(x, 0)) for x in range(3)]
    except pyvips.Error:
        # A profile for gray or CMYK, or none at all: the picture is read without it.
        return False
    return _triangle_area(*primaries) > _WIDER * _SRGB_AREA


def _chromaticity(x: float, y: float, z: float) -> tuple[float, float]:
    total = x + y + z
    return (x / total, y / total) if total else (0.0, 0.0)


def _triangle_area(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def to_working(image: Image, *, wide: bool) -> Image:
    """`image` as a working image; wide gamut becomes Display P3 where `wide`, sRGB otherwise."""
    gray = image.interpretation in _GRAY
    converted = _through_profile(image, "p3" if wide and not gray else "srgb")
    if converted is None:
        converted = _without_profile(image, gray=gray)
    if gray and converted.interpretation != "b-w":
        converted = _one_channel(converted)
    return converted if wide and not gray else untagged(converted)


def in_eight_bits(image: Image) -> Image:
    """`image` in the colours that it has, 8 bits a channel."""
    if image.format == "ushort":
        image = image >> 8
    return image if image.format == "uchar" else image.cast("uchar")


def untagged(image: Image) -> Image:
    """Without the profile it may carry; the pixels stay."""
    if not image.get_typeof(PROFILE):
        return image
    image = image.copy()
    image.remove(PROFILE)
    return image


def _through_profile(image: Image, target: str) -> Image | None:
    """By the embedded profile, CMYK by a common one where it has none; None where no profile helps."""
    if not image.get_typeof(PROFILE) and image.interpretation != "cmyk":
        return None
    fallback = "cmyk" if image.interpretation == "cmyk" else "srgb"
    try:
        return image.icc_transform(target, embedded=True, input_profile=fallback, depth=8, intent=_INTENT)
    except pyvips.Error:
        # A profile that does not fit its picture, as some cameras and editors write them.
        return None


def _without_profile(image: Image, *, gray: bool) -> Image:
    space = "b-w" if gray else "srgb"
    if image.interpretation in ("multiband", "matrix", "histogram", "fourier"):
        # The file does not say what its bands are: take them for gray or RGB.
        kept = image.extract_band(0, n=min(image.bands, 3) if image.bands >= 3 else 1)
        return kept.cast("uchar").copy(interpretation="srgb" if image.bands >= 3 else "b-w")
    if image.interpretation != space:
        image = image.colourspace(space)
    return image if image.format == "uchar" else image.cast("uchar")


def _one_channel(image: Image) -> Image:
    """The gray of an sRGB image whose channels are equal, with its alpha."""
    gray = image.extract_band(1)
    if image.hasalpha():
        gray = gray.bandjoin(image.extract_band(image.bands - 1))
    return gray.copy(interpretation="b-w")


def able_to_hold(image: Image, fill: Rgba) -> Image:
    """`image` with colour channels if `fill` is no gray."""
    return image if _is_gray(fill) or image.interpretation != "b-w" else image.colourspace("srgb")


def paint(image: Image, fill: Rgba) -> list[float]:
    """The channels, without alpha, that show `fill` in a working image."""
    if image.interpretation == "b-w":
        return [float(fill[0])]
    if not image.get_typeof(PROFILE):
        return [float(channel) for channel in fill[:3]]
    drop = Image.new_from_memory(bytes(fill[:3]), 1, 1, 3, "uchar").copy(interpretation="srgb")
    shown: list[float] = drop.icc_transform("p3", input_profile="srgb", depth=8, intent=_INTENT)(0, 0)
    return shown


def _is_gray(fill: Rgba) -> bool:
    return fill[0] == fill[1] == fill[2]
