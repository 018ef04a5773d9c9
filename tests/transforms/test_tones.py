"""Effects of tone and colour, in the public syntax."""

import colorsys

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch, pixels, rendered, shown
from transforms.actions.tones import TONES
from transforms.arts import ARTS
from transforms.color import PROFILE

EXAMPLES = [
    *(example for effect in TONES for example in effect.examples),
    *(f"e_art:{name}" for name in ARTS),
    "e_recolor:1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:1",
    "e_tint",
    "e_fill_light:100:100",
]


def png(image):
    return image.pngsave_buffer()


def ramp(width, height, bands):
    """Every pixel another, so that a flip or a shift would show."""
    places = Image.xyz(width, height)
    x, y = places[0] * 255 / max(width - 1, 1), places[1] * 255 / max(height - 1, 1)
    channels = [x, y, 255 - x, 255 - y]
    made = channels[0] if bands < 3 else channels[0].bandjoin(channels[1:3])
    made = made if bands % 2 else made.bandjoin(channels[3])
    return made.cast("uchar").copy(interpretation="b-w" if bands < 3 else "srgb")


def p3(width, height):
    image = pixels("p3.png").crop(0, 0, width, height)
    assert image.get_typeof(PROFILE)
    return image.copy_memory()


ORIGINALS = {
    "gray": ramp(31, 7, 1),
    "gray with alpha": ramp(7, 31, 2),
    "colour": ramp(31, 9, 3),
    "colour with alpha": ramp(9, 31, 4),
    "P3": p3(40, 30),
    "one pixel": patch((200, 80, 10), 1, 1),
    "one transparent pixel": patch((0, 0, 0, 0), 1, 1),
    "wide": ramp(500, 3, 3),
}


@pytest.mark.parametrize("original", ORIGINALS.values(), ids=ORIGINALS)
@pytest.mark.parametrize("effect", EXAMPLES)
def test_size_and_alpha_stay(effect, original):
    result = shown(effect, png(original))

    assert (original.width, original.height) == (result.width, result.height)
    assert original.hasalpha() == result.hasalpha()
    assert bool(original.get_typeof(PROFILE)) == bool(result.get_typeof(PROFILE))
    if original.hasalpha():
        before, after = original[original.bands - 1], result[result.bands - 1]

        assert before.write_to_memory() == after.write_to_memory()


@pytest.mark.parametrize("effect", EXAMPLES)
def test_a_photograph_changes(effect):
    if effect == "e_recolor:1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:1":
        return
    before = pixels("detail.jpg").thumbnail_image(200).linear(0.7, 20).cast("uchar")
    after = shown(effect, png(before))

    assert difference(before, after) > 0.5


@pytest.mark.parametrize(
    "neutral",
    [
        *("e_brightness:0", "e_brightness_hsb:0", "e_contrast", "e_contrast:0", "e_saturation:0", "e_hue:0"),
        *("e_contrast:level_100;type_linear", "e_contrast:type_linear", "e_red", "e_green:0", "e_blue:0"),
        *("e_gamma", "e_vibrance:0", "e_auto_brightness:0", "e_auto_color:0", "e_auto_contrast:0"),
        *("e_improve:0", "e_fill_light:0", "e_colorize:0", "e_tint:0:red"),
        "e_theme:color_black:photosensitivity_200",
    ],
)
def test_what_is_neutral_is_no_step(neutral):
    assert rendered("f_png", "detail.jpg").body == rendered(f"{neutral}/f_png", "detail.jpg").body


