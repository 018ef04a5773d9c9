"""The headers of an answer."""

from __future__ import annotations

import pytest

from proxy.responses import (
    CachePolicy,
    cache_status,
    content_disposition,
    freshness_headers,
    quality_line,
    server_timing,
    shared_part,
)
from proxy.tags import asset_tag, recipe_tags, tag_headers

POLICY = CachePolicy()


@pytest.mark.parametrize(
    ("line", "shared"),
    [
        (POLICY.mutable, "max-age=31536000, stale-while-revalidate=86400, stale-if-error=604800"),
        (POLICY.immutable, "max-age=31536000"),
        (POLICY.provisional, "max-age=5, stale-while-revalidate=60"),
        ("no-store", "no-store"),
    ],
)
def test_shared_part(line: str, shared: str) -> None:
    assert shared == shared_part(line)


def test_a_version_makes_it_immutable_and_staleness_provisional() -> None:
    mutable = freshness_headers(POLICY, versioned=False, provisional=False, immutable=False)
    versioned = freshness_headers(POLICY, versioned=True, provisional=False, immutable=False)
    stale = freshness_headers(POLICY, versioned=True, provisional=True, immutable=True)
    flagged = freshness_headers(POLICY, versioned=False, provisional=False, immutable=True)

    assert POLICY.mutable == mutable["Cache-Control"]
    assert POLICY.immutable == versioned["Cache-Control"]
    assert POLICY.provisional == stale["Cache-Control"]
    assert POLICY.immutable == flagged["Cache-Control"]
    assert "Surrogate-Control" not in mutable


def test_surrogate_control_only_where_configured() -> None:
    policy = CachePolicy(cdn_cache_control=False, surrogate_control=True)
    headers = freshness_headers(policy, versioned=False, provisional=False, immutable=False)

    assert {"Cache-Control", "Surrogate-Control"} == set(headers)


def test_cache_status() -> None:
    hit = cache_status(tier="memory", stored=True, collapsed=False, stale_for=0)
    stale = cache_status(tier="redis", stored=True, collapsed=False, stale_for=12.7)
    miss = cache_status(tier=None, stored=True, collapsed=False, stale_for=0)
    joined = cache_status(tier=None, stored=False, collapsed=True, stale_for=0)

    assert "calotype; hit; detail=memory" == hit
    assert "calotype; hit; ttl=-13; detail=redis" == stale
    assert "calotype; fwd=uri-miss; stored" == miss
    assert "calotype; fwd=uri-miss; collapsed" == joined


def test_server_timing() -> None:
    assert "queue;dur=0.1, encode;dur=12.0" == server_timing({"queue": 0.06, "encode": 12})


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("cat.jpg", "attachment; filename=\"cat.jpg\"; filename*=UTF-8''cat.jpg"),
        (
            'a"b\r\nX: y.jpg',
            "attachment; filename=\"a_b__X: y.jpg\"; filename*=UTF-8''a%22b%0D%0AX%3A%20y.jpg",
        ),
        ("猫.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%E7%8C%AB.jpg"),
    ],
)
def test_content_disposition_cannot_split_a_header(name: str, header: str) -> None:
    assert header == content_disposition(name)


def test_what_a_quality_came_to_is_a_structured_field() -> None:
    assert "q=63, ssim=98.1, bytes=39321" == quality_line((("q", 63), ("ssim", 98.1), ("bytes", 39321)))
    assert "q=1, bytes=900, missed" == quality_line((("q", 1), ("bytes", 900), ("missed", 1)))


def test_tags_keep_to_the_safe_alphabet() -> None:
    assert "asset-fig" == asset_tag("fig")
    assert asset_tag("photos/cat").startswith("asset-") and "/" not in asset_tag("photos/cat")
    assert asset_tag("Fig") != asset_tag("fig")
    assert all(len(tag) <= 48 for tag in (asset_tag("x" * 500), *recipe_tags(("y" * 500,))))


def test_one_list_is_printed_as_each_cdn_reads_it() -> None:
    headers = tag_headers(("a", "b"), ("Surrogate-Key", "Cache-Tag", "Cache-Groups"), "site-")

    assert {
        "Surrogate-Key": "site-a site-b",
        "Cache-Tag": "site-a,site-b",
        "Cache-Groups": '"site-a", "site-b"',
    } == headers
