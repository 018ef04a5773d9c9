"""`ils`: drawings score high and photographs low, whatever their colours."""

import pytest

from tests.transforms.rendering import pixels, rendered
from transforms.looks.illustration import illustration


@pytest.mark.parametrize("name", ["logo.svg", "flat.png", "spinner.gif", "one-bit.png", "alpha.png"])
def test_drawings(name):
    ((score,),) = illustration(pixels(name).copy_memory(), "")

    assert score > 0.9


@pytest.mark.parametrize("name", ["detail.jpg", "gray.jpg", "gray-alpha.png", "photo.webp", "lab.tiff"])
def test_photographs(name):
    ((score,),) = illustration(pixels(name).copy_memory(), "")

    assert score < 0.1


@pytest.mark.parametrize(("name", "width"), [("flat.png", 40), ("detail.jpg", 30)])
def test_a_condition_asks_for_it(name, width):
    rendition = rendered("if_ils_gt_0.5,c_scale,w_40/if_else,c_scale,w_30", name)

    assert width == rendition.width
