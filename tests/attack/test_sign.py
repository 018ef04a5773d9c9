"""Mutations of signed URLs: nothing is let by that does not mean, to the last parameter, what was signed."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest

from proxy.admission import Admission, Admitted, SignatureRefused
from proxy.url import DeliveryUrl
from tests.attack.sign import KEYS, NOW, mutations, signed_urls
from transforms.errors import TransformError
from transforms.parser import parse

MUTATIONS = 25_000
"""For each of four seeds."""
NAMED = {name: f"c_fill,w_{40 + number}" for number, name in enumerate(("card", "a", "b", "Card", "A", "B"))}


@pytest.fixture(scope="module")
def gate() -> Admission:
    return Admission(keys=KEYS, signing="required")


def meaning(url: DeliveryUrl) -> tuple[object, ...]:
    """All that decides the picture: its original and its recipe."""
    recipe = parse(url.transformation, named=NAMED)
    return (url.is_remote, url.name, url.extension, recipe.components, recipe.named)


def admitted(gate: Admission, target: str) -> Admitted | None:
    try:
        return gate.read(target, now=NOW)
    except (SignatureRefused, TransformError):
        return None


def test_every_signed_url_is_let_by(gate: Admission) -> None:
    urls = signed_urls()

    assert len(urls) > 150
    assert [] == [signed.path for signed in urls if admitted(gate, signed.path) is None]


@pytest.fixture(scope="module")
def issued(gate: Admission) -> dict[str, set[tuple[object, ...]]]:
    """What each signature was made for."""
    found: dict[str, set[tuple[object, ...]]] = {}
    for signed in signed_urls():
        admitted = gate.read(signed.path, now=NOW)
        found.setdefault(str(admitted.url.signature), set()).add(said(admitted))
    return found


def said(admitted: Admitted) -> tuple[object, ...]:
    """What was let by. Our own signatures cover every byte behind them, and the door."""
    url = admitted.url
    exact = (url.scope, url.signed_text) if "~" in str(url.signature) else ()
    return (*meaning(url), admitted.expires_at, *exact)


@pytest.mark.parametrize("seed", range(4))
def test_no_mutation_is_let_by_that_means_something_else(
    gate: Admission, issued: dict[str, set[tuple[object, ...]]], seed: int
) -> None:
    fates: Counter[str] = Counter()
    for signed, target in mutations(MUTATIONS, seed=seed):
        found = admitted(gate, target)
        fates["refused" if found is None else "equal"] += 1

        assert found is None or said(found) in issued.get(str(found.url.signature), set()), (
            signed.path,
            target,
        )
    assert fates["refused"] > MUTATIONS / 2
    assert fates["equal"] > MUTATIONS / 100


def test_a_mutation_that_means_something_else_would_be_seen(
    gate: Admission, issued: dict[str, set[tuple[object, ...]]]
) -> None:
    """Were signatures not looked at, most mutations that read would fail the test above."""
    blind = Admission()
    unlike = 0
    for _, target in mutations(2_000):
        found = admitted(blind, target)
        with suppress(TransformError):
            unlike += found is not None and said(found) not in issued.get(str(found.url.signature), set())

    assert unlike > 200
