"""Recipes walked through: what is decided where it stands, what counts for the result, and what is told."""

from __future__ import annotations

import pytest

from tests.transforms.inventing import planned
from transforms.errors import LimitExceeded, TransformError
from transforms.frame import ImageInfo
from transforms.knowledge import Details
from transforms.parser import parse
from transforms.plan import RenderPlan

PHOTO = ImageInfo("jpg", 800, 600)
FILM = ImageInfo("gif", 80, 60, pages=5, animated=True, delays=(100,) * 5)
SHEETS = ImageInfo("tiff", 80, 60, pages=3)


def plan(text: str, original: ImageInfo = PHOTO, **options: object) -> RenderPlan:
    return planned(parse(text), original, **options)  # type: ignore[arg-type]


def size(text: str, original: ImageInfo = PHOTO) -> str:
    return str(plan(text, original).result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if_w_gt_500/w_100/if_end", "100x75"),
        ("if_w_gt_800/w_100/if_end", "800x600"),
        ("w_400/if_w_gt_500/w_100/if_end", "400x300"),
        ("w_400/if_iw_gt_500/w_100/if_end", "100x75"),
        ("if_w_gt_900/w_1/if_else/if_w_gt_700/w_200/if_else/w_3/if_end", "200x150"),
        ("if_w_gt_900/w_1/if_else/if_w_gt_850/w_2/if_else/w_40/if_end/if_end/a_90", "30x40"),
        ("if_w_gt_900,w_1/if_else,w_40", "40x30"),
        ("if_w_gt_500,w_100/h_60", "80x60"),
        ("$x_10/if_w_gt_500/$x_20/if_end/c_scale,h_$x,w_$x", "20x20"),
        ("$x_10/if_w_gt_900/$x_20/if_end/c_scale,h_$x,w_$x", "10x10"),
        ("$w_iw_div_4/w_100/c_scale,h_7,w_$w", "200x7"),
        ("$w_w_div_4,w_100/c_scale,h_7,w_$w", "200x7"),
        ("w_100/$w_w_div_4/c_scale,h_7,w_$w", "25x7"),
    ],
)
def test_things_are_decided_where_they_stand(text: str, expected: str) -> None:
    assert expected == size(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if_w_gt_900/f_png/if_end", "jpg"),
        ("if_w_gt_500/f_png/if_end", "png"),
        ("if_w_gt_900/f_png/if_else/f_webp/if_end", "webp"),
        ("l_logo,w_10,f_png", "png"),
        ("l_logo/w_10/f_webp/fl_layer_apply", "jpg"),
        ("l_logo/w_10/fl_layer_apply,f_webp", "webp"),
    ],
)
def test_the_branch_that_is_taken_says_how_to_save(text: str, expected: str) -> None:
    assert expected == plan(text).save.format


@pytest.mark.parametrize(
    ("text", "original", "pages", "first"),
    [
        ("w_10", FILM, 5, 0),
        ("pg_3/w_10", FILM, 1, 2),
        ("if_pc_gt_2/pg_3/if_end", FILM, 1, 2),
        ("if_pc_gt_9/pg_3/if_end", FILM, 5, 0),
        ("if_pc_gt_9/pg_30/if_end", FILM, 5, 0),
        ("if_pc_gt_2/f_jpg/if_end", FILM, 1, 0),
        ("l_logo,pg_1", FILM, 5, 0),
        ("l_logo/pg_1/fl_layer_apply", FILM, 5, 0),
        ("pg_2", SHEETS, 1, 1),
        ("if_cp_eq_1/pg_2/if_end", SHEETS, 1, 1),
    ],
)
def test_pages_are_those_of_the_branch_that_is_taken(
    text: str, original: ImageInfo, pages: int, first: int
) -> None:
    load = plan(text, original).load

    assert (pages, first) == (load.count, load.first)


def test_what_is_done_to_a_layer_does_not_lay_the_picture_on_its_side() -> None:
    lying = ImageInfo("jpg", 60, 80, orientation=6)

    assert [False, True, True] == [
        plan(text, lying).load.upright
        for text in ("a_ignore", "a_ignore,l_logo", "l_logo/a_ignore/fl_layer_apply")
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("if_end/w_10", "if_end does nothing: no condition is open in front of it"),
        ("if_else,w_10", "if_else does nothing: no condition is open in front of it"),
        ("ar_16:9", "ar_16:9 does nothing without c, w or h beside it"),
        ("c_pad,g_auto,h_10,w_10", "c_pad does not look for anything: g_auto counts as g_center"),
        ("dpr_2.0", "dpr_2.0 does nothing: no component asks for a size in pixels"),
        ("c_limit,w_auto", "w_auto depends on the client: without one it is the image's own width"),
        ("g_faces,l_logo", "g_faces: no face was found; the layer lies at g_center"),
        ("fl_region_relative,g_faces,l_logo", "g_faces: no face was found, and the layer is left out"),
        ("g_face:north,l_logo", "g_face:north: no face was found; the layer lies at g_north"),
        ("g_auto,l_logo", "g_auto: a layer is not placed by auto; the layer lies at g_center"),
        ("g_cat:south,l_logo", "g_cat:south: a layer is not placed by cat; the layer lies at g_south"),
        ("e_sepia:101", "e_sepia:101: 101 counts as 100"),
    ],
)
def test_what_does_nothing_is_told(text: str, note: str) -> None:
    assert note in plan(text).notes


