"""What is known is used for a while without a database, not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from origin.errors import MetadataUnavailable
from origin.metadata.holdover import Holdover
from origin.metadata.store import MetadataStore, Name
from tests.origin.house import Clock


def test_it_begins_with_the_first_failure_in_a_row() -> None:
    clock = Clock()
    holdover = Holdover(seconds=60, clock=clock)
    holdover.check()
    holdover.failed()
    clock.now += 59
    holdover.failed()
    holdover.check()
    clock.now += 1
    with pytest.raises(MetadataUnavailable, match="for more than 60 seconds"):
        holdover.check()
    holdover.answered()
    holdover.check()
    holdover.failed()

    holdover.check()


async def test_the_store_tells_it_how_each_question_went(tmp_path: Path) -> None:
    store = MetadataStore(f"sqlite:///{tmp_path}/facts.db", lease_seconds=0.0)
    with pytest.raises(MetadataUnavailable):
        await store.recall([Name("main", "cat")])  # there is no table yet
    with pytest.raises(MetadataUnavailable):
        store.holdover.check()
    await store.migrate()
    await store.recall([Name("main", "cat")])

    store.holdover.check()
    await store.close()