@pytest.mark.parametrize(
    ("effect", "color", "expected"),
    [
        ("e_grayscale", (255, 0, 0), (54, 54, 54)),
        ("e_negate", (255, 0, 100), (0, 255, 155)),
        ("e_blackwhite", (127, 127, 127), (0, 0, 0)),
        ("e_blackwhite", (128, 128, 128), (255, 255, 255)),
        ("e_blackwhite:0", (0, 0, 0), (255, 255, 255)),
        ("e_blackwhite:100", (255, 255, 255), (0, 0, 0)),
        ("e_sepia:100", (100, 100, 100), (135, 120, 94)),
        ("e_brightness:100", (100, 20, 200), (200, 40, 255)),
        ("e_brightness:-50", (100, 20, 200), (50, 10, 100)),
        ("e_brightness_hsb:100", (100, 20, 200), (128, 26, 255)),
        ("e_contrast:level_200;type_linear", (100, 127, 250), (73, 127, 255)),
        ("e_contrast:100", (0, 128, 255), (0, 129, 255)),
        ("e_saturation:-100", (255, 0, 0), (54, 54, 54)),
        ("e_hue:100", (255, 0, 0), (0, 255, 255)),
        ("e_hue:-100", (255, 0, 0), (0, 255, 255)),
        ("e_hue:50", (77, 77, 77), (77, 77, 77)),
        ("e_red:100", (10, 20, 30), (255, 20, 30)),
        ("e_green:-100", (10, 20, 30), (10, 0, 30)),
        ("e_blue:50", (10, 20, 55), (10, 20, 155)),
        ("e_gamma:100", (64, 0, 255), (128, 0, 255)),
        ("e_vibrance:-100", (90, 90, 90), (90, 90, 90)),
        ("e_colorize", (1, 2, 3), (128, 128, 128)),
        ("co_red,e_colorize:50", (0, 0, 100), (128, 0, 50)),
        ("co_rgb:0000ff80,e_colorize", (255, 255, 255), (127, 127, 255)),
        ("e_recolor:0:0:1:0:1:0:1:0:0", (10, 20, 30), (30, 20, 10)),
        ("e_recolor:1:0:0:0.2:0:1:0:0:0:0:1:0:0:0:0:1", (10, 20, 30), (61, 20, 30)),
        ("e_tint:100:blue:red", (0, 0, 0), (0, 0, 255)),
        ("e_tint:100:blue:red", (255, 255, 255), (255, 0, 0)),
        ("e_tint:100:red:50p:blue:60p:lime:40p", (0, 0, 0), (0, 255, 0)),
        ("e_tint:100", (0, 0, 0), (0, 0, 0)),
        ("e_tint:100", (255, 255, 255), (255, 255, 255)),
        ("e_tint:50:black", (200, 200, 200), (173, 173, 173)),
        ("e_replace_color:lime:10:blue", (0, 0, 255), (0, 255, 0)),
        ("e_replace_color:lime:10:blue", (255, 0, 0), (255, 0, 0)),
        ("e_replace_color:lime:10", (0, 0, 255), (0, 255, 0)),
        ("e_replace_color:lime", (120, 120, 120), (120, 120, 120)),
        ("e_simulate_colorblind:rod_monochromacy", (0, 255, 0), (220, 220, 220)),
        ("e_simulate_colorblind:cone_monochromacy", (0, 0, 255), (240, 240, 240)),
        ("e_assist_colorblind:100", (90, 90, 90), (90, 90, 90)),
        ("e_assist_colorblind:xray", (90, 90, 90), (90, 90, 90)),
        ("e_theme:color_black", (255, 255, 255), (0, 0, 0)),
        ("e_theme:color_white:photosensitivity_0", (20, 20, 20), (255, 255, 255)),
    ],
)
def test_what_becomes_of_a_color(effect, color, expected):
    result = shown(effect, png(patch(color, 8, 8)))

    assert all(abs(a - b) <= 2 for a, b in zip(result(4, 4)[:3], expected, strict=True)), result(4, 4)


@pytest.mark.parametrize(
    "condition", ["deuteranopia", "protanopia", "tritanopia", "tritanomaly", "deuteranomaly"]
)
def test_the_color_blind_see_gray_as_gray(condition):
    result = shown(f"e_simulate_colorblind:{condition}", png(patch((90, 90, 90), 2, 2)))

    assert all(abs(channel - 90) <= 1 for channel in result(0, 0))


def test_red_and_green_look_alike_without_their_cones():
    lights = patch((200, 60, 0), 4, 4).join(patch((118, 118, 0), 4, 4), "horizontal")
    seen = shown("e_simulate_colorblind", png(lights))
    apart = [abs(a - b) for a, b in zip(lights(0, 0), lights(7, 0), strict=True)]
    left = [abs(a - b) for a, b in zip(seen(0, 0), seen(7, 0), strict=True)]

    assert sum(left) < sum(apart) / 3