def test_what_is_forgiven_in_a_branch_not_taken_is_not_told() -> None:
    assert () == plan("if_w_gt_900/ar_16:9/if_end").notes


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("w_10/fl_layer_apply,x_3", "no_layer_to_apply", 5),
        ("l_a/fl_layer_apply/fl_layer_apply", "no_layer_to_apply", 19),
        ("if_w_gt_5/fl_layer_apply/if_end", "no_layer_to_apply", 10),
        ("l_a/w_10/fl_layer_apply,if_w_gt_3", "conflicting_parameters", 9),
        ("w_10/l_$nobody", "unknown_variable", 5),
        ("w_10/l_a_$nobody", "unknown_variable", 5),
        ("w_10/l_$nobody,if_w_gt_5", "unknown_variable", 5),
        ("w_10/if_$nobody_gt_5/w_1/if_end", "unknown_variable", 5),
        ("w_10/l_a/w_$nobody/fl_layer_apply", "unknown_variable", 9),
        ("w_10/l_text:Arial_20:$(nobody)", "unknown_variable", 5),
        ("w_10/w_iw_sub_900", "invalid_value", 5),
        ("w_10/r_$nobody", "unknown_variable", 5),
        ("w_10/e_multiply", "conflicting_parameters", 5),
        ("w_10/pg_2", "invalid_value", 5),
        ("w_10/l_lut:a.3dl/l_$x", "unknown_variable", 17),
    ],
)
def test_refusals_say_where(text: str, code: str, position: int) -> None:
    with pytest.raises(TransformError) as refused:
        plan(text)

    assert (code, position) == (refused.value.code, refused.value.position), refused.value


@pytest.mark.parametrize(
    "text",
    [
        "w_60000,h_60000/e_sepia",
        "l_text:Arial_300:Hello/c_scale,h_20000,w_20000/fl_layer_apply",
        "l_text:Arial_300:Hello/c_scale,h_20000,w_20000/c_scale,w_10/fl_layer_apply",
        "l_text:Arial_300:Hello/c_pad,h_20000,w_20000/fl_layer_apply",
        "l_text:Arial_300:Hello/l_logo/fl_layer_apply,x_20000,y_20000/fl_layer_apply",
        "l_logo/c_scale,h_20000,w_20000/e_sepia/c_scale,w_10/fl_layer_apply",
        "l_logo/l_logo/c_scale,h_20000,w_20000/fl_layer_apply/fl_layer_apply",
        "g_west,l_logo,x_60000,y_60000",
        "l_logo,x_40000/l_logo,y_40000",
        "l_logo/e_shadow,x_30000,y_30000/fl_layer_apply,fl_no_overflow",
        "c_scale,h_1,w_60000/a_45",
        "c_scale,h_9000,w_9000/a_45/c_scale,w_10",
        "e_shear:89:89/c_scale,w_10",
        "e_distort:0:0:60000:0:60000:60000:0:60000/c_scale,w_10",
        "e_outline:100/e_shadow,x_30000,y_30000/c_scale,w_10",
        "e_trim/c_pad,h_60000,w_60000/e_sepia",
        "$i_current/l_$i/c_scale,w_60000/e_sepia/fl_layer_apply",
        "c_pad,h_60000,w_60000/c_scale,w_10",
    ],
)
def test_nothing_on_the_way_is_past_a_limit(text: str) -> None:
    with pytest.raises(LimitExceeded):
        plan(text)


def test_what_is_simplified_away_is_no_matter() -> None:
    assert "10x8" == size("c_scale,w_60000/c_scale,w_10")


def test_layers_of_named_transformations_count() -> None:
    named = {"two": "l_a/fl_layer_apply/l_b"}
    parse("t_two.two/l_c", named=named)

    with pytest.raises(LimitExceeded) as refused:
        parse("t_two.two/l_c/u_d", named=named)
    assert "too_many_layers" == refused.value.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if_ctx:!kind!_eq_!shoes!,w_10", "10x8"),
        ("if_ctx:!kind!_eq_!hats!,w_10", "800x600"),
        ("if_md:!stock!_gt_3,w_10", "10x8"),
        ("if_!sale:new!_in_tags,w_10", "10x8"),
        ("if_!sale:old!_in_tags,w_10", "800x600"),
        ("w_md:!stock!", "5x4"),
        ("l_logo/if_!sale!_in_tags/w_9000,c_scale/if_end/fl_layer_apply,fl_no_overflow", "800x600"),
    ],
)
def test_details_of_the_picture(text: str, expected: str) -> None:
    details = Details(("new", "sale"), (("kind", "shoes"),), (("stock", 5.0),))

    assert expected == str(planned(parse(text), PHOTO, details=details).result)
