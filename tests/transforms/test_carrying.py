"""A part of a picture is found again after what was done to the picture."""

import pytest

from tests.transforms.rendering import rendered
from transforms.knowledge import Details

STORED = Details(coordinates=(40.0, 20.0, 80.0, 60.0))


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("c_crop,g_custom", (80, 60)),
        ("c_scale,w_400/c_crop,g_custom", (40, 30)),
        ("a_90/c_crop,g_custom", (60, 80)),
        ("a_hflip/c_crop,g_custom", (80, 60)),
        ("c_crop,h_500,w_700,x_20,y_10/c_crop,g_custom", (80, 60)),
        ("e_sepia/c_scale,w_1600/c_crop,g_custom", (160, 120)),
        ("c_pad,h_900,w_1000/c_crop,g_custom", (100, 75)),
    ],
)
def test_stored_coordinates_follow_the_picture(transformation, size):
    rendition = rendered(transformation, "detail.jpg", details=STORED)

    assert size == (rendition.width, rendition.height)
