"""Look-up tables of colours: what is read, and what comes out."""

from __future__ import annotations

import itertools

import pytest

from tests.transforms.rendering import difference, patch, pixels
from transforms.color import PROFILE
from transforms.errors import BrokenImage, LimitExceeded
from transforms.luts import Cube, apply_lut, read_3dl, read_cube, read_lut


def cube(side, color, *, head=""):
    """A `.cube` file; `color` gets red, green and blue from 0 to 1."""
    steps = [step / (side - 1) for step in range(side)]
    points = (color(r, g, b) for b, g, r in itertools.product(steps, repeat=3))
    lines = (" ".join(f"{channel:.6f}" for channel in point) for point in points)
    return f'TITLE "made"\n# a comment\n{head}LUT_3D_SIZE {side}\n\n'.encode() + "\n".join(lines).encode()


def film(side, color, *, top=4095):
    """The same as a `.3dl` file."""
    steps = [step / (side - 1) for step in range(side)]
    places = " ".join(str(round(step * 1023)) for step in steps)
    points = (color(r, g, b) for r, g, b in itertools.product(steps, repeat=3))
    lines = (" ".join(str(round(channel * top)) for channel in point) for point in points)
    return f"# made\n{places}\n".encode() + "\r\n".join(lines).encode() + b"\n"


def same(r, g, b):
    return r, g, b


def swapped(r, g, b):
    return b, r, g


@pytest.mark.parametrize("side", [2, 3, 17, 33])
@pytest.mark.parametrize("file", [cube, film])
def test_the_same_comes_out_the_same(side, file):
    before = pixels("detail.jpg").thumbnail_image(200)
    after = apply_lut(before, read_lut(file(side, same)))

    assert (before - after).abs().max() <= 1


@pytest.mark.parametrize("file", [cube, film])
def test_channels_find_their_own_edges(file):
    after = apply_lut(patch((10, 120, 250), 3, 2), read_lut(file(5, swapped)))

    assert all(abs(a - b) <= 1 for a, b in zip(after(1, 1), (250, 10, 120), strict=True))


def test_between_points_it_is_a_straight_line():
    def corner(r, g, b):
        return (r * g * b, 0, 0)

    after = apply_lut(patch((128, 64, 192), 1, 1), read_lut(cube(2, corner)))
    expected = 255 * (128 / 255) * (64 / 255) * (192 / 255)

    assert abs(after(0, 0)[0] - expected) <= 1


def test_a_domain_says_what_the_ends_stand_for():
    data = cube(2, same, head="DOMAIN_MIN 0.5 0 0\nDOMAIN_MAX 1 1 2\n")
    after = apply_lut(patch((64, 100, 255), 1, 1), read_lut(data))

    assert all(abs(a - b) <= 1 for a, b in zip(after(0, 0), (0, 100, 128), strict=True))


@pytest.mark.parametrize("top", [255, 1023, 4095, 16383, 65535])
def test_the_depth_is_found(top):
    after = apply_lut(patch((200, 100, 50), 1, 1), read_3dl(film(3, same, top=top)))

    assert all(abs(a - b) <= 1 for a, b in zip(after(0, 0), (200, 100, 50), strict=True))


@pytest.mark.parametrize("name", ["gray.jpg", "gray-alpha.png", "alpha.png", "p3.png"])
def test_any_picture_goes_through(name):
    before = pixels(name)
    after = apply_lut(before, read_cube(cube(3, swapped)))

    assert (before.width, before.height) == (after.width, after.height)
    assert bool(before.get_typeof(PROFILE)) == bool(after.get_typeof(PROFILE))
    if before.hasalpha():
        assert difference(before[before.bands - 1], after[after.bands - 1]) == 0


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"", BrokenImage, "two points"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", BrokenImage, "two points"),
        (b"LUT_1D_SIZE 2\n0 0 0\n1 1 1", BrokenImage, "one dimension"),
        (b"LUT_3D_SIZE 2\n", BrokenImage, "no colours"),
        (b"LUT_3D_SIZE 2\n0 0 0", BrokenImage, "should have 8 colours, and has 1"),
        (b"LUT_3D_SIZE 2\n" + b"0 0 0\n" * 9, BrokenImage, "has more"),
        (b"LUT_3D_SIZE 2\n" + b"0 0\n" * 8, BrokenImage, "2 numbers"),
        (b"LUT_3D_SIZE 2\n" + b"0 0 x\n" * 8, BrokenImage, "not numbers"),
        (b"LUT_3D_SIZE 2\n" + b"0 0 nan\n" * 8, BrokenImage, "out of all bounds"),
        (b"LUT_3D_SIZE 2\nDOMAIN_MIN 1 1 1\n" + b"0 0 0\n" * 8, BrokenImage, "DOMAIN_MIN"),
        (b"LUT_3D_SIZE 66\n", LimitExceeded, "65 are allowed"),
        (b"LUT_3D_SIZE 1\n", BrokenImage, "two points"),
        (b"LUT_3D_SIZE " + b"9" * 2000, BrokenImage, "1024 characters"),
        (b" ".join(b"%d" % i for i in range(66)), LimitExceeded, "65 are allowed"),
        (b"0 500 1023\n" + b"0 0 0\n" * 26, BrokenImage, "has 26"),
        (b"0 100 1023\n" + b"0 0 0\n" * 27, BrokenImage, "even distances"),
        (b"0 1023\n" + b"0 0 70000\n" * 8, BrokenImage, "16 bits"),
    ],
)
def test_what_is_no_table(data, error, said):
    with pytest.raises(error, match=said):
        read_lut(data)


def test_a_cube_is_a_value():
    assert read_cube(cube(2, same)) == read_cube(cube(2, same))
    assert isinstance(read_3dl(film(2, same)), Cube)
