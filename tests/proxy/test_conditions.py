"""Conditional and range requests, as RFC 9110 has them."""

from __future__ import annotations

import pytest

from proxy.conditions import RangeNotSatisfiable, Span, not_modified, read_range

ETAG = '"abc"'
MODIFIED = 1_700_000_000.5  # Tue, 14 Nov 2023 22:13:20 GMT
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"If-None-Match": '"abc"'}, True),
        ({"If-None-Match": 'W/"abc"'}, True),
        ({"If-None-Match": '"x", "abc"'}, True),
        ({"If-None-Match": "*"}, True),
        ({"If-None-Match": '"x"'}, False),
        ({"If-None-Match": '"x"', "If-Modified-Since": DATE}, False),
        ({"If-Modified-Since": DATE}, True),
        ({"If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"}, False),
        ({"If-Modified-Since": "yesterday"}, False),
    ],
)
def test_not_modified(headers: dict[str, str], expected: bool) -> None:
    assert expected == not_modified(headers, etag=ETAG, modified_at=MODIFIED)


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("bytes=0-9", Span(0, 10)),
        ("bytes=90-", Span(90, 100)),
        ("bytes=-10", Span(90, 100)),
        ("bytes=-500", Span(0, 100)),
        ("bytes=50-5000", Span(50, 100)),
        ("bytes=99-99", Span(99, 100)),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("pages=1-2", None),
        ("bytes=a-b", None),
        ("bytes=٣-٤", None),
    ],
)
def test_read_range(value: str, span: Span | None) -> None:
    assert span == read_range({"Range": value}, size=100, etag=ETAG, modified_at=MODIFIED)


@pytest.mark.parametrize("value", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_past_the_end_is_refused(value: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        read_range({"Range": value}, size=100, etag=ETAG, modified_at=MODIFIED)


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        ('"abc"', True),
        ('"x"', False),
        ('W/"abc"', False),
        (DATE, True),
        ("Tue, 14 Nov 2023 22:13:21 GMT", False),
    ],
)
def test_if_range(condition: str, counts: bool) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": condition}

    assert (Span(0, 10) if counts else None) == read_range(headers, size=100, etag=ETAG, modified_at=MODIFIED)
