from __future__ import annotations

from dataclasses import replace

import pytest
from pyvips import Image

from tests.transforms.rendering import (
    framed,
    patch,
    pixels,
    planned,
    rendered,
    shown,
)
from transforms.operations import Flip, Focus, Resample
from transforms.probe import probe
from transforms.render import render


def spotted(x: int, y: int) -> Image:
    """A colourful spot on dull gray."""
    return patch((90, 92, 94), 400, 300).insert(patch((250, 40, 60), 24, 24), x - 12, y - 12)


@pytest.mark.parametrize(("x", "y"), [(60, 50), (330, 240), (200, 150), (20, 280)])
@pytest.mark.parametrize("size", [(50, 50), (100, 40), (260, 130)])
def test_attention_keeps_the_spot(x: int, y: int, size: tuple[int, int]) -> None:
    data = spotted(x, y).pngsave_buffer()
    result = shown(f"c_fill,g_auto,h_{size[1]},w_{size[0]}", data)

    assert (size, True) == ((result.width, result.height), bool(result[0].max() > 180))


@pytest.mark.parametrize("space", ["cmyk", "b-w", "rgb16", "lab"])
def test_attention_in_other_colours(space: str) -> None:
    image = spotted(330, 150).colourspace(space)
    data = image.jpegsave_buffer() if space in ("cmyk", "b-w") else image.tiffsave_buffer()

    assert shown("c_crop,g_auto,h_90,w_90/f_png", data).deviate() > 3


def test_frames_of_an_animation_are_cut_alike() -> None:
    """The spot of the first frame decides; in the second it is elsewhere."""
    data = framed([spotted(60, 50), spotted(340, 250)], [100, 100]).webpsave_buffer(lossless=True)
    result = pixels(rendered("c_crop,g_auto,h_60,w_60/f_webp", data).body, n=-1)
    first, second = result.crop(0, 0, 60, 60), result.crop(0, 60, 60, 60)

    assert first[0].max() > 180 > second[0].max()


def test_frames_are_cut_alike_late_in_a_plan() -> None:
    data = framed([spotted(60, 50), spotted(340, 250)], [100, 100]).webpsave_buffer(lossless=True)
    plan = planned("f_webp", probe(data))
    operations = (Flip("horizontal"), Resample(Focus(60, 60), 60, 60))
    plan = replace(plan, operations=operations, result=plan.result.sized(60, 60))
    result = pixels(render(plan, data).body, n=-1)

    assert result.crop(0, 0, 60, 60)[0].max() > 180 > result.crop(0, 60, 60, 60)[0].max()
