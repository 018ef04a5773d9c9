"""Accept and client hints, reduced to buckets."""

from __future__ import annotations

import pytest

from proxy.client import Client, HintBuckets, accepted_formats, read_client, wants_picture

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
BUCKETS = HintBuckets(widths=(320, 640, 1280), dprs=(1.0, 1.5, 2.0, 3.0), default_width=640, default_dpr=1.0)


@pytest.mark.parametrize(
    ("accept", "formats"),
    [
        ("", ()),
        ("*/*", ()),
        ("image/*", ()),
        ("image/png,image/jpeg", ()),
        ("image/avif", ("avif",)),
        ("image/webp", ("webp",)),
        ("image/webp,image/avif", ("avif", "webp")),
        (CHROME, ("avif", "webp")),
        ("image/avif;q=0,image/webp", ("webp",)),
        ("image/avif;q=0.0, image/webp;q=0.000", ()),
        ("image/avif;q=0.5,image/webp;q=0.9", ("webp", "avif")),
        ("IMAGE/AVIF ; Q=0.9", ("avif",)),
        ("image/avif;q=nan,image/webp;q=1e9", ()),
        ("image/avif;q=-1", ()),
        ("image/avif;level=1;q=0.3", ("avif",)),
        ("image/avifx,ximage/webp", ()),
    ],
)
def test_accept_becomes_formats(accept: str, formats: tuple[str, ...]) -> None:
    assert formats == accepted_formats(accept)


@pytest.mark.parametrize(
    ("accept", "formats"),
    [
        (CHROME, ("webp", "avif")),
        ("image/avif,image/webp;q=0.9", ("avif", "webp")),
        ("image/jxl,image/avif,image/webp", ("webp", "avif", "jxl")),
    ],
)
def test_formats_wanted_alike_come_as_the_operator_prefers(accept: str, formats: tuple[str, ...]) -> None:
    client = read_client({"Accept": accept}, buckets=BUCKETS, preferred=("webp", "avif"))

    assert formats == client.formats


@pytest.mark.parametrize(
    ("headers", "dpr", "width"),
    [
        ({}, None, None),
        ({"DPR": "2"}, 2.0, None),
        ({"Sec-CH-DPR": "1.25", "DPR": "3"}, 1.5, None),
        ({"Sec-CH-DPR": "99"}, 3.0, None),
        ({"Width": "321"}, None, 640),
        ({"Sec-CH-Width": '"300"'}, None, 320),
        ({"Width": "1e9", "DPR": "-2"}, None, None),
        ({"Width": "0", "DPR": "²"}, None, None),
        ({"Width": "999999"}, None, 1280),
    ],
)
def test_hints_round_up_to_buckets(headers: dict[str, str], dpr: float | None, width: int | None) -> None:
    assert Client(dpr=dpr, width=width) == read_client(headers, buckets=BUCKETS, preferred=())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (CHROME, True),
        ("image/png", True),
        ("*/*", False),
        ("", False),
        ("text/html,image/avif,*/*;q=0.8", False),
    ],
)
def test_wants_picture(accept: str, expected: bool) -> None:
    assert expected == wants_picture(accept)
