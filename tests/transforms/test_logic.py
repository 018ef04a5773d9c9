"""Variables, arithmetic and conditions, decided where they stand in a recipe."""

import pytest

from tests.transforms.rendering import patch, pixels, rendered
from transforms.errors import InvalidValue, TransformError
from transforms.knowledge import Details

RED = patch((200, 30, 30), 300, 200).pngsave_buffer()

DETAILS = Details(
    tags=frozenset({"sale", "in_stock"}),
    context={"category": "featured", "width": "120", "x_pos": "0.25"},
    metadata={"price": 120.0, "stock": "0"},
)


def size(transformation):
    image = pixels(rendered(transformation, RED, details=DETAILS).body)
    return image.width, image.height


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [
        ("$w_100/w_$w", (100, 67)),
        ("$w_100,w_$w", (100, 67)),
        ("$w_1/w_$w", (1, 1)),
        ("$w_0.5/w_$w", (150, 100)),
        ("$w_1.0/w_$w", (300, 200)),
        ("$w_0.5/w_$w_mul_100", (50, 33)),
        ("$w_iw_div_3/w_$w", (100, 67)),
        ("$w_iw_div_3,c_scale,h_$w,w_$w_mul_2", (200, 100)),
        ("$big_2_mul_$small,$small_50,c_fill,h_$small_add_20,w_$big", (100, 70)),
        ("$w_100/$w_50/w_$w", (50, 33)),
        ("$w_100/$w_add_50/w_$w", (150, 100)),
        ("w_150/$w_w_mul_2/w_60/w_$w", (300, 200)),
        ("$ar_16:9/ar_$ar,c_fill,w_160", (160, 90)),
        ("$x_ctx:!width!_to_i/w_$x", (120, 80)),
        ("$x_ctx:!x_pos!_to_f/w_$x_mul_iw", (75, 50)),
        ("$x_md:!price!/w_$x", (120, 80)),
        ("$m_fill,$g_north_west/c_$m,g_$g,h_20,w_30", (30, 20)),
        ("$pad_60,bo_10px_solid_red,c_pad,h_$pad,w_$(pad)", (60, 60)),
        ("if_w_gt_200/c_scale,w_50/if_else/c_scale,w_60/if_end", (50, 33)),
        ("if_w_gt_300/c_scale,w_50/if_else/c_scale,w_60/if_end", (60, 40)),
        ("if_w_gt_200,w_50/if_else,w_60", (50, 33)),
        ("if_w_gt_300,w_50", (300, 200)),
        ("w_100/if_w_eq_100_and_iw_eq_300,w_50", (50, 34)),
        ("if_ar_eq_3:2,w_50", (50, 33)),
        ("if_!sale:in_stock!_in_tags,w_50", (50, 33)),
        ("if_!sale:sold_out!_in_tags,w_50", (300, 200)),
        ("$tag_!sold_out!/if_$tag_nin_tags,w_50", (50, 33)),
        ("if_ctx:!category!_eq_!featured!,w_50", (50, 33)),
        ("if_md:!price!_gt_100_and_md:!stock!_gt_0,w_50/if_else,w_60", (60, 40)),
        ("if_md:!nothing!_eq_!!,w_50", (50, 33)),
        ("$w_150/if_$w_gt_100,$w_90/w_$w", (90, 60)),
        ("$w_150/if_$w_gt_200,$w_90/w_$w", (150, 100)),
        ("if_w_gt_200/if_h_gt_300/w_10/if_else/w_20/if_end/if_else/w_30/if_end", (20, 13)),
    ],
)
def test_sizes(transformation, expected):
    assert expected == size(transformation)


@pytest.mark.parametrize(
    ("transformation", "plain"),
    [
        ("$v_30,r_$v", "r_30"),
        ("$v_30,r_$v:0", "r_30:0"),
        ("$v_iw_div_10/r_10:$v:$v_div_3", "r_10:30:10"),
        ("r_iw_div_10", "r_30"),
        ("$efname_!sepia!,e_$efname:40", "e_sepia:40"),
        ("$c_!rgb:0000ff!,$n_5/bo_$(n)px_solid_$c", "bo_5px_solid_rgb:0000ff"),
        ("$c_blue/b_$c,c_pad,h_300,w_300", "b_blue,c_pad,h_300,w_300"),
        ("$o_50/o_$o", "o_50"),
        ("$a_30/a_$a_add_60", "a_90"),
        ("$turn_hflip/a_90.$turn", "a_90.hflip"),
        ("if_w_gt_100,$v_20,r_$v", "r_20"),
    ],
)
def test_variables_stand_for_what_they_hold(transformation, plain):
    assert rendered(plain, RED).body == rendered(transformation, RED).body


@pytest.mark.parametrize(
    ("transformation", "message", "position"),
    [
        ("w_100/r_$v", r"there is no variable \$v \(defined: none\)", 6),
        ("$w_10/e_negate,w_$x", r"there is no variable \$x \(defined: \$w\)", 15),
        ("$c_bleu/b_$c,c_pad,w_9", r"b_\$c comes to b_bleu, which is not a colour", 8),
        ("$x_$y,$y_$x", "set by way of each other", 0),
        ("$x_iw_mul/w_2", r"^\$x: iw_mul is arithmetic that ends too early", 0),
        ("w_5/$x_ctx:!category!_to_i", "'featured', which is no number", 4),
    ],
)
def test_refusals_say_where(transformation, message, position):
    with pytest.raises(InvalidValue, match=message) as caught:
        rendered(transformation, RED, details=DETAILS)

    assert position == caught.value.position


def test_what_was_meant_is_named():
    with pytest.raises(TransformError) as caught:
        rendered("$border_3/bo_$(bordr)px_solid_red", RED)

    assert ("$border", "bo_$(bordr)px_solid_red") == (caught.value.nearest, caught.value.parameter)
