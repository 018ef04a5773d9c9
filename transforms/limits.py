"""How large things may be: the original, every image on the way, the result.

Limits look at the frames that come out, never at the number that was written: `c_limit,h_65535` is a small
picture of a small original, and is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.errors import LimitExceeded, OriginalTooLarge
from transforms.formats import FORMATS
from transforms.frame import Frame, ImageInfo

DRAWN = frozenset(("svg", "pdf"))
_SLENDER = 20
"""Long side divided by the short one above which an original is no picture of a usual shape any more."""
"""What may claim any size: it is rendered as large as wanted."""
WHOLE = frozenset(("heic", "jxl", "jp2", "bmp", "ico", "tga"))
"""What is decoded whole, and lies in memory several times."""
_LEAST_RASTER = 62_500
"""Pixels: a drawing that has to be rendered smaller is not worth it."""
_KINDS = {"interlaced_png_too_large": "an interlaced ", "many_scans_too_large": "a many times scanned "}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in pixels, unless they say otherwise."""

    max_output_side: int = 8_192
    max_output_pixels: int = 40_000_000
    max_intermediate_side: int = 65_535
    """Of what an operation leaves behind: one long thin line must not pass for few pixels."""
    max_intermediate_pixels: int = 100_000_000
    """Of any image on the way, all frames of an animation together."""
    max_original_pixels: int = 100_000_000
    """Of one page or frame."""
    max_interlaced_png_pixels: int = 25_000_000
    """An interlaced PNG cannot be decoded line by line: it is held whole."""
    many_scans: int = 10
    """A JPEG of more scans is held whole, and gone over again and again."""
    max_many_scans_pixels: int = 25_000_000
    """Of a JPEG of more than `many_scans` scans."""
    max_scans: int = 100
    """Of a JPEG, whatever its size."""
    max_avif_pixels: int = 32_000_000
    max_whole_pixels: int = 50_000_000
    """Of formats that are decoded whole, and of all pictures in an SVG: HEIC, JPEG XL, JPEG 2000, BMP, ICO,
    TGA."""
    max_pages: int = 10_000
    """Frames or pages that an original may have, whichever of them are wanted."""
    max_parts: int = 30_000
    """Chunks, segments, boxes or entries that a file may be made of."""
    max_items: int = 1_000
    """Items of an AVIF or HEIC, pictures in an SVG."""
    max_blocks: int = 200_000
    """Strips or tiles of a page of a TIFF."""
    max_metadata_bytes: int = 16_000_000
    """Profiles, texts and thumbnails in an original, unpacked."""
    max_svg_raster_pixels: int = 16_000_000
    """Of what a drawing is rendered to, not of the size it claims."""
    max_svg_milliseconds: int = 5_000
    """What the filters of an SVG may take, as estimated: one that would take more is rendered smaller."""
    max_svg_bytes: int = 10_000_000
    max_svg_elements: int = 50_000
    """Each counted as often as it is used."""
    max_svg_depth: int = 200
    """How deep its elements may be nested."""
    max_svg_path_bytes: int = 2_000_000
    """Of all its paths."""
    max_svg_text: int = 5_000
    """Characters of one text; all texts may have twenty times as many."""
    max_svg_style_bytes: int = 1_000_000
    max_svg_style_matches: int = 5_000_000
    """Rules of style times elements."""
    max_aspect: int = 200
    """Long side divided by the short one, of the original and of the result."""
    max_frames: int = 100
    max_animation_pixels: int = 50_000_000
    """Of all frames together."""


def check_original(info: ImageInfo, limits: Limits) -> None:
    """Raise OriginalTooLarge when no plan of this original can be within the limits.

    A drawing (SVG, PDF) may claim any size: what counts is what it is rendered to.
    """
    _check_aspect(info.width, info.height, limits, OriginalTooLarge, "the original is")
    if info.scans > limits.max_scans:
        raise OriginalTooLarge(f"the original has more than {limits.max_scans} scans", code="too_many_scans")
    if info.toll and raster_bound(info, limits) < _LEAST_RASTER:
        raise OriginalTooLarge("the drawing's filters would take too long", code="svg_filters_too_costly")
    if info.format in DRAWN:
        return
    bound, code = _original_bound(info, limits)
    if info.pixels > bound:
        raise OriginalTooLarge(
            f"the original is {info.width}x{info.height}, {info.pixels:,} pixels; "
            f"{_KINDS.get(code, '')}{info.format} may have at most {bound:,}",
            code=code,
        )


def check_frames(
    loaded: Frame, steps: Sequence[Frame], *, result: Frame, format: str, limits: Limits
) -> None:
    """Raise LimitExceeded when the plan passes through, or ends in, an image that is too large.

    Raise OriginalTooLarge when it is too large an animation before anything is done to it, and where the
    original is so slender that the most usual width makes its length too long: nobody asked for that.
    `steps` are the frames that the operations leave behind, the last of which is the result's.
    """
    try:
        _check_frames(loaded, steps, result=result, format=format, limits=limits)
    except LimitExceeded as error:
        if max(loaded.width, loaded.height) <= _SLENDER * min(loaded.width, loaded.height):
            raise
        raise OriginalTooLarge(f"the original is {loaded}; {error}", code=error.code) from error


