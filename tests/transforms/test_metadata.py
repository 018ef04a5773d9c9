from __future__ import annotations

import pytest
import pyvips

from tests.transforms.rendering import (
    pixels,
    rendered,
)

PRIVATE = [b"GPS", b"Camera Works", b"48,8.5N", b"11,34.5E", b"Exif", b"adobe", b"Painter", b"Photoshop"]


@pytest.mark.parametrize("name", ["jpg", "png", "webp", "avif", "gif", "tiff"])
@pytest.mark.parametrize("transformation", ["", "w_100/"])
def test_metadata_go(transformation: str, name: str) -> None:
    body = rendered(f"{transformation}f_{name}", "gps.jpg").body
    fields = pixels(body).get_fields()

    assert [] == [word for word in PRIVATE if word in body]
    assert [] == [field for field in fields if field.startswith(("exif", "xmp", "iptc", "png-comment"))]


@pytest.mark.parametrize("name", ["jpg", "png", "webp", "avif", "tiff"])
@pytest.mark.parametrize("transformation", ["fl_keep_iptc", "fl_keep_iptc,w_100"])
def test_author_and_terms_stay_when_asked_but_never_the_place(transformation: str, name: str) -> None:
    body = rendered(f"{transformation}/f_{name}", "gps.jpg").body
    image = pixels(body)
    fields = image.get_fields()
    kept = b"".join(bytes(image.get(field)) for field in fields if field.endswith("-data"))

    assert [] == [
        word for word in (b"GPSL", b"Camera Works", b"48,8.5", b"11,34.5", b"thumb") if word in kept
    ]
    assert [] == [field for field in fields if "GPS" in field or "ifd3" in field]
    assert b"The Daily Sample" in kept and b"Free to copy" in kept
    assert (name == "jpg") == (b"\x1c\x02\x50\x00\x09A Painter" in kept)


@pytest.mark.parametrize("rest", [b"", b"8BIM\x04", b"8BIM" + b"\xff" * 9])
def test_a_photoshop_block_that_does_not_read_goes(rest: bytes) -> None:
    image = pixels("photo.webp").copy()
    image.set_type(pyvips.GValue.blob_type, "iptc-data", b"Photoshop 3.0\0" + rest)
    saved = pixels(rendered("fl_keep_iptc/f_jpg", image.jpegsave_buffer()).body)

    assert "iptc-data" not in saved.get_fields()


@pytest.mark.parametrize("name", ["png", "tiff"])
@pytest.mark.parametrize("transformation", ["", "fl_keep_iptc,"])
def test_comments_and_descriptions_go(transformation: str, name: str) -> None:
    image = pixels("flat.png").copy()
    image.set_type(pyvips.GValue.gstr_type, "png-comment-0-Comment", "my address")
    image.set_type(pyvips.GValue.gstr_type, "image-description", "my address")
    data = image.pngsave_buffer() if name == "png" else image.tiffsave_buffer()
    saved = pixels(rendered(f"{transformation}f_{name}", data).body)

    assert "my address" in [pixels(data).get(field) for field in pixels(data).get_fields()]
    assert "my address" not in [saved.get(field) for field in saved.get_fields()]


@pytest.mark.parametrize(
    "xmp",
    [
        b"<x",
        b"\xff\xfe\0",
        b'<!DOCTYPE x [<!ENTITY a "boom">]><x>&a;</x>',
        b"<x>" + b" " * 70_000 + b"</x>",
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>',
    ],
)
def test_xmp_that_does_not_read_goes(xmp: bytes) -> None:
    image = pixels("flat.png").copy()
    image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    saved = pixels(rendered("fl_keep_iptc/f_png", image.pngsave_buffer()).body)

    assert "xmp-data" not in saved.get_fields()
