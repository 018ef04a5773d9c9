"""Cache lines of answers that may not outlive the signature of their URL."""

import pytest

from proxy.freshness import shorten, shortened


@pytest.mark.parametrize(
    ("line", "seconds", "expected"),
    [
        ("public, max-age=31536000, immutable", 60, "public, max-age=60, must-revalidate"),
        (
            "public, max-age=300, s-maxage=31536000, stale-while-revalidate=86400, stale-if-error=604800",
            400,
            "public, max-age=300, s-maxage=400, must-revalidate",
        ),
        (
            "public, max-age=0, s-maxage=5, stale-while-revalidate=60",
            9,
            "public, max-age=0, s-maxage=5, must-revalidate",
        ),
        ("public, max-age=300", 0, "public, max-age=0, must-revalidate"),
        ("public", 7, "public, max-age=7, must-revalidate"),
        ("", 7, "max-age=7, must-revalidate"),
        ("no-store", 7, "no-store"),
        ("private, no-cache", 7, "private, no-cache"),
        ('Public, Max-Age="600"', 7, "public, max-age=7, must-revalidate"),
        ("max-age=²", 7, "max-age=7, must-revalidate"),
        ("max-age=3, must-revalidate", 7, "max-age=3, must-revalidate"),
    ],
)
def test_lines(line, seconds, expected):
    assert expected == shortened(line, seconds)


def test_every_line_that_a_cache_reads():
    headers = {
        "Cache-Control": "public, max-age=900",
        "CDN-Cache-Control": "max-age=31536000, stale-if-error=5",
        "Surrogate-Control": "max-age=31536000",
        "ETag": '"x"',
    }
    shorten(headers, 60)

    assert headers == {
        "Cache-Control": "public, max-age=60, must-revalidate",
        "CDN-Cache-Control": "max-age=60, must-revalidate",
        "Surrogate-Control": "max-age=60, must-revalidate",
        "ETag": '"x"',
    }
