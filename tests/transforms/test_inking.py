"""Texts in colours, with outlines, backgrounds and frames."""

import math

import pytest
from pyvips import Image

from tests.transforms.texts import difference, drawn, ink, size
from transforms.outline import outline

RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)


def test_colors_come_out_exactly():
    image = drawn("Arial_80_bold:I", color=(12, 200, 99, 255))

    assert image(image.width // 2, image.height // 2) == [12, 200, 99, 255]
    half = drawn("Arial_80_bold:I", color=(12, 200, 99, 128))
    assert half(half.width // 2, half.height // 2) == [12, 200, 99, 128]
    assert half.extract_band(3).max() == 128


def test_edges_are_smooth_unless_they_are_not_to_be():
    smooth = drawn("Arial_40:O").extract_band(3).hist_find()
    crisp = drawn("Arial_40_antialias_none:O").extract_band(3).hist_find()
    between = [sum(h(level, 0)[0] for level in range(1, 255)) for h in (smooth, crisp)]

    assert between[0] > 50
    assert between[1] == 0


def test_a_background_fills_the_box():
    image = drawn("Arial_40:Hi", background=(10, 20, 30, 255))
    corners = [image(x, y) for x in (0, image.width - 1) for y in (0, image.height - 1)]

    assert image.extract_band(3).min() == 255
    assert [10, 20, 30, 255] in corners or image(image.width // 2, 2) == [10, 20, 30, 255]
    half = drawn("Arial_40:H I", background=(10, 20, 30, 100))
    assert half(half.width * 3 // 5, half.height // 2) == [10, 20, 30, 100]


def test_a_border_without_stroke_is_a_frame():
    plain, framed = size("Arial_40:Hi"), drawn("Arial_40:Hi", border=(4, RED))

    assert (framed.width, framed.height) == (plain[0] + 8, plain[1] + 8)
    assert framed(0, 0) == framed(3, framed.height // 2) == [*RED]


def test_a_stroke_runs_around_the_letters():
    plain = size("Arial_80_bold:I")
    image = drawn("Arial_80_bold_stroke:I", color=BLUE, border=(5, RED))
    middle = image.height // 2

    assert (image.width, image.height) == (plain[0] + 10, plain[1] + 10)
    assert image(2, middle) == image(image.width // 2, 2) == [*RED]
    assert image(image.width // 2, middle) == [*BLUE]
    assert image(0, 0)[3] < 30


def test_a_stroke_may_stand_in_the_style():
    inside = drawn("Arial_40_stroke_bo_3px_solid_red:I", color=BLUE)
    beside = drawn("Arial_40_stroke:I", color=BLUE, border=(3.0, RED))

    assert difference(inside, beside) == 0


def test_no_stroke_shows_under_translucent_letters():
    image = drawn("Arial_80_bold_stroke:I", color=(0, 0, 255, 100), border=(5, (255, 0, 0, 200)))
    middle = image.height // 2

    assert image(image.width // 2, middle) == [0, 0, 255, 100]
    assert image(2, middle) == [255, 0, 0, 200]


def test_an_outline_is_as_wide_as_asked_for():
    square = Image.black(41, 41).draw_rect(255, 19, 19, 3, 3, fill=True)
    shape = outline(square, 9.5)

    assert shape(20, 20) == shape(30, 20) == shape(20, 10) == [255]
    assert shape(31, 20)[0] == pytest.approx(128, abs=1)
    assert shape(32, 20) == shape(29, 29) == [0]
    area = 3 * 3 + 4 * 3 * 9.5 + math.pi * 9.5**2
    assert shape.avg() / 255 * 41 * 41 == pytest.approx(area, rel=0.05)


def test_large_outlines_are_like_small_ones(monkeypatch):
    layer, options = "Arial_300_bold_stroke:Rag", {"color": BLUE, "border": (11, RED)}
    exact = drawn(layer, **options)
    monkeypatch.setattr("transforms.outline._EXACT_PIXELS", 50_000)
    coarse = drawn(layer, **options)

    assert (exact.cast("float") - coarse).abs().avg() < 1
    assert ink(coarse) == pytest.approx(ink(exact), rel=0.005)
