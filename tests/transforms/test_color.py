from __future__ import annotations

import pytest
import pyvips
from pyvips import Image

from tests.transforms.rendering import difference, patch, picture, pixels, planned, rendered, shown
from transforms.color import PROFILE, has_wide_gamut
from transforms.plan import Load, RenderPlan, Save
from transforms.probe import probe
from transforms.render import render

WIDE_OUTPUTS = ["jpg", "png", "webp", "avif", "tiff"]


def tagged(image: Image, profile: bytes) -> Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, PROFILE, profile)
    return image


def profile(name: str) -> bytes:
    return bytes(Image.profile_load(name))


def near(expected: list[float], actual: list[float], tolerance: float) -> bool:
    return len(expected) == len(actual) and all(
        abs(a - b) <= tolerance for a, b in zip(expected, actual, strict=True)
    )


# What solid inks look like on coated paper by the common SWOP profile. Presses differ, and so do profiles.
INKS = {
    "white": (16, [255, 255, 255]),
    "cyan": (48, [0, 174, 239]),
    "magenta": (80, [236, 0, 140]),
    "yellow": (112, [255, 242, 0]),
    "red": (144, [237, 28, 36]),
    "black": (176, [35, 31, 32]),
}


@pytest.mark.parametrize("embedded", [False, True])
@pytest.mark.parametrize("ink", INKS)
def test_cmyk(ink: str, embedded: bool) -> None:
    at, color = INKS[ink]
    data = pixels("cmyk.jpg").jpegsave_buffer(Q=95, profile="cmyk") if embedded else picture("cmyk.jpg")
    image = shown("c_crop,h_32,w_192/f_png", data)

    assert (3, "srgb") == (image.bands, image.interpretation)
    assert near(color, image(at, 16), 24)


def test_sixteen_bits() -> None:
    image = shown("f_png", "sixteen.png")

    assert (8, "srgb") == (probe(rendered("f_png", "sixteen.png").body).bits, image.interpretation)
    assert all(near([x, 255 - x, 128], image(x, 30), 1.5) for x in range(0, 256, 5))


def test_sixteen_bits_with_alpha_and_a_profile() -> None:
    deep = (
        Image.black(8, 8, bands=4).linear(1, [65535, 0, 0, 32768]).cast("ushort").copy(interpretation="rgb16")
    )
    image = shown("w_4/f_png", tagged(deep, profile("srgb")).pngsave_buffer(bitdepth=16))

    assert near([255, 0, 0, 128], image(1, 1), 1)


def test_lab() -> None:
    image = shown("f_png", "lab.tiff")

    assert difference(image, pixels("photo.webp").resize(64 / 320).crop(0, 0, 64, 50)) < 6


@pytest.mark.parametrize("name", ["jpg", "png", "tiff"])
def test_gray_stays_gray(name: str) -> None:
    image = shown(f"w_100/f_{name}", "gray.jpg")

    assert (1, "b-w") == (image.bands, image.interpretation)


def test_gray_with_alpha_stays_so() -> None:
    image = shown("w_64/f_png", "gray-alpha.png")

    assert (2, "b-w") == (image.bands, image.interpretation)


def test_gray_gets_colour_when_something_else_does() -> None:
    image = shown("b_red,c_pad,h_100,w_200/f_png", "gray.jpg")

    assert [255, 0, 0] == image(5, 5)
    assert 1 > abs(image(100, 50)[0] - image(100, 50)[2])


@pytest.mark.parametrize("name", WIDE_OUTPUTS)
def test_wide_gamut_is_kept_where_it_can_be(name: str) -> None:
    """The logo is only there in Display P3; in sRGB both reds are one."""
    body = rendered(f"f_{name},q_95", "p3.png").body
    kept, original = pixels(body), pixels("p3.png")

    assert probe(body).color == "p3"
    # On paper, so to say: both through their own profiles.
    kept_lab, original_lab = (image.icc_import(embedded=True, pcs="lab") for image in (kept, original))
    assert difference(kept_lab, original_lab) < 1.5
    assert kept.deviate() > 5


