"""What the edge asks of a recipe."""

import pytest

from transforms.parser import parse


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("c_fill,w_100/f_jpg", set()),
        ("w_auto", {"w"}),
        ("c_fill,w_auto:50/dpr_auto/f_auto:image,q_auto", {"w", "dpr", "f"}),
        ("q_auto", set()),
        ("g_auto", set()),
    ],
)
def test_what_is_left_to_the_client(text, keys):
    assert keys == parse(text).auto_keys


def test_answers_take_the_place_of_auto():
    recipe = parse("c_fill,dpr_auto,w_auto:50/f_auto,q_auto")

    concrete = recipe.replace_auto(format="avif", dpr=1.5, width=310)

    assert "c_fill,dpr_1.5,w_350/f_avif,q_auto" == str(concrete)
    assert not concrete.auto_keys
    assert concrete == parse(str(concrete))


def test_what_has_no_answer_stays():
    recipe = parse("dpr_auto,w_auto/f_auto")

    assert "dpr_2.0,w_auto/f_auto" == str(recipe.replace_auto(dpr=2))
    assert recipe == recipe.replace_auto()


def test_places_and_names_are_kept():
    recipe = parse("t_small/w_auto,f_auto", named={"small": "h_10"})

    concrete = recipe.replace_auto(format="jpg", width=5)

    assert ("small",) == concrete.named
    assert [p.position for c in recipe.components for p in c.parameters] == [
        p.position for c in concrete.components for p in c.parameters
    ]


@pytest.mark.parametrize(
    ("text", "client", "width"),
    [
        ("w_auto", 333, 333),
        ("w_auto", 0, 1),
        ("w_auto:50", 310, 350),
        ("w_auto:50", 350, 350),
        ("w_auto:50:87", 310, 100),
        ("w_auto:200:800:100", 100, 200),
        ("w_auto:200:800:100", 310, 400),
        ("w_auto:200:800:100", 5000, 800),
        ("w_auto:breakpoints", 333, 502),
        ("w_auto:breakpoints", 502, 502),
        ("w_auto:breakpoints_100_1900_20_3", 333, 1345),
        ("w_auto:breakpoints_100_1900_2000", 101, 1345),
        ("w_auto:breakpoints_1000_50", 333, 1000),
        ("w_auto:breakpoints", 5000, 1000),
        ("w_auto:breakpoints", 3, 50),
        ("w_auto:breakpoints_100_1900_20_15", 5000, 1900),
        ("w_auto:breakpoints_100_1900_20_15:70", 5000, 100),
        ("w_auto:65535", 65535, 65535),
        ("w_auto:60000", 65535, 65535),
    ],
)
def test_client_width(text, client, width):
    assert f"w_{width}" == str(parse(text).replace_auto(width=client))


def test_the_last_one_counts():
    recipe = parse("f_jpg,fl_progressive/f_png,fl_progressive:steep")

    assert "png" == recipe.last("f").value
    assert "steep" == recipe.flag("progressive").argument
    assert recipe.last("q") is None
    assert recipe.flag("lossy") is None