@pytest.mark.parametrize("level", [-90, -20, 15, 50, 80])
def test_hues_turn_as_in_hsb(level):
    before = pixels("detail.jpg").thumbnail_image(40)
    after = shown(f"e_hue:{level}", png(before))
    for x in range(before.width):
        hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in before(x, 9)))
        expected = colorsys.hsv_to_rgb((hue + level / 200) % 1, saturation, value)

        assert all(abs(a - b * 255) < 1 for a, b in zip(after(x, 9), expected, strict=True))


def test_stripes_are_for_red_and_green_alone():
    for color, striped in (((200, 30, 30), True), ((30, 200, 30), True), ((90, 90, 200), False)):
        result = shown("e_assist_colorblind", png(patch(color, 60, 60)))

        assert striped == (result.deviate() > patch(color, 60, 60).deviate() + 1)


def test_every_look_is_another():
    looks = {name: shown(f"e_art:{name}/f_png", "detail.jpg") for name in ARTS}
    names = sorted(looks)
    near = [(a, b) for a in names for b in names if a < b and difference(looks[a], looks[b]) < 6]

    assert 21 == len(looks)
    assert [] == near


def test_auto_contrast_reaches_both_ends():
    flat = pixels("detail.jpg").linear(0.3, 90).cast("uchar")
    result = shown("e_auto_contrast", png(flat))

    assert result.min() < 5
    assert result.max() > 250
    assert difference(flat, result) > difference(flat, shown("e_auto_contrast:50", png(flat))) > 1


def test_auto_color_takes_a_cast_away():
    cast = pixels("detail.jpg").linear([1, 0.8, 0.5], [0, 0, 0]).cast("uchar")
    result = shown("e_auto_color", png(cast))

    def spread(image):
        means = [band.avg() for band in image.bandsplit()]
        return max(means) - min(means)

    assert spread(result) < spread(cast) / 2


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_auto_brightness_finds_the_middle(factor):
    dark = pixels("detail.jpg").linear(factor, 0).cast("uchar")
    result = shown("e_auto_brightness/e_grayscale", png(dark))

    assert abs(result.avg() - 128) < 20


def test_what_is_not_seen_decides_nothing():
    dull = ramp(40, 40, 3).linear(0.2, 100).cast("uchar").copy(interpretation="srgb")
    hidden = patch((255, 255, 255), 40, 40).bandjoin(0).join(dull.bandjoin(255), "horizontal")
    result = shown("e_auto_contrast", png(hidden)).crop(40, 0, 40, 40)

    assert difference(shown("e_auto_contrast", png(dull)), result[:3]) < 1


def test_fill_light_lifts_the_shadows_and_leaves_the_lights():
    steps = patch((30, 30, 30), 4, 4).join(patch((240, 240, 240), 4, 4), "horizontal")
    result = shown("e_fill_light", png(steps))

    assert result(0, 0)[0] > 55
    assert result(7, 0)[0] < 245


@pytest.mark.parametrize("bias", [-100, -50, 0, 50, 100])
def test_fill_light_keeps_the_order_of_tones(bias):
    result = shown(f"e_fill_light:100:{bias}", png(ramp(256, 1, 1)))
    tones = [result(x, 0)[0] for x in range(256)]

    assert sorted(tones) == tones


def test_a_theme_turns_writing_around():
    page = patch((255, 255, 255), 100, 100).insert(patch((10, 10, 10), 40, 4), 20, 20)
    page = page.insert(patch((200, 20, 20), 20, 4), 20, 60)
    result = shown("e_theme:color_202830", png(page))
    red, green, blue = result(25, 62)

    assert all(abs(a - b) <= 2 for a, b in zip(result(5, 5), (0x20, 0x28, 0x30), strict=True))
    assert min(result(25, 21)) > 200
    assert red > green + 60
    assert red > blue + 60


def test_a_photograph_on_a_page_keeps_its_colors():
    photograph = pixels("detail.jpg").thumbnail_image(150, height=150, crop="centre")
    page = patch((255, 255, 255), 300, 300).insert(photograph, 75, 75)

    def inside(text):
        return shown(f"{text}/f_png", png(page)).crop(115, 115, 70, 70)

    before = inside("f_png")

    assert difference(before, inside("e_theme:color_black")) < 3
    assert difference(before, inside("e_theme:color_black:photosensitivity_0")) > 30