def test_wide_gamut_is_kept_through_a_resampling() -> None:
    body = rendered("w_100/f_png", "p3.png").body

    assert probe(body).color == "p3"


@pytest.mark.parametrize("transformation", ["f_gif", "f_png,fl_strip_profile", "f_jpg,fl_strip_profile"])
def test_wide_gamut_becomes_srgb_where_it_must(transformation: str) -> None:
    info = probe(rendered(transformation, "p3.png").body)

    assert ("srgb", False) == (info.color, info.has_profile)


@pytest.mark.parametrize("original", ["p3.png", "flat.png"])
def test_a_colour_from_the_url_is_srgb_whatever_the_picture_is(original: str) -> None:
    image = shown("b_rgb:20c040,c_pad,h_100,w_300/f_png", original)
    if image.get_typeof(PROFILE):
        image = image.icc_transform("srgb", embedded=True)

    assert near([0x20, 0xC0, 0x40], image(3, 50), 1)


def test_a_profile_that_swaps_the_channels_is_heeded() -> None:
    """Where the file says green its profile says red, and so must we, without a profile."""
    image = shown("f_png", "swapped.png")
    direct = pixels("swapped.png").icc_transform("srgb", embedded=True, intent="relative")

    assert not image.get_typeof(PROFILE)
    assert difference(image, direct) < 1
    assert difference(image, pixels("swapped.png")) > 30


@pytest.mark.parametrize("name", [*WIDE_OUTPUTS, "gif"])
@pytest.mark.parametrize("original", ["flat.png", "swapped.png", "cmyk.jpg", "gray.jpg", "sixteen.png"])
def test_srgb_carries_no_profile(name: str, original: str) -> None:
    assert not probe(rendered(f"w_40/f_{name}", original).body).has_profile


@pytest.mark.parametrize(
    ("name", "wide"), [("srgb", False), ("p3", True), ("cmyk", False), ("none", False), ("broken", False)]
)
def test_what_counts_as_wide(name: str, wide: bool) -> None:
    image = patch((200, 10, 10), 4, 4)
    if name != "none":
        image = tagged(image, profile("p3")[:200] if name == "broken" else profile(name))

    assert wide == has_wide_gamut(image)


@pytest.mark.parametrize(
    "damaged", [profile("cmyk"), profile("p3")[:150], b"not a profile"], ids=["cmyk", "cut", "text"]
)
def test_a_profile_that_does_not_fit_is_done_without(damaged: bytes) -> None:
    data = tagged(patch((200, 10, 10), 40, 40), damaged).jpegsave_buffer(Q=95, subsample_mode="off")

    assert near([200, 10, 10], shown("w_20/f_png", data)(9, 9), 3)


def test_a_gray_picture_with_a_profile_for_colour() -> None:
    data = tagged(patch((90,), 40, 40, "b-w"), profile("p3")).pngsave_buffer()
    image = shown("w_20/f_png", data)

    assert (1, [90.0]) == (image.bands, image(9, 9))


def test_bands_without_a_meaning_are_taken_for_rgb() -> None:
    odd = patch((200, 10, 20, 255, 77), 16, 16, "multiband").tiffsave_buffer()

    assert shown("w_8/f_png", odd)(3, 3)[:3] == [200, 10, 20]


def test_transparency_shows_the_background_in_the_colours_of_the_picture() -> None:
    """Half transparent, on P3: the background goes through the same door as the pixels."""
    clear = Image.black(20, 20, bands=4).linear(1, [255, 0, 0, 0]).cast("uchar").copy(interpretation="srgb")
    data = tagged(clear, profile("p3")).pngsave_buffer()
    info = probe(data)
    plan = planned("f_jpg,q_95", info)
    plan = RenderPlan(
        info,
        Load("png", width=20, height=20),
        (),
        Save("jpg", 95, background=(0, 128, 255, 255)),
        plan.result,
    )
    image = pixels(render(plan, data).body).icc_transform("srgb", embedded=True)

    assert near([0, 128, 255], image(10, 10), 8)
