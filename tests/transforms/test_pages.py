from __future__ import annotations

import pytest

from tests.transforms.rendering import (
    difference,
    picture,
    pixels,
    rendered,
    shown,
)
from transforms.probe import probe


@pytest.mark.parametrize("name", ["gif", "webp"])
@pytest.mark.parametrize(
    ("original", "delays", "loop"),
    [("spinner.webp", [50, 60, 70, 80, 90, 100], 3), ("partial.gif", [100, 200, 300, 400], 0)],
)
@pytest.mark.parametrize("transformation", ["", "w_70/", "a_180/"])
def test_times_are_kept(transformation: str, original: str, delays: list[int], loop: int, name: str) -> None:
    info = probe(rendered(f"{transformation}f_{name}", original).body)

    assert (tuple(delays), loop) == (info.delays, info.loop)


@pytest.mark.parametrize("transformation", ["", "w_20/", "c_crop,h_21,w_33,x_5,y_2/", "a_90/"])
def test_frames_are_done_as_if_each_were_alone(transformation: str) -> None:
    data = picture("partial.gif")
    together = pixels(rendered(f"{transformation}f_webp", data).body, n=-1).pagesplit()
    alone = [shown(f"{transformation}f_png,pg_{n}", data) for n in range(1, 5)]

    assert 4 == len(together)
    for frame, still in zip(together, alone, strict=True):
        assert difference(still[3], frame[3]) < 1
        assert difference(still.flatten(), frame.flatten()) < 12


def test_partial_frames_and_transparency() -> None:
    """Red at the left, nothing at the right; a blue patch comes and stays, a green one comes and goes."""
    frames = pixels(rendered("f_gif", "partial.gif").body, n=-1).pagesplit()
    red, blue, green, nothing = [255, 0, 0, 255], [0, 0, 255, 255], [0, 255, 0, 255], [0, 0, 0, 0]

    assert [[f(5, 25), f(12, 8), f(28, 18)] for f in frames] == [
        [red, red, nothing],
        [red, blue, nothing],
        [red, blue, green],
        [red, blue, nothing],
    ]


@pytest.mark.parametrize("name", ["jpg", "png", "avif", "tiff"])
def test_a_still_of_an_animation(name: str) -> None:
    result = rendered(f"w_50/f_{name}", "spinner.gif")

    assert (50, 50, 1) == (result.width, result.height, probe(result.body).pages)


def test_a_page_of_a_tiff() -> None:
    reds = [shown(f"f_png,pg_{page}", "pages.tiff")(60, 77)[0] for page in (1, 2, 3)]

    assert [238, 178, 118] == reds
