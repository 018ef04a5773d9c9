"""What effects draw around layers: a layer grows by as much as is drawn beside it."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.inventing import planned
from tests.transforms.rendering import patch, pixels, rendered
from transforms.composite import Composite
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.probe import probe

BLUE, RED, LIME = (0, 0, 255), (255, 0, 0), (0, 255, 0)
BASE = bytes(patch(BLUE, 300, 200).write_to_buffer(".png"))
RED_CARD = bytes(patch(RED, 40, 30).write_to_buffer(".png"))


def shown(transformation: str) -> Image:
    return pixels(rendered(transformation, BASE, lambda _: RED_CARD).body).copy_memory()


def box_of(image: Image, least: int = 100) -> tuple[int, ...]:
    """Left, top, width and height of what is not the blue of the ground."""
    other = ((image[0:3] - list(BLUE)).abs() > least).bandor()
    left, top, width, height = other.find_trim(threshold=1, background=[0], line_art=True)
    return left, top, width, height


@pytest.mark.parametrize("mode", ["", "fill:"])
def test_an_outline_of_a_layer_lies_around_its_box(mode: str) -> None:
    image = shown(f"l_card/co_lime,e_outline:{mode}10/fl_layer_apply")

    assert list(LIME) == image(150, 78)[:3]
    assert list(RED) == image(150, 88)[:3]
    left, top, width, height = box_of(image)
    assert [120, 75, 60, 50] == pytest.approx([left, top, width, height], abs=2)


def test_an_outline_of_letters_is_not_cut_at_their_box() -> None:
    plain = box_of(shown("co_white,l_text:Arial_50:I/fl_layer_apply"))
    lined = box_of(shown("co_white,l_text:Arial_50:I/co_lime,e_outline:8/fl_layer_apply"))

    assert pytest.approx(plain[2] + 16, abs=2) == lined[2]
    assert pytest.approx(plain[3] + 16, abs=2) == lined[3]


def test_an_inner_outline_takes_no_room() -> None:
    assert (130, 85, 40, 30) == box_of(shown("l_card/co_lime,e_outline:inner:8/fl_layer_apply"))


def test_blurred_letters_run_beyond_their_box() -> None:
    plain = box_of(shown("co_white,l_text:Arial_50:I/fl_layer_apply"), least=3)
    blurred = box_of(shown("co_white,l_text:Arial_50:I/e_blur:200/fl_layer_apply"), least=3)

    assert blurred[2] >= plain[2] + 8
    assert blurred[3] >= plain[3] + 8


def test_a_blurred_picture_keeps_its_box() -> None:
    assert (130, 85, 40, 30) == box_of(shown("l_card/e_blur:400/fl_layer_apply"))


@pytest.mark.parametrize("azimuth", [0, 45, 90, 215, 270, 330])
@pytest.mark.parametrize("spread", [30, 100])
def test_the_shadow_of_a_layer_is_not_cut(azimuth: int, spread: int) -> None:
    clear = bytes(patch((0, 0, 0, 0), 400, 300).write_to_buffer(".png"))
    text = f"l_card/e_dropshadow:azimuth_{azimuth};elevation_30;spread_{spread}/fl_layer_apply,g_north_west"
    laid = planned(parse(text), probe(clear), logo=ImageInfo("png", 40, 30)).operations[-1]
    assert isinstance(laid, Composite)
    layer = laid.layer.frame
    alpha = pixels(rendered(text, clear, lambda _: RED_CARD).body)[3].crop(0, 0, layer.width, layer.height)
    shade = (alpha == 255).ifthenelse(0, alpha)

    rim = [
        shade.crop(0, 0, layer.width, 1),
        shade.crop(0, layer.height - 1, layer.width, 1),
        shade.crop(0, 0, 1, layer.height),
        shade.crop(layer.width - 1, 0, 1, layer.height),
    ]
    assert shade.max() > 30
    assert max(edge.max() for edge in rim) < 10
