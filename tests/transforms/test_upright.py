from __future__ import annotations

import pytest

from tests.transforms.rendering import (
    difference,
    pixels,
    rendered,
    shown,
)
from transforms.probe import probe


@pytest.mark.parametrize(
    "transformation",
    [
        "",
        "w_60/",
        "c_crop,g_north_west,h_30,w_50/",
        "c_fill,g_east,h_20,w_20/",
        "w_200/",
        "c_scale,h_50,w_200/",
    ],
)
@pytest.mark.parametrize("name", [*(f"orientation-{n}.jpg" for n in range(2, 9)), "turned.avif"])
def test_every_orientation_is_one_picture(name: str, transformation: str) -> None:
    upright = shown(f"{transformation}f_png", "orientation-1.jpg")

    assert difference(upright, shown(f"{transformation}f_png", name)) < 3


@pytest.mark.parametrize("name", ["jpg", "png", "webp", "avif", "tiff"])
def test_what_is_upright_is_not_turned_again(name: str) -> None:
    info = probe(rendered(f"f_{name}", "orientation-6.jpg").body)

    assert (120, 80, 1) == (info.width, info.height, info.orientation)


def test_orientation_is_ignored_when_asked() -> None:
    stored = pixels("orientation-6.jpg")

    assert difference(stored, shown("a_ignore/f_png", "orientation-6.jpg")) < 1
