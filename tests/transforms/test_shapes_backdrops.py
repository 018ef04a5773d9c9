"""Effects that clear the backdrop of a picture."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import patch, shown


def png(image: Image) -> bytes:
    data: bytes = image.pngsave_buffer()
    return data


DONUT = (
    patch((250, 250, 250), 60, 60)
    .draw_circle([20, 60, 160], 30, 30, 20, fill=True)
    .draw_circle([250, 250, 250], 30, 30, 8, fill=True)
)
"""A blue ring on white: its hole has the colour of the backdrop, and does not touch the rim."""


def test_only_what_reaches_the_rim_becomes_transparent() -> None:
    result = shown("e_make_transparent", png(DONUT))[3]

    assert [0, 255, 255] == [result(3, 3)[0], result(30, 15)[0], result(30, 30)[0]]


def test_a_named_colour_becomes_transparent_everywhere() -> None:
    result = shown("co_white,e_make_transparent", png(DONUT))[3]

    assert [0, 255, 0] == [result(3, 3)[0], result(30, 15)[0], result(30, 30)[0]]


def test_tolerance_of_the_backdrop() -> None:
    """From 250 to 200 are 50 levels, a fifth."""
    original = png(patch((250, 250, 250), 40, 20).insert(patch((200, 200, 200), 20, 20), 20, 0))

    assert [255, 0] == [shown(f"e_make_transparent:{n}", original)(30, 10)[3] for n in (18, 21)]


SCREEN = (
    patch((20, 200, 40), 60, 40)
    .insert(patch((200, 120, 100), 20, 20), 20, 10)
    .insert(patch((120, 140, 100), 20, 4), 20, 10)
)
"""Skin before a green screen, with green light on its hair."""


@pytest.mark.parametrize("transformation", ["e_bgremoval", "e_bgremoval:14c828", "e_bgremoval:screen"])
def test_a_chroma_key(transformation: str) -> None:
    result = shown(transformation, png(SCREEN))

    assert 0 == result(5, 5)[3]
    assert [200, 120, 100, 255] == result(30, 25)


def test_a_screen_takes_its_light_back() -> None:
    plain, screen = (shown(f"e_bgremoval{more}", png(SCREEN))(30, 12) for more in ("", ":screen"))

    assert [120, 140, 100, 255] == plain
    assert screen[1] == 120


def test_a_shadow_on_a_screen_stays_a_shadow() -> None:
    shaded = SCREEN.insert(patch((15, 100, 20), 10, 10), 45, 5)
    result = shown("e_bgremoval:screen:14c828", png(shaded))(50, 10)

    assert 0 < result[3] < 150
    assert max(result[:3]) <= 20
