"""Effects that change outline, opacity or size, on animations: what the first frame decides holds for all."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import framed, patch, pixels, rendered
from transforms.actions.bgremoval import BackgroundRemoval
from transforms.actions.make_transparent import MakeTransparent
from transforms.errors import LimitExceeded
from transforms.frame import Frame

WHITE = patch((255, 255, 255), 40, 30).draw_rect([200, 30, 30], 5, 5, 10, 10, fill=True)
BLACK = patch((0, 0, 0), 40, 30).draw_rect([255, 255, 255], 0, 10, 20, 10, fill=True)
"""White reaches the rim here too, but most corners are black."""


@pytest.mark.parametrize("effect", [MakeTransparent(), BackgroundRemoval()])
def test_the_first_frame_says_what_the_backdrop_is(effect: MakeTransparent | BackgroundRemoval) -> None:
    frame = Frame(40, 30, 2)
    alone = effect.apply(BLACK, frame)
    settled = effect.settled(WHITE).apply(BLACK, frame)

    assert [0, 255] == [alone(30, 5)[3], alone(5, 15)[3]]
    assert [255, 0] == [settled(30, 5)[3], settled(5, 15)[3]]


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("e_trim", (10, 10)),
        ("e_shadow", (60, 50)),
        ("e_shear:45", (70, 30)),
        ("e_distort:arc:180", (60, 30)),
        ("e_make_transparent", (40, 30)),
        ("e_outline:inner:3", (40, 30)),
    ],
)
def test_every_frame_gets_the_same_size(transformation: str, size: tuple[int, int]) -> None:
    original: bytes = framed([WHITE, BLACK], [100, 100]).webpsave_buffer(lossless=True, page_height=30)
    rendition = rendered(f"{transformation}/f_webp", original)
    result: Image = pixels(rendition.body, n=-1)

    assert (*size, 2) == (rendition.width, rendition.height, rendition.pages)
    assert (size[0], 2 * size[1]) == (result.width, result.height)


@pytest.mark.parametrize(
    "transformation",
    [
        "e_distort:-32767:-32767:32767:-32767:32767:32767:-32767:32767",
        "e_shear:89.9",
        "e_shadow,x_60000",
        "e_shadow,y_-60000",
    ],
)
def test_what_grows_too_large_is_refused(transformation: str) -> None:
    with pytest.raises(LimitExceeded):
        rendered(transformation, WHITE.pngsave_buffer())
