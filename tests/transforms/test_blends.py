"""Layers that are blended with the picture."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch, pixels, rendered, shown
from tests.transforms.samples import KINDS, ramp
from transforms.actions.anti_removal import AntiRemoval
from transforms.actions.blends import BLENDS
from transforms.bands import with_alpha
from transforms.color import PROFILE
from transforms.errors import ConflictingParameters
from transforms.frame import Frame
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.rendition import Rendition

BASE = patch((200, 100, 50), 40, 30)


def put(transformation: str, base: Image, layer: Image) -> Image:
    """`transformation` on one picture, with another one as its layer."""
    return pixels(blended(transformation, base, layer).body).copy_memory()


def blended(transformation: str, base: Image, layer: Image) -> Rendition:
    def find(source: SourceId) -> bytes:
        data: bytes = layer.pngsave_buffer()
        return data

    return rendered(transformation, base.pngsave_buffer(), find)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blend", BLENDS)
def test_size_kind_and_profile_stay(blend: type, kind: str) -> None:
    base = with_alpha(KINDS[kind])
    layer = ramp(base.width, base.height, 4)
    result = blend().blend(base, layer).copy_memory()

    assert (base.width, base.height, 4, "uchar") == (result.width, result.height, result.bands, result.format)
    assert base.interpretation == result.interpretation
    assert bool(base.get_typeof(PROFILE)) == bool(result.get_typeof(PROFILE))


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("kind", ["gray", "gray with alpha", "colour", "colour with alpha", "wide gamut"])
def test_every_blend_is_rendered(blend: type, kind: str) -> None:
    base = KINDS[kind]
    result = put(f"l_x/{blend.code},fl_layer_apply,x_3,y_2", base, ramp(13, 50, 4))  # type: ignore[attr-defined]
    alpha = blend().frame_after(Frame(1, 1, alpha=base.hasalpha())).alpha

    assert (base.width, base.height, alpha) == (result.width, result.height, result.hasalpha())


@pytest.mark.parametrize(
    ("blend", "expected"),
    [
        # By hand: a b / 255; 255 - (255 - a)(255 - b) / 255; and of the one or the other twice.
        ("multiply", [200 * 100 / 255, 100 * 200 / 255, 50 * 30 / 255]),
        ("screen", [255 - 55 * 155 / 255, 255 - 155 * 55 / 255, 255 - 205 * 225 / 255]),
        ("overlay", [255 - 2 * 55 * 155 / 255, 2 * 100 * 200 / 255, 2 * 50 * 30 / 255]),
    ],
)
def test_colours_by_hand(blend: str, expected: list[float]) -> None:
    result = put(f"l_x/e_{blend},fl_layer_apply", BASE, patch((100, 200, 30), 20, 30))

    assert expected == pytest.approx(result(20, 15), abs=1)
    assert [200, 100, 50] == result(2, 15)


def test_half_a_layer_blends_by_half() -> None:
    whole, half = (
        put("l_x/e_multiply,fl_layer_apply", BASE, patch((0, 0, 0, alpha), 20, 30))(20, 15)
        for alpha in (255, 128)
    )

    assert [0, 0, 0] == whole
    assert [100, 50, 25] == pytest.approx(half, abs=1)


def test_a_mask_keeps_what_is_bright() -> None:
    masks = [(255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 255, 255, 128)]
    alphas = [put("l_x/e_mask,fl_layer_apply", BASE, patch(mask, 20, 30))(20, 15)[3] for mask in masks]

    assert [255, 0, 128, 128] == pytest.approx(alphas, abs=1)


def test_a_mask_counts_as_black_where_it_does_not_reach() -> None:
    result = put("l_x/e_mask,fl_layer_apply", BASE, patch((255, 255, 255), 20, 30))

    assert 0 == result(2, 15)[3]


def test_a_layer_is_cut_out() -> None:
    whole, half = (
        put("l_x/e_cut_out,fl_layer_apply", BASE, patch((9, 9, 9, alpha), 20, 30)) for alpha in (255, 128)
    )

    assert [0, 255] == [whole(20, 15)[3], whole(2, 15)[3]]
    assert [200, 100, 50, 127] == half(20, 15)


@pytest.mark.parametrize(
    ("where", "layer", "source"),
    [
        # Red 255 takes from 10 further right, red 0 from 10 further left; green the same, down and up.
        ("x_10", (255, 0, 0), (30, 15)),
        ("x_10", (0, 255, 0), (10, 15)),
        ("x_-10", (255, 0, 0), (10, 15)),
        ("y_5", (0, 255, 0), (20, 20)),
        ("y_5", (255, 0, 0), (20, 10)),
        ("x_10,y_5", (255, 255, 0), (30, 20)),
        ("x_0", (255, 255, 0), (20, 15)),
        ("x_10", (255, 255, 0, 0), (20, 15)),
        ("x_5000", (255, 255, 0), (39, 15)),
    ],
)
def test_displace(where: str, layer: tuple[int, ...], source: tuple[int, int]) -> None:
    base = ramp(40, 30, 3)
    result = put(f"l_x/e_displace,fl_layer_apply,{where}", base, patch(layer, 40, 30))

    assert base(*source) == pytest.approx(result(20, 15), abs=1)


def test_gray_displaces_by_less_than_a_tenth_of_a_pixel() -> None:
    base = ramp(40, 30, 3)
    result = put("l_x/e_displace,fl_layer_apply,x_20,y_20", base, patch((127, 127, 127), 40, 30))

    assert difference(base, result) < 0.7


def test_a_displacement_does_not_place_its_layer() -> None:
    """The layer stays in the middle, or else half of it would miss the picture."""
    base = ramp(40, 30, 3)
    result = put("l_x/e_displace,fl_layer_apply,g_west,x_15", base, patch((255, 127, 0), 10, 30))

    assert base(17, 15) == pytest.approx(result(2, 15), abs=2)
    assert base(20, 15) == pytest.approx(result(20, 15), abs=1)


MARK = (
    patch((255, 255, 255), 200, 150).draw_rect([0, 0, 0], 50, 50, 100, 50, fill=True).addalpha().copy_memory()
)


def test_an_unremovable_layer_is_seen_and_changed() -> None:
    base = with_alpha(ramp(200, 150, 3))
    plain = base.composite2(MARK, "over")
    weak, usual, strong = (difference(plain, AntiRemoval(level).blend(base, MARK)) for level in (1, 50, 100))

    assert 0 < weak < usual < strong
    assert strong < difference(plain, base)


def test_an_unremovable_layer_is_always_alike_and_differs_between_pictures() -> None:
    first, second = with_alpha(patch((90, 90, 90), 200, 150)), with_alpha(patch((91, 90, 90), 200, 150))
    drawn = [AntiRemoval().blend(base, MARK).copy_memory() for base in (first, first, second)]

    assert 0 == difference(drawn[0], drawn[1])
    assert difference(drawn[0], drawn[2]) > 1


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("l_x/e_anti_removal:50,fl_layer_apply", "l_x/e_anti_removal,fl_layer_apply"),
        ("l_x/e_anti_removal:500,fl_layer_apply", "l_x/e_anti_removal:100,fl_layer_apply"),
        ("l_x/y_75,e_displace,fl_layer_apply", "l_x/e_displace,fl_layer_apply,y_75"),
    ],
)
def test_canonical_form(written: str, canonical: str) -> None:
    assert canonical == str(parse(written))


@pytest.mark.parametrize("blend", BLENDS)
def test_a_blend_needs_a_layer(blend: type) -> None:
    with pytest.raises(ConflictingParameters):
        rendered(blend.code, BASE.pngsave_buffer())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "effect", ["e_multiply", "e_screen", "e_overlay", "e_cut_out", "e_displace", "e_displace,x_25,y_-40"]
)
@pytest.mark.parametrize("gravity", ["g_center", "g_north_west"])
def test_what_lies_beside_the_layer_makes_no_difference(effect: str, gravity: str) -> None:
    data = bytes(pixels("photo.webp").crop(0, 0, 300, 240).write_to_buffer(".png"))
    padded = f"l_logo.svg,w_100/b_transparent,c_lpad,h_240,w_300,{gravity}/{effect},fl_layer_apply"
    near = f"l_logo.svg,w_100/{effect},fl_layer_apply,{gravity}"

    assert difference(shown(padded, data), shown(near, data)) < 0.02


def test_a_layer_beside_the_picture_blends_with_nothing() -> None:
    data = bytes(pixels("photo.webp").crop(0, 0, 300, 240).write_to_buffer(".png"))

    assert 0 == difference(shown("", data), shown("l_logo.svg,w_100/e_multiply,fl_layer_apply,x_900", data))
