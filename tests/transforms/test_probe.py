from __future__ import annotations

import pytest

from tests.transforms.rendering import PICTURES, picture, pixels
from transforms.errors import BrokenImage, UnsupportedFormat
from transforms.frame import ImageInfo
from transforms.probe import probe

FACTS = {
    "alpha.png": ImageInfo("png", 200, 200, alpha=True),
    "cmyk.jpg": ImageInfo("jpg", 192, 32, color="cmyk"),
    "detail.jpg": ImageInfo("jpg", 800, 629),
    "face.jpg": ImageInfo("jpg", 320, 320),
    "flat.png": ImageInfo("png", 400, 300),
    "gps.jpg": ImageInfo("jpg", 320, 252),
    "gray-alpha.png": ImageInfo("png", 128, 101, alpha=True, color="gray"),
    "gray.jpg": ImageInfo("jpg", 320, 252, color="gray"),
    "interlaced.png": ImageInfo("png", 400, 300, progressive=True),
    "lab.tiff": ImageInfo("tiff", 64, 50, color="lab", bits=32),
    "logo.svg": ImageInfo("svg", 480, 320, alpha=True),
    "one-bit.png": ImageInfo("png", 400, 300, color="gray", bits=1),
    **{f"orientation-{n}.jpg": ImageInfo("jpg", 120, 80, orientation=n) for n in range(1, 9)},
    "p3.png": ImageInfo("png", 200, 200, color="p3", has_profile=True),
    "pages.tiff": ImageInfo("tiff", 120, 80, pages=3),
    "partial.gif": ImageInfo(
        "gif", 40, 30, pages=4, animated=True, alpha=True, delays=(100, 200, 300, 400), loop=0
    ),
    "photo.avif": ImageInfo("avif", 320, 252),
    "photo.heic": ImageInfo("heic", 96, 76),
    "photo.webp": ImageInfo("webp", 320, 252),
    "progressive.jpg": ImageInfo("jpg", 320, 252, progressive=True, scans=10),
    "sixteen.png": ImageInfo("png", 256, 64, color="rgb16", bits=16),
    "spinner.gif": ImageInfo("gif", 100, 100, pages=12, animated=True, alpha=True, delays=(80,) * 12),
    "spinner.webp": ImageInfo(
        "webp", 100, 100, pages=6, animated=True, alpha=True, delays=(50, 60, 70, 80, 90, 100), loop=3
    ),
    "swapped.png": ImageInfo("png", 100, 100, has_profile=True),
    "turned.avif": ImageInfo("avif", 120, 80),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts(name: str) -> None:
    info = probe(picture(name))

    assert FACTS[name] == info


def test_every_picture_is_probed() -> None:
    names = {file.name for file in PICTURES.iterdir() if file.suffix != ".md"}

    assert names == set(FACTS)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    stored = picture("orientation-6.jpg")
    tag = b"\x12\x01\x03\x00\x01\x00\x00\x00"
    assert stored.count(tag + b"\x06\x00") == 1
    info = probe(stored.replace(tag + b"\x06\x00", tag + orientation.to_bytes(2, "little")))

    assert (1, 80, 120) == (info.orientation, info.width, info.height)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the original is empty"),
        (b"\0" * 100, "no image we know"),
        (b"hello, world", "no image we know"),
        (b"<html><body><p>404</p></body></html>", "no image we know"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0" * 50, "an ISO media file"),
        (b"8BPS\0\1" + b"\0" * 50, "the original is psd"),
        (b"P6 1 1 255 \xff\xff\xff", "no image we know"),
        (b"<html><body><svg width='1' height='1'></svg></body></html>", "no image we know"),
        (b"<!-- -->" * 400 + b"<svgs", "no image we know"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "the original is eps"),
        (b"\x1f\x8b\x08" + b"\0" * 50, "the original is svgz"),
    ],
)
def test_other_formats_are_named(data: bytes, said: str) -> None:
    with pytest.raises(UnsupportedFormat, match=said) as raised:
        probe(data)

    assert "expected one of jpg, png, webp, avif, gif, tiff, jxl" in raised.value.message


@pytest.mark.parametrize(
    "name", ["detail.jpg", "flat.png", "photo.webp", "photo.avif", "partial.gif", "lab.tiff", "logo.svg"]
)
def test_a_broken_header(name: str) -> None:
    start = 60 if name == "logo.svg" else 24
    with pytest.raises(BrokenImage, match=f"does not decode as {name.rpartition('.')[2]}"):
        probe(picture(name)[:start] + b"\x99" * 40)


def test_svg_after_a_prolog_and_a_comment() -> None:
    prolog = (
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn by hand -->\n<!DOCTYPE svg [ <!ENTITY a "b"> ]>\n'
    )
    svg = prolog + picture("logo.svg")

    assert FACTS["logo.svg"] == probe(svg)


def test_svg_without_a_size_takes_its_view_box() -> None:
    info = probe(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><circle r="5"/></svg>')

    assert (30, 20) == (info.width, info.height)


def test_a_gif_of_one_frame_is_no_animation() -> None:
    info = probe(pixels("flat.png").gifsave_buffer())

    assert (1, False, ()) == (info.pages, info.animated, info.delays)
