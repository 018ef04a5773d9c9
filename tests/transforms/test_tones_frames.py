"""What pictures decide about their own tones: in an animation the first frame decides for all."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import framed, patch, pixels, rendered, shown


def frame(left, right):
    return patch(left, 20, 20).join(patch(right, 30, 20), "horizontal")


DULL = frame((90, 90, 90), (140, 130, 120))
BRIGHT = frame((90, 90, 90), (255, 240, 0)).insert(patch((0, 0, 20), 30, 15), 20, 5)

DECIDING = [
    *("e_auto_contrast", "e_auto_color", "e_auto_brightness", "e_improve", "e_improve:indoor:50"),
    *("e_tint:equalize:100:blue:lime", "e_theme:color_black:photosensitivity_0"),
]


def distance(one, other):
    return max(abs(a - b) for a, b in zip(one[:3], other[:3], strict=True))


def moving(effect):
    """The left half of both frames."""
    roll: Image = framed([DULL, BRIGHT], [100, 100])
    original = roll.webpsave_buffer(lossless=True)
    result = pixels(rendered(f"{effect}/f_webp,q_100", original).body, n=-1)
    assert result.height == 40
    return result(5, 5), result(5, 25)


@pytest.mark.parametrize("effect", DECIDING)
def test_the_first_frame_decides(effect):
    first, second = moving(effect)

    assert distance(first, second) <= 3


@pytest.mark.parametrize("effect", DECIDING)
def test_every_picture_decides_for_itself(effect):
    dull, bright = (shown(f"{effect}/f_png", picture.pngsave_buffer()) for picture in (DULL, BRIGHT))

    assert distance(dull(5, 5), bright(5, 5)) > 3


def test_one_color_is_replaced_in_all_frames():
    frames = [frame((90, 90, 90), (0, 0, 220)), frame((220, 0, 0), (0, 0, 220))]
    original = framed(frames, [100, 100]).webpsave_buffer(lossless=True)
    result = pixels(rendered("e_replace_color:lime:40/f_webp,q_100", original).body, n=-1)

    assert distance(result(5, 25), (220, 0, 0)) <= 6
    assert distance(result(30, 5), result(30, 25)) <= 3
