"""Clipping paths: pictures for print, cut out."""

from __future__ import annotations

import struct

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch, picture, pixels, rendered, shown
from transforms.clipping import clipping_path
from transforms.photoshop import HEAD, RESOURCE, Resource, resources

Points = list[tuple[float, float]]
"""Across and down, as parts of the picture."""

SQUARE: Points = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]
INNER: Points = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]
LEFT: Points = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]


def path(*parts: Points) -> bytes:
    """Straight lines through the points of each part."""
    data = struct.pack(">H24x", 6) + struct.pack(">H24x", 8)
    for points in parts:
        data += struct.pack(">HH22x", 0, len(points))
        for across, down in points:
            fixed = [round(part * (1 << 24)) for part in (down, across)]
            data += struct.pack(">H6i", 1, *fixed * 3)
    return data


def resource(kind: int, name: bytes, data: bytes) -> bytes:
    title = bytes([len(name)]) + name
    return b"".join(
        (
            RESOURCE,
            struct.pack(">H", kind),
            title + b"\0" * (len(title) % 2),
            struct.pack(">I", len(data)),
            data + b"\0" * (len(data) % 2),
        )
    )


def with_block(jpeg: bytes, *parts: bytes) -> bytes:
    """A JPEG with image resources (APP13)."""
    block = HEAD + b"".join(parts)
    return jpeg[:2] + struct.pack(">HH", 0xFFED, len(block) + 2) + block + jpeg[2:]


def photograph(*parts: bytes, width: int = 80, height: int = 80) -> bytes:
    return with_block(patch((200, 40, 30), width, height).jpegsave_buffer(Q=95, keep="none"), *parts)


def alpha(transformation: str, original: bytes) -> Image:
    image = shown(transformation, original)
    return image.extract_band(image.bands - 1)


def test_what_lies_outside_the_path_is_not_there() -> None:
    found = alpha("f_png,fl_clip", photograph(resource(2000, b"Path 1", path(SQUARE))))

    assert 80 == found.width
    assert [0, 0, 255, 255] == [found(x, y)[0] for x, y in ((5, 5), (75, 40), (40, 40), (22, 22))]


@pytest.mark.parametrize(("flag", "hole"), [("clip", 255), ("clip_evenodd", 0)])
def test_a_path_in_a_path(flag: str, hole: int) -> None:
    found = alpha(f"f_png,fl_{flag}", photograph(resource(2000, b"a", path(SQUARE, INNER))))

    assert (hole, 255) == (found(40, 40)[0], found(26, 40)[0])


def test_the_path_that_is_named_is_taken() -> None:
    name = resource(2999, b"", bytes([4]) + b"left" + b"\0" * 6)
    both = (resource(2000, b"square", path(SQUARE)), resource(2001, b"left", path(LEFT)))

    assert [255, 0] == [alpha("f_png,fl_clip", photograph(*both, name))(x, 5)[0] for x in (5, 75)]


@pytest.mark.parametrize("transformation", ["w_40", "c_fill,h_20,w_20", "c_scale,h_10,w_30"])
def test_it_is_cut_at_any_size(transformation: str) -> None:
    original = photograph(resource(2000, b"", path(SQUARE)), width=1600, height=1200)
    found = alpha(f"{transformation}/f_png,fl_clip", original)

    assert found.width <= 40
    middle, corner = found(found.width // 2, found.height // 2)[0], found(0, 0)[0]
    assert middle > 245 and corner < 5
    assert 0.2 < found.avg() / 255 < 0.72


def test_a_picture_that_lies_on_its_side_is_cut_as_it_was_drawn() -> None:
    """The path is in the orientation of the file."""
    stored = picture("orientation-6.jpg")
    original = with_block(stored, resource(2000, b"", path(LEFT)))
    found = alpha("f_png,fl_clip", original)

    assert (120, 80) == (found.width, found.height)
    assert (255, 0) == (found(60, 5)[0], found(60, 75)[0])


def test_where_there_is_no_transparency_the_background_shows() -> None:
    original = photograph(resource(2000, b"", path(SQUARE)))
    white, blue = (shown(f"{behind}f_jpg,fl_clip,q_95", original) for behind in ("", "b_blue,"))

    assert min(white(3, 3)) > 240
    assert blue(3, 3)[2] > 230 and blue(3, 3)[0] < 30


@pytest.mark.parametrize("data", [b"", b"\0" * 30, path([]), path([(0.5, 0.5)]), path(SQUARE)[:60]])
def test_a_path_that_is_none_cuts_nothing(data: bytes) -> None:
    assert 255 == alpha("f_png,fl_clip", photograph(resource(2000, b"", data))).min()


@pytest.mark.parametrize("name", ["detail.jpg", "gray.jpg", "cmyk.jpg", "pages.tiff", "lab.tiff"])
def test_pictures_without_a_path_stay(name: str) -> None:
    clipped, plain = (shown(f"{text}f_png,w_30", name) for text in ("fl_clip,", ""))

    assert 255 == clipped.extract_band(clipped.bands - 1).min()
    assert difference(clipped.extract_band(0, n=plain.bands), plain) < 2


@pytest.mark.parametrize("name", ["photo.webp", "alpha.png", "logo.svg"])
def test_other_formats_have_no_paths(name: str) -> None:
    assert rendered("f_png,w_30", name) == rendered("f_png,fl_clip,w_30", name)


def test_a_tiff_is_cut() -> None:
    block = resource(2000, b"", path(SQUARE))
    image = patch((10, 90, 200), 60, 60).copy()
    import pyvips

    image.set_type(pyvips.GValue.blob_type, "photoshop-data", block)
    found = alpha("f_png,fl_clip", image.tiffsave_buffer())

    assert (0, 255) == (found(2, 2)[0], found(30, 30)[0])


def test_resources_read_up_to_where_they_break() -> None:
    whole = resource(1, b"one", b"abc") + resource(2, b"", b"defg")
    expected = [Resource(1, b"one", b"abc"), Resource(2, b"", b"defg")]

    assert expected == list(resources(HEAD + whole)) == list(resources(whole))
    for end in range(len(whole)):
        assert len(list(resources(whole[:end]))) <= 2


def test_curves_go_by_their_handles() -> None:
    outline = clipping_path(pixels(photograph(resource(2000, b"", path(SQUARE)))))

    assert outline is not None
    assert outline.startswith("M0.2500000,0.2500000C0.2500000,0.2500000 0.7500000,0.2500000 ")
    assert outline.endswith("Z") and 4 == outline.count("C")
