"""The corpus: transformations and delivery paths that public SDK suites expect, and what of it does not read.

A few lines are slips on purpose, or placeholders of documentation; some speak of named transformations that
only their authors have.
"""

from __future__ import annotations

from pathlib import Path

from proxy.url import InvalidUrl, read_delivery_url
from transforms.errors import InvalidValue, NotOffered, TransformError, UnknownParameter
from transforms.parser import parse
from transforms.recipe import Recipe

CORPUS = Path(__file__).parents[1] / "data" / "transformations.txt"
LINES = CORPUS.read_text(encoding="utf-8").splitlines()
PATHS = tuple(f"{name}/" for name in ("image", "images", "video", "raw", "files", "iu"))

_NAMES = (
    *("named", "name1", "name2", "name with spaces", "named with spaces", "blip", "foobar", "_foobar"),
    *("image_ratings", "passport_photo", "sample_named_transform", "sample_named_transform2"),
    *("demo_combined", "fit_100x150", "jpg_with_quality_30", "crop_400x400", "product_thumb", "thumbnail"),
    *("vignette_angle", "bg_removed"),
)

NAMED = {**dict.fromkeys(_NAMES, "c_fill,h_150,w_200"), "first5_rotate": "pg_-5/a_90"}
"""Stand-ins for the named transformations of others."""

SLIPS: dict[str, type[TransformError]] = {
    "b_color": InvalidValue,
    "b_frames": InvalidValue,
    "c_thumb,g_up,h_80,w_80": InvalidValue,
    "co_rgb:RRGGBB,e_colorize:N": InvalidValue,
    "e_art:": InvalidValue,
    "fl_first_flag,fl_second_flag,l_sample": UnknownParameter,
    "fl_my_flag:17": UnknownParameter,
    "fl_whatever": UnknownParameter,
    "if_A_and_B_or_C": InvalidValue,
    "if_expression/a_20/if_end": InvalidValue,
    "image/fetch/s--signature--/c_scale,w_400/f_auto/q_auto/https://example.com/image.jpg": InvalidUrl,
    "image/upload/e_art/test": InvalidValue,
    "image/upload/fl_abc.def/test": UnknownParameter,
    "image/upload/fl_abc.efg/test": UnknownParameter,
    "image/upload/s--AbCdEfGhI--/sample.jpg": InvalidUrl,
    "image/upload/v1234/folder/file.jpg#": InvalidUrl,
    "image/upload/w_abc/sample.jpg": InvalidValue,
    "w_auto:min:max": InvalidValue,
    "w_auto:min:max:step": InvalidValue,
}
"""Lines that really do not read, and why: a placeholder, a made-up flag, a signature of nine characters."""


def transformation_of(line: str) -> str:
    return read_delivery_url(f"/{line}").transformation if line.startswith(PATHS) else line


def read(line: str) -> Recipe:
    """The recipe of a line. Raises TransformError as `parse` and `read_delivery_url` do."""
    return parse(transformation_of(line), named=NAMED)


def outcome(line: str) -> str:
    """`read`, `refused by name`, `slip`, or `unknown`."""
    try:
        read(line)
    except NotOffered:
        return "refused by name"
    except TransformError as error:
        return "slip" if SLIPS.get(line) is type(error) else "unknown"
    return "read"
