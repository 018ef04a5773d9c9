"""A variant survives the wire whole or not at all; its key says everything about its bytes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.variant import Variant, etag_of, variant_key

PLAN = "original 4000x3000 jpeg\nsave avif q=63"
HASH = "ab" * 32


def make(body: bytes = b"picture", **changes: Any) -> Variant:
    variant = Variant(
        key=variant_key(PLAN, HASH),
        body=body,
        content_type="image/avif",
        format="avif",
        width=200,
        height=150,
        pages=1,
        made_at=1_700_000_000.25,
        modified_at=1_600_000_000.0,
        tags=("asset-ana", "owner-é"),
    )
    return dataclasses.replace(variant, **changes)


@given(body=st.binary(max_size=4096), tags=st.lists(st.text(max_size=64), max_size=100))
def test_round_trip(body: bytes, tags: list[str]) -> None:
    variant = make(body, tags=tuple(tags), notes=(("q", 63), ("ssim", 98.1)))

    assert variant == Variant.from_bytes(variant.to_bytes())


def test_every_flipped_bit_is_noticed() -> None:
    data = make(b"a small picture").to_bytes()
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match="variant:"):
            Variant.from_bytes(bytes(damaged))


def test_every_truncation_is_noticed() -> None:
    data = make(b"a small picture").to_bytes()
    for length in range(len(data)):
        with pytest.raises(ValueError, match="variant:"):
            Variant.from_bytes(data[:length])


def test_what_follows_the_body_is_noticed() -> None:
    with pytest.raises(ValueError, match="checksum"):
        Variant.from_bytes(make().to_bytes() + b"\0")


@given(data=st.binary(max_size=200))
def test_a_stranger_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="variant:"):
        Variant.from_bytes(data)


def test_the_etag_is_strong_and_quoted() -> None:
    key = "0123456789abcdef" * 4

    assert '"0123456789abcdef0123456789abcdef"' == etag_of(key)
    assert '"0123456789abcdef0123456789abcdefi"' == etag_of(key, "i")


def test_the_key_is_hex_and_the_same_for_everyone() -> None:
    key = variant_key(PLAN, HASH)

    assert (64, True) == (len(key), set(key) <= set("0123456789abcdef"))
    assert key == variant_key(PLAN, HASH)


@pytest.mark.parametrize(
    ("plan", "content_hash"),
    [(PLAN + " ", HASH), (PLAN, "cd" * 32), (HASH, PLAN), (PLAN + "a", HASH[1:]), (PLAN[1:], HASH + PLAN[0])],
)
def test_the_key_tells_plans_and_originals_apart(plan: str, content_hash: str) -> None:
    assert variant_key(PLAN, HASH) != variant_key(plan, content_hash)


def test_another_renderer_makes_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = variant_key(PLAN, HASH)
    monkeypatch.setattr("proxy.variant.RENDERER_VERSION", "next")

    assert before != variant_key(PLAN, HASH)
