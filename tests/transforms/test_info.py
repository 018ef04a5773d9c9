"""What `fl_getinfo` tells: sizes, the part that is kept, faces and the subject."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transforms.rendering import difference, picture, pixels, rendered
from transforms import offline
from transforms.info import info
from transforms.operations import Focus, Rect, Resample
from transforms.parser import parse
from transforms.render import render


def told(transformation: str, name: str) -> dict[str, Any]:
    data = picture(name)
    settled = offline.settle(parse(f"{transformation},fl_getinfo"), data)
    made = render(settled.plan, data, settled.layers)
    return info(settled.plan.original, len(data), made, settled.plan, settled.answers)


def box(found: dict[str, int]) -> tuple[int, int, int, int]:
    return found["x"], found["y"], found["width"], found["height"]


def test_sizes() -> None:
    found = told("f_webp,q_auto:bytes_5k,w_100", "photo.webp")

    assert {"width": 320, "height": 252, "bytes": len(picture("photo.webp"))}.items() <= found[
        "input"
    ].items()
    assert {"width": 100, "height": 79, "format": "webp", "pages": 1}.items() <= found["output"].items()
    assert found["output"]["bytes"] == found["output"]["quality"]["bytes"] <= 5000
    assert {"input", "output"} == set(found)


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [
        ("c_crop,g_north_west,h_50,w_60,x_10,y_20", (10, 20, 60, 50)),
        ("c_fill,h_100,w_100", (34, 0, 252, 252)),
        ("c_fill,g_west,h_20,w_20", (0, 0, 252, 252)),
    ],
)
def test_the_part_that_is_kept(transformation: str, expected: tuple[int, ...]) -> None:
    assert expected == box(told(transformation, "photo.webp")["crop"])


def test_faces_are_where_they_are_seen() -> None:
    left, top, width, height = box(told("c_thumb,g_face,h_60,w_60", "face.jpg")["faces"][0])

    assert [140, 73] == pytest.approx([left + width / 2, top + height / 2], abs=8)


def test_effects_tell_faces_too() -> None:
    assert 1 == len(told("e_blur_faces", "face.jpg")["faces"])


@pytest.mark.parametrize("transformation", ["c_fill,g_auto,h_90,w_60", "c_crop,g_auto,h_100,w_80"])
@pytest.mark.parametrize("name", ["photo.webp", "detail.jpg", "alpha.png"])
def test_what_draws_the_eye_is_the_part_that_is_delivered(transformation: str, name: str) -> None:
    found = told(transformation, name)
    whole = {"x": 0, "y": 0} | {side: found["input"][side] for side in ("width", "height")}
    left, top, width, height = box(found.get("crop", whole))
    mode = transformation.partition(",")[2].replace("g_auto,", "")
    cut = f"c_crop,g_north_west,h_{height},w_{width},x_{left},y_{top}/c_scale,{mode},f_png"
    delivered = pixels(rendered(f"{transformation}/f_png", name).body)

    assert difference(pixels(rendered(cut, name).body), delivered) < 8


def test_it_is_looked_for_only_where_that_is_told() -> None:
    plain, asked = (
        offline.settle(parse(f"c_fill,g_auto,h_90,w_60{flag}"), picture("photo.webp")).plan.operations[0]
        for flag in ("", ",fl_getinfo")
    )

    assert isinstance(plain, Resample) and isinstance(plain.window, Focus)
    assert isinstance(asked, Resample) and isinstance(asked.window, Rect)


def test_an_animation_keeps_one_part() -> None:
    found = told("c_fill,g_auto,h_20,w_9", "spinner.gif")

    assert found["output"]["pages"] == found["input"]["pages"] > 1
    assert found["crop"]["height"] == found["input"]["height"]
