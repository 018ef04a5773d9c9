"""Effects that blur, sharpen or redraw: what each does to pixels, on every kind of picture."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch, picture, pixels, rendered, shown
from tests.transforms.samples import KINDS, ramp
from transforms.actions.textures import TEXTURES
from transforms.color import PROFILE
from transforms.errors import InvalidValue
from transforms.frame import Frame
from transforms.looks import LOOKS
from transforms.offline import settle
from transforms.operations import Operation
from transforms.parser import parse
from transforms.probe import probe

EXAMPLES = [
    *(example for effect in TEXTURES for example in effect.examples),
    "e_blur:1",
    "e_blur:2000",
    "e_sharpen:2000",
    "e_unsharp_mask:2000",
    "e_pixelate:1",
    "e_pixelate:200",
    "e_oil_paint:100",
    "e_cartoonify:0:0",
    "e_cartoonify:100:100",
    "e_vignette:100",
    "e_vectorize:2",
    "e_vectorize:30:1000:0:100:0",
    "e_blur_region:2000,h_10,w_10,x_-5,y_5",
    "e_pixelate_region:3,h_0.5,w_0.5,x_0.25,y_0.25",
    *(f"e_ordered_dither:{pattern}" for pattern in range(19)),
]
DETAIL = "detail.jpg"
SMALL = "c_scale,w_200"


def operations(transformation: str, original: Image) -> tuple[Operation, ...]:
    data = original.pngsave_buffer()
    return settle(parse(transformation), data, original=probe(data)).plan.operations


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transformation", EXAMPLES)
def test_size_alpha_and_profile_stay(transformation: str, kind: str) -> None:
    original = KINDS[kind]
    for operation in operations(transformation, original):
        before = Frame(original.width, original.height, alpha=original.hasalpha())
        result = operation.apply(original, before).copy_memory()

        assert operation.frame_after(before) == before
        assert (original.width, original.height) == (result.width, result.height)
        assert original.hasalpha() == result.hasalpha()
        assert bool(original.get_typeof(PROFILE)) == bool(result.get_typeof(PROFILE))
        assert "uchar" == result.format


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("e_blur:10000", "e_blur:2000"),
        ("e_blur:0", "e_blur:1"),
        ("e_pixelate:500", "e_pixelate:200"),
        ("e_ordered_dither:99", "e_ordered_dither:18"),
        ("e_vignette:-5", "e_vignette:0"),
        ("e_oil_paint:101", "e_oil_paint:100"),
        ("e_cartoonify:-3:bw", "e_cartoonify:0:bw"),
        ("e_cartoonify:200:300", "e_cartoonify:100:100"),
        ("e_vectorize:99:-1:0.20", "e_vectorize:30:0:0.2"),
        ("e_vectorize:detail:2000:colors:007", "e_vectorize:detail:1000:colors:7"),
    ],
)
def test_numbers_past_their_range_count_as_its_end(written: str, canonical: str) -> None:
    assert canonical == str(parse(written))


@pytest.mark.parametrize(
    "wrong",
    [
        "e_blur:soft",
        "e_blur:1:2",
        "e_cartoonify:1:2:3",
        "e_cartoonify:bw:50",
        "e_vectorize:colours:3",
        "e_vectorize:colors",
        "e_vectorize:colors:3:colors:4",
        "e_vectorize:1:1:1:1:1:1",
        "e_loop:x",
    ],
)
def test_wrong_arguments_are_refused(wrong: str) -> None:
    with pytest.raises(InvalidValue):
        parse(wrong)


def test_blurring_takes_detail_away_and_more_of_it_takes_more() -> None:
    deviations = [shown(f"{SMALL}/{e}", DETAIL).deviate() for e in ("e_blur:1", "e_blur:300", "e_blur:2000")]

    assert deviations == sorted(deviations, reverse=True)
    assert deviations[2] < 0.8 * deviations[0]


def test_what_is_transparent_lends_no_colour() -> None:
    red = patch((255, 0, 0, 255), 20, 40)
    green = patch((0, 255, 0, 0), 20, 40)
    both = red.join(green, "horizontal").pngsave_buffer()

    assert 0 == shown("e_blur:500/f_png", both).extract_band(1).max()


@pytest.mark.parametrize("effect", ["e_sharpen", "e_unsharp_mask"])
def test_sharpening_makes_edges_stronger(effect: str) -> None:
    plain, crisp = (shown(f"{SMALL}{more}/f_png", DETAIL) for more in ("", f"/{effect}:300"))

    assert crisp.colourspace("b-w").sobel().avg() > 1.2 * plain.colourspace("b-w").sobel().avg()


def test_squares_have_the_mean_colour_of_what_they_cover() -> None:
    original = ramp(40, 40, 3)
    result = shown("e_pixelate:10/f_png", original.pngsave_buffer())

    for x in (0, 10, 20, 30):
        square, expected = result.crop(x, 20, 10, 10), original.crop(x, 20, 10, 10)
        assert square.min() == pytest.approx(min(square(0, 0)))
        for band in range(3):
            assert expected[band].avg() == pytest.approx(square[band].avg(), abs=1)


@pytest.mark.parametrize("effect", ["e_blur_region:2000", "e_pixelate_region:20"])
def test_only_the_region_changes(effect: str) -> None:
    original = pixels(DETAIL).thumbnail_image(200).copy_memory()
    result = shown(f"{effect},h_40,w_60,x_50,y_30/f_png", original.pngsave_buffer())

    assert 0 < difference(original.crop(50, 30, 60, 40), result.crop(50, 30, 60, 40))
    for window in ((0, 0, 200, 30), (0, 30, 50, 40), (110, 30, 90, 40), (0, 70, 200, 60)):
        assert 0 == difference(original.crop(*window), result.crop(*window))


@pytest.mark.parametrize(
    ("beside", "region"),
    [
        ("", (0, 0, 100, 60)),
        (",y_0.75", (0, 45, 100, 15)),
        (",w_30", (0, 0, 30, 60)),
        (",h_20,w_30,x_-10,y_50", (0, 50, 20, 10)),
        (",g_south_east,h_20,w_30", (70, 40, 30, 20)),
        (",g_south_east,h_20,w_30,x_5,y_10", (65, 30, 30, 20)),
        (",g_center,h_20,w_30", (35, 20, 30, 20)),
        (",g_xy_center,h_20,w_30,x_20,y_30", (5, 20, 30, 20)),
    ],
)
def test_where_a_region_lies(beside: str, region: tuple[int, int, int, int]) -> None:
    """One square as large as the region takes all detail out of it, and nothing else changes."""
    original = ramp(100, 60, 3)
    result = shown(f"e_pixelate_region:200{beside}/f_png", original.pngsave_buffer())
    changed = (result != original).bandor()

    assert region == tuple(map(int, _reach(changed)))


def _reach(changed: Image) -> tuple[float, float, float, float]:
    return changed.copy_memory().find_trim(threshold=0, background=[0])


def test_a_region_that_misses_the_picture_changes_nothing() -> None:
    assert () == operations("e_blur_region,h_20,w_30,x_100", ramp(100, 60, 3))


@pytest.mark.parametrize("effect", ["e_blur_faces:1000", "e_pixelate_faces"])
def test_faces_alone_change(effect: str) -> None:
    original = pixels("face.jpg").copy_memory()
    ((left, top, width, height, _),) = LOOKS["faces"](original, "")
    result = shown(f"{effect}/f_png", picture("face.jpg"))
    inner = (round(left), round(top), round(width), round(height))

    assert 3 < difference(original.crop(*inner), result.crop(*inner))
    below = (0, min(319, round(top + 1.5 * height)), 320, 20)
    assert 0 == difference(original.crop(*below), result.crop(*below))


def test_without_a_face_nothing_happens() -> None:
    assert () == operations("e_blur_faces", patch((90, 120, 50), 60, 60))


@pytest.mark.parametrize("pattern", range(19))
def test_dithering_leaves_none_and_full(pattern: int) -> None:
    result = shown(f"{SMALL}/e_ordered_dither:{pattern}/f_png", DETAIL)

    assert {0, 255} == {level for level in range(256) if result.hist_find(band=0)(level, 0)[0]}
    assert pixels(DETAIL).avg() == pytest.approx(result.avg(), abs=40)


def test_a_vignette_leaves_the_middle_and_darkens_corners() -> None:
    result = shown("e_vignette:60/f_png", patch((200, 200, 200), 101, 101).pngsave_buffer())

    assert [200, 200, 200] == result(50, 50)
    assert result(0, 0)[0] == pytest.approx(80, abs=2)


def test_a_cartoon_has_few_tones_and_ink() -> None:
    result = shown(f"{SMALL}/e_cartoonify:100:100/f_png", DETAIL)
    inked = shown(f"{SMALL}/e_cartoonify:80:bw/f_png", DETAIL)

    assert (
        result.colourspace("b-w").hist_find().max()
        > 3 * shown(SMALL, DETAIL).colourspace("b-w").hist_find().max()
    )
    assert 0 == difference(inked[0], inked[1]) == difference(inked[1], inked[2])
    assert 0.5 < (inked[0] > 250).avg() / 255 + (inked[0] < 5).avg() / 255


@pytest.mark.parametrize("count", [2, 5, 8, 30])
def test_vectorizing_leaves_few_colours(count: int) -> None:
    result = shown(f"{SMALL}/e_vectorize:{count}:1000:0:0/f_png", DETAIL)
    cells = memoryview(result.hist_find_ndim(bins=16).write_to_memory()).cast("I").tolist()
    flat = sum(sorted(cells, reverse=True)[:count])

    # The rest are the soft edges between shapes, and colours that fall into one cell with others.
    assert flat > 0.7 * result.width * result.height


def test_noise_is_traced_at_a_smaller_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its own it took ten seconds and ten megabytes of outlines."""
    seen = []

    def trace(data: bytes, **options: object) -> str:
        seen.append(pixels(data).width)
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

    monkeypatch.setattr("vtracer.convert_raw_image_to_svg", trace)
    noise = Image.gaussnoise(700, 700, mean=128, sigma=90, seed=1).cast("uchar").copy(interpretation="b-w")
    for original in (noise, ramp(700, 700, 3)):
        vectorize = operations("e_vectorize", original)[0]
        vectorize.apply(original, Frame(700, 700))

    assert (seen[0] < 600, seen[1]) == (True, 700)


def test_without_the_tracer_colours_become_few_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.actions.vectorize.tracer", lambda: "")
    result = shown(f"{SMALL}/e_vectorize:4/f_png", DETAIL)
    cells = memoryview(result.hist_find_ndim(bins=16).write_to_memory()).cast("I").tolist()

    assert len([cell for cell in cells if cell]) <= 4 * 8


def test_red_eyes_get_dark_and_lips_stay() -> None:
    original = pixels("face.jpg").copy_memory()
    ((left, top, width, height, _),) = LOOKS["faces"](original, "")
    eye = (round(left + width * 0.3), round(top + height * 0.4))
    red = original.draw_circle([230, 20, 30], *eye, 3, fill=True)
    result = shown("e_redeye/f_png", red.pngsave_buffer())

    assert result(*eye)[0] < 80


@pytest.mark.parametrize(("written", "plays"), [("e_loop", 0), ("e_loop:0", 1), ("e_loop:3", 4)])
def test_loops_are_counted(written: str, plays: int) -> None:
    moved = Image.new_from_buffer(rendered(f"{written}/f_webp", "spinner.gif").body, "", n=-1)

    assert plays == moved.get("loop")
