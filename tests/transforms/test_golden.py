"""Pictures by likeness, on originals chosen for what they show."""

from __future__ import annotations

import pytest

from tests.transforms.golden import CASES, GOLDEN, Case, likeness, worst
from transforms.probe import probe


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_picture(case: Case) -> None:
    assert likeness(case) < 1.5
    assert worst(case) < 12


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_facts(case: Case) -> None:
    """Alpha, gray and profile are part of what a picture is, and cannot be told by looking."""
    if case.body[:3] == b"\xff\xd8\xff" or case.body[:3] == b"GIF":
        return
    now, golden = probe(case.body), probe(case.file.read_bytes())

    assert (golden.alpha, golden.color, golden.has_profile) == (now.alpha, now.color, now.has_profile)


def test_every_golden_picture_is_compared() -> None:
    files = {file.name for file in GOLDEN.glob("*.png")}

    assert files == {case.file.name for case in CASES}
