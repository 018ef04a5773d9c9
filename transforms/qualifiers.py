"""The qualifiers: parameters that say how an action does its work."""

from __future__ import annotations

from transforms.actions.border import Border
from transforms.actions.opacity import Opacity
from transforms.actions.radius import EXPECTED as RADII
from transforms.actions.radius import Radius
from transforms.declaration import Declaration, by_key
from transforms.kinds.actions import ActionKind
from transforms.kinds.angles import AngleKind
from transforms.kinds.backgrounds import BackgroundKind
from transforms.kinds.borders import EXPECTED as BORDER
from transforms.kinds.borders import FORGIVEN as BORDER_FORGIVEN
from transforms.kinds.colors import ColorKind
from transforms.kinds.gravities import GravityKind
from transforms.kinds.numbers import Number
from transforms.kinds.pages import PagesKind
from transforms.kinds.sizes import Offset, RatioKind, Size

QUALIFIERS: dict[str, Declaration] = by_key(
    Declaration(
        "w",
        Size("w", auto=True),
        "Width: pixels, a share of the image with a decimal point, arithmetic, or `auto`, the client's. That "
        "may be rounded up to a step (`auto:50`), between two bounds (`auto:200:800:100`), or to widths whose"
        " files grow by so many kilobytes: `auto:breakpoints_<narrowest>_<widest>_<kilobytes>_<most images>`,"
        " by default 50, 1000, 20 and 20. A width behind a step or the breakpoints (`auto:50:480`) stands for"
        " the client's. The client's is in pixels of its screen, so that `dpr_auto` does not multiply it.",
        ("w_300", "w_0.5", "w_iw_div_2", "w_auto:50"),
    ),
    Declaration(
        "h", Size("h"), "Height, as `w`; alone it keeps the ratio.", ("h_200", "h_1.0", "h_ih_sub_100")
    ),
    Declaration(
        "ar",
        RatioKind(),
        "Width to height; stands in for a missing width or height. `ar_ignore` is an older spelling of "
        "`fl_ignore_aspect_ratio`.",
        ("ar_16:9,c_fill,w_400", "ar_1.5,c_crop"),
    ),
    Declaration(
        "g",
        GravityKind(),
        "Gravity: which part to keep, or where the picture lies on a canvas.",
        ("c_fill,g_auto,h_200,w_300", "c_pad,g_north_west,h_300,w_300"),
    ),
    Declaration(
        "x",
        Offset(),
        "Distance from the gravity's edge, inward; a share is of the image's width.",
        ("c_crop,h_200,w_300,x_20,y_40",),
    ),
    Declaration(
        "y",
        Offset(),
        "Distance from the gravity's edge, inward; a share is of the image's height.",
        ("c_crop,g_south,h_0.5,w_0.5,y_0.1",),
    ),
    Declaration(
        "z",
        Number(0.01, 100, beyond="clamp"),
        "Zoom of a crop: below 1 keeps more around it, above 1 less.",
        ("c_thumb,g_auto,h_100,w_100,z_0.7",),
    ),
    Declaration(
        "a",
        AngleKind(),
        "Turn clockwise, or mirror; several joined by dots are done in order.",
        ("a_90", "a_-12.5", "a_vflip", "a_auto_right.hflip"),
    ),
    Declaration(
        "b",
        BackgroundKind(),
        "Background: what fills a canvas, or stands behind transparency.",
        ("b_white,c_pad,h_300,w_300", "b_rgb:00ff0080,c_pad,w_300", "b_auto,c_pad,h_300,w_300", "b_blurred"),
    ),
    Declaration(
        "co",
        ColorKind(),
        "Colour of text, and of effects that take one.",
        ("co_red", "co_rgb:ff8800"),
    ),
    Declaration(
        "r",
        ActionKind(Radius, RADII, "A radius past a limit counts as the limit."),
        "Rounded corners: one to four radii in pixels, or `max`.",
        ("r_20", "r_max", "r_20:0:20:0"),
    ),
    Declaration(
        "bo",
        ActionKind(Border, BORDER, BORDER_FORGIVEN),
        "Border inside the edge of the image; it follows `r` in the same component.",
        ("bo_4px_solid_black", "bo_6px_solid_rgb:ff880080,r_30"),
    ),
    Declaration(
        "o",
        ActionKind(Opacity, "a number from 0 to 100", "A number past a limit counts as the limit."),
        "Opacity in per cent of what the image has.",
        ("o_50",),
    ),
    Declaration(
        "pg",
        PagesKind(),
        "Pages of a document, or frames of an animation, counted from 1. Several frames make an animation of "
        "these; of several pages the first is taken.",
        ("pg_2", "pg_2-4;6;9-"),
    ),
)
"""In the order of the reference page."""
