"""Named transformations in memory, and how changes of the database reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from origin.errors import MetadataUnavailable
from origin.metadata.named import NamedStore
from origin.metadata.store import MetadataStore
from proxy.presets import Presets
from tests.origin.house import prepare
from tests.services.render_pool import until


class Away:
    """A database that does not answer, or does something nobody foresaw."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    async def stamp(self) -> Any:
        self.asked += 1
        raise self.error


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[NamedStore]:
    metadata = MetadataStore(await prepare(tmp_path))
    yield NamedStore(metadata)
    await metadata.close()


async def test_both_kinds_are_known_and_the_settings_win(store: NamedStore) -> None:
    await store.put("card", "w_1")
    await store.put("fixed", "w_2")
    presets = Presets(store=store, named={"fixed": "w_3"})
    before = presets.complete
    await presets.look()

    assert {"card": "w_1", "fixed": "w_3"} == presets.named
    assert (False, True) == (before, presets.complete)


async def test_listeners_hear_of_changes_alone(store: NamedStore) -> None:
    heard: list[dict[str, str]] = []
    presets = Presets(store=store, named={})
    presets.on_change(lambda: heard.append(dict(presets.named)))
    await presets.look()
    await store.put("card", "w_1")
    await presets.look()
    await presets.look()
    await store.put("card", "w_2")
    await presets.look()
    await store.drop("card")
    await presets.look()

    assert [{"card": "w_1"}, {"card": "w_2"}, {}] == heard


async def test_the_date_of_the_last_change(store: NamedStore) -> None:
    await store.put("old", "w_1")
    await store.put("new", "w_1")
    await store.put("fixed", "w_1")
    presets = Presets(store=store, named={"fixed": "w_3"})
    await presets.look()
    dates = {name: preset.updated_at for name, preset in (await store.all()).items()}

    assert [dates["new"], dates["old"], 0, 0] == [
        presets.changed_at(names) for names in (("old", "new"), ("old",), ("fixed",), ("unknown",))
    ]


async def test_changes_are_seen_by_themselves(store: NamedStore) -> None:
    presets = Presets(store=store, named={}, poll_seconds=0.01)
    await presets.start()
    await store.put("card", "w_1")
    await until(lambda: bool(presets.named))
    await presets.close()

    assert {"card": "w_1"} == presets.named


async def test_a_name_that_is_missed_is_looked_for_but_not_by_everyone(
    store: NamedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    presets = Presets(store=store, named={})
    await presets.look()
    await store.put("card", "w_1")
    monkeypatch.setattr("proxy.presets._IMPATIENT_SECONDS", 60.0)
    too_soon = await presets.missed()
    monkeypatch.setattr("proxy.presets._IMPATIENT_SECONDS", 0.0)
    found = await presets.missed()

    assert (False, True, False) == (too_soon, found, await presets.missed())


@pytest.mark.parametrize("error", [MetadataUnavailable("gone"), RuntimeError("a fault")])
async def test_looking_goes_on_whatever_happens(error: Exception) -> None:
    away = Away(error)
    presets = Presets(store=away, named={"fixed": "w_1"}, poll_seconds=0.01)  # type: ignore[arg-type]
    if isinstance(error, MetadataUnavailable):
        await presets.start()
    else:
        presets._polling = asyncio.create_task(presets._poll())
    await until(lambda: away.asked >= 3)
    await presets.close()

    assert ({"fixed": "w_1"}, False) == (presets.named, presets.complete)