def _check_frames(
    loaded: Frame, steps: Sequence[Frame], *, result: Frame, format: str, limits: Limits
) -> None:
    _check_animation(loaded, limits, OriginalTooLarge, "the original is")
    _check_intermediate(loaded, limits)
    for step in steps[:-1]:
        _check_intermediate(step, limits)
        _check_side(step, limits.max_intermediate_side, "intermediate_side_too_long", "an image on the way")
    _check_output(result, FORMATS[format].max_side, limits)
    for frame in steps:
        _check_animation(frame, limits, LimitExceeded, "the animation would be")


def check_on_the_way(frames: Sequence[Frame], limits: Limits) -> None:
    """Raise LimitExceeded when one of the frames that something is made through is too large."""
    for frame in frames:
        _check_intermediate(frame, limits)
        _check_side(frame, limits.max_intermediate_side, "intermediate_side_too_long", "an image on the way")


def raster_bound(original: ImageInfo, limits: Limits) -> int:
    """The most pixels a drawing may be rendered to: fewer where its filters take long for each of them."""
    if not original.toll:
        return limits.max_svg_raster_pixels
    return min(limits.max_svg_raster_pixels, limits.max_svg_milliseconds * 1_000_000 // original.toll)


def check_raster(frame: Frame, original: ImageInfo, limits: Limits) -> None:
    """Raise OriginalTooLarge when a drawing would be rendered larger than it may."""
    bound = raster_bound(original, limits)
    if frame.width * frame.height > bound:
        raise OriginalTooLarge(
            f"the drawing would be rendered at {frame}; at most {bound:,} pixels are allowed",
            code="svg_raster_too_large"
            if bound == limits.max_svg_raster_pixels
            else "svg_filters_too_costly",
        )


def _original_bound(info: ImageInfo, limits: Limits) -> tuple[int, str]:
    """The most pixels that such an original may have, and the code of who has more."""
    bounds = [(limits.max_original_pixels, "original_too_large")]
    if info.format == "avif":
        bounds.append((limits.max_avif_pixels, "avif_too_large"))
    if info.format == "png" and info.progressive:
        bounds.append((limits.max_interlaced_png_pixels, "interlaced_png_too_large"))
    if info.format in WHOLE:
        bounds.append((limits.max_whole_pixels, "whole_picture_too_large"))
    if info.scans > limits.many_scans:
        bounds.append((limits.max_many_scans_pixels, "many_scans_too_large"))
    return min(bounds)


def _check_output(frame: Frame, format_side: int, limits: Limits) -> None:
    _check_side(frame, min(limits.max_output_side, format_side), "output_side_too_long", "the result")
    if frame.width * frame.height > limits.max_output_pixels:
        raise LimitExceeded(
            f"the result would be {frame}, {frame.width * frame.height:,} pixels; "
            f"at most {limits.max_output_pixels:,} are allowed",
            code="output_too_large",
        )
    _check_aspect(frame.width, frame.height, limits, LimitExceeded, "the result would be")


def _check_intermediate(frame: Frame, limits: Limits) -> None:
    if frame.pixels > limits.max_intermediate_pixels:
        raise LimitExceeded(
            f"an image on the way would be {_in_words(frame)}, {frame.pixels:,} pixels; "
            f"at most {limits.max_intermediate_pixels:,} are allowed",
            code="intermediate_too_large",
        )


def _check_side(frame: Frame, bound: int, code: str, subject: str) -> None:
    if max(frame.width, frame.height) > bound:
        raise LimitExceeded(
            f"{subject} would be {frame}; a side may have at most {bound:,} pixels", code=code
        )


def _check_aspect(
    width: int, height: int, limits: Limits, error: type[LimitExceeded | OriginalTooLarge], subject: str
) -> None:
    long, short = max(width, height), min(width, height)
    # Half a pixel is forgiven: a short side that was rounded down must not turn a fair picture away.
    if long > limits.max_aspect * (short + 0.5):
        raise error(
            f"{subject} {width}x{height}; a side may be at most {limits.max_aspect} times the other",
            code="aspect_too_extreme",
        )


def _check_animation(
    frame: Frame, limits: Limits, error: type[LimitExceeded | OriginalTooLarge], subject: str
) -> None:
    if frame.pages <= 1:
        return
    if frame.pages > limits.max_frames:
        raise error(
            f"the animation has {frame.pages} frames; at most {limits.max_frames} are allowed, "
            "but pg_1 takes the first alone",
            code="too_many_frames",
        )
    if frame.pixels > limits.max_animation_pixels:
        raise error(
            f"{subject} {_in_words(frame)}, {frame.pixels:,} pixels; "
            f"at most {limits.max_animation_pixels:,} are allowed",
            code="animation_too_large",
        )


def _in_words(frame: Frame) -> str:
    return str(frame) if frame.pages == 1 else f"{frame} in {frame.pages} frames"
