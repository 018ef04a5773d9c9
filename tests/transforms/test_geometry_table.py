"""The sizes of `tests/cases/geometry.txt`, as planned and as rendered."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.cases import read_cases
from tests.transforms.answering import answered, rendering
from transforms.actions import MODES
from transforms.frame import ImageInfo
from transforms.parser import parse

CASES = [(*case.split(" "), expected) for case, expected in read_cases("geometry.txt", "->")]


def drawn(size: str) -> bytes:
    """A PNG of that size, with something in it to look at."""
    width, height = map(int, size.split("x"))
    ramp = Image.xyz(width, height)
    picture = (ramp[0] * 3 % 256).bandjoin([ramp[1] * 5 % 256, (ramp[0] + ramp[1]) % 256])
    png: bytes = picture.cast("uchar").copy(interpretation="srgb").pngsave_buffer(compression=1)
    return png


@pytest.mark.parametrize(("original", "recipe", "expected"), CASES)
def test_planned_size(original: str, recipe: str, expected: str) -> None:
    width, height = map(int, original.split("x"))
    plan = answered(recipe, ImageInfo("png", width, height))

    assert expected == str(plan.result)


@pytest.mark.parametrize(("original", "recipe", "expected"), CASES)
def test_rendered_size(original: str, recipe: str, expected: str) -> None:
    result = Image.new_from_buffer(rendering(recipe, drawn(original)).body, "")

    assert expected == f"{result.width}x{result.height}"


def test_every_mode_is_in_the_table() -> None:
    counts = dict.fromkeys((mode.code for mode in MODES), 0)
    for _, recipe, _ in CASES:
        mode = parse(recipe).components[0].get("c")
        if mode is not None:
            counts[str(mode)] += 1

    assert [] == [mode for mode, count in counts.items() if count < 12]
