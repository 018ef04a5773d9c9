"""Estimates of what plans cost: which of two is the dearer, never how much."""

from __future__ import annotations

import pytest

from tests.transforms.inventing import planned
from transforms.cost import cost
from transforms.frame import ImageInfo
from transforms.parser import parse

PHOTO = ImageInfo("jpg", 4000, 3000)
SLOW = ImageInfo("jpg", 4000, 3000, progressive=True)
FILM = ImageInfo("gif", 400, 300, pages=30, animated=True)
LARGE = ImageInfo("png", 4000, 3000)
CUTOUT = ImageInfo("png", 4000, 3000, alpha=True)


def milliseconds(text: str, original: ImageInfo = PHOTO, logo: ImageInfo = LARGE) -> float:
    return cost(planned(parse(text), original, logo=logo)).milliseconds


@pytest.mark.parametrize(
    ("cheap", "dear"),
    [
        ("w_300", "w_2000"),
        ("f_jpg,w_1000", "f_avif,w_1000"),
        ("w_1000", "w_1000/e_sepia"),
        ("w_1000/e_sepia", "e_sepia/w_1000"),
        ("w_1000", "w_1000/l_logo,w_10"),
        ("w_1000/l_logo,w_10", "w_1000/l_logo/e_sepia/w_10/fl_layer_apply"),
        ("w_1000/l_logo/w_10/fl_layer_apply", "w_1000/l_logo/l_logo/w_9/fl_layer_apply/w_10/fl_layer_apply"),
        ("w_1000", "w_1000/l_text:Arial_20:Hello"),
        ("f_webp,q_auto,w_1000", "f_webp,q_auto:bytes_40k,w_1000"),
        ("f_webp,q_auto:bytes_40k,w_1000", "f_webp,q_auto:ssim_95,w_1000"),
        ("f_avif", "f_avif,q_auto:ssim_95"),
        ("f_png,w_1000", "f_png,q_auto:bytes_40k,w_1000"),
        ("w_1000/e_sepia", "w_1000/e_oil_paint"),
        ("w_1000/e_sepia", "w_1000/e_theme:color_black"),
        ("w_1000/l_logo,w_100/e_displace,x_9,fl_layer_apply", "w_1000/l_logo/e_displace,x_9,fl_layer_apply"),
        ("w_3000", "w_6000"),
    ],
)
def test_what_does_more_costs_more(cheap: str, dear: str) -> None:
    assert milliseconds(cheap) < milliseconds(dear)


def test_a_search_on_a_large_picture_is_bounded() -> None:
    for aim in ("bytes_900k", "ssim_95"):
        assert milliseconds(f"f_avif,q_auto:{aim}") < 3 * milliseconds("f_avif") + 1000


def test_originals_that_decode_slowly_cost_more() -> None:
    assert milliseconds("w_300") < milliseconds("w_300", SLOW)
    assert milliseconds("pg_1/w_100", FILM) < milliseconds("w_100", FILM)


def test_alpha_and_frames_cost_more() -> None:
    assert 1.5 * milliseconds("w_300", LARGE) < milliseconds("w_300", CUTOUT)
    assert 10 * milliseconds("f_gif,pg_1,w_100", FILM) < milliseconds("f_gif,w_100", FILM)


def test_what_a_decode_takes_is_told_apart() -> None:
    told = cost(planned(parse("f_webp,w_300"), SLOW))

    assert 0 < told.decoding_seconds < told.seconds < 1.2 * told.decoding_seconds


def test_what_is_held_whole_takes_memory() -> None:
    held = [cost(planned(parse(text), PHOTO)).megabytes for text in ("w_300", "w_2000", "e_sepia")]

    assert held == sorted(held)
    assert 148 == held[-1]


def test_an_estimate_says_what_it_is() -> None:
    assert str(cost(planned(parse("w_300"), PHOTO))).startswith("about ")
