"""How much a render holds, as estimated: beside what was measured, and in the order of what holds more."""

from __future__ import annotations

import pytest

from tests.transforms.inventing import planned
from transforms.footprint import footprint
from transforms.frame import ImageInfo
from transforms.parser import parse

WIDTH, HEIGHT = 4619, 2598
MEASURED = [
    # format, many passes, transformation, peak megabytes of a worker over what it held before
    ("jpg", False, "w_300,f_jpg", 4),
    ("jpg", True, "w_300,f_jpg", 72),
    ("png", False, "w_300,f_jpg", 45),
    ("png", True, "w_300,f_jpg", 74),
    ("webp", False, "w_300,f_jpg", 2),
    ("avif", False, "w_300,f_jpg", 187),
    ("gif", False, "w_300,f_jpg", 71),
    ("tiff", False, "w_300,f_jpg", 33),
    ("jpg", False, "c_fill,h_2500,w_4500/f_jpg", 102),
    ("jpg", False, "e_blur:300,f_jpg", 143),
    ("jpg", False, "a_20,f_jpg", 241),
    ("jpg", False, "w_2000,f_avif", 82),
    ("jpg", False, "q_80,f_avif", 389),
    ("jpg", False, "q_80,f_gif", 142),
    ("jpg", False, "q_80,f_webp", 64),
]


@pytest.mark.parametrize(("format", "passes", "text", "megabytes"), MEASURED)
def test_it_is_about_what_was_measured(format: str, passes: bool, text: str, megabytes: int) -> None:
    original = ImageInfo(format, WIDTH, HEIGHT, progressive=passes)
    estimated = footprint(planned(parse(text), original)) / 1_048_576

    assert 0.9 * megabytes <= estimated <= 1.6 * megabytes + 5


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (ImageInfo("heic", 100, 100), ImageInfo("heic", 4000, 3000)),
        (ImageInfo("gif", 400, 300), ImageInfo("gif", 400, 300, pages=50, animated=True)),
        (ImageInfo("svg", 100, 100), ImageInfo("heic", 4000, 3000)),
    ],
)
def test_larger_originals_hold_more(small: ImageInfo, large: ImageInfo) -> None:
    small_bytes, large_bytes = (footprint(planned(parse("w_90,f_webp"), info)) for info in (small, large))

    assert small_bytes < large_bytes


def test_layers_hold_their_own() -> None:
    photo = ImageInfo("jpg", 4000, 3000)
    held = [
        footprint(planned(parse(text), photo)) for text in ("w_300", "w_300/l_logo", "w_300/l_logo/l_logo")
    ]

    assert sorted(set(held)) == held
