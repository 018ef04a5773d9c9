"""Long renders have a lane of their own: thumbnails never wait for them, and they are never forgotten."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from proxy import render_lanes
from proxy.render_lanes import Lanes
from proxy.render_terms import RenderTerms
from proxy.renderer import QueueFull, RenderPool
from tests.services.render_pool import MakePool, until
from tests.transforms.inventing import planned
from transforms.cost import cost
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.rendition import Rendition

THUMBNAIL = planned(parse("f_jpg,w_90"), ImageInfo("jpg", 400, 300))
MONSTER = planned(parse("f_gif,w_90"), ImageInfo("gif", 700, 600, pages=100, animated=True))


async def make(pool: RenderPool, plan: Any, number: int, act: tuple[str, Any] = ("sleep", 0)) -> Rendition:
    """A render of an original of its own."""
    return await pool.render(plan, json.dumps({"90": act}).encode(), content_hash=f"{number} {act}")


class Order:
    """In which order renders are done."""

    def __init__(self, pool: RenderPool) -> None:
        self.pool = pool
        self.done: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def _note(self, name: str, work: Awaitable[object]) -> None:
        await work
        self.done.append(name)

    def begin(self, name: str, plan: Any, act: tuple[str, Any] = ("sleep", 0)) -> None:
        work = make(self.pool, plan, len(self.tasks), act)
        self.tasks.append(asyncio.create_task(self._note(name, work)))

    async def all(self) -> list[str]:
        await asyncio.gather(*self.tasks)
        return self.done


def test_what_is_long_is_foreseen() -> None:
    terms, off = RenderTerms(8.0), RenderTerms(8.0, long_seconds=0)

    assert [False, True] == [terms.takes_long(plan) for plan in (THUMBNAIL, MONSTER)]
    assert not off.takes_long(MONSTER)


async def test_thumbnails_are_made_beside_a_flood_of_monsters(make_pool: MakePool, tmp_path: Path) -> None:
    """Of two workers one stays free for them, whatever waits."""
    pool, go = await make_pool(workers=2, queue=20), tmp_path / "go"
    order = Order(pool)
    for _ in range(6):
        order.begin("monster", MONSTER, ("wait", str(go)))
    await until(lambda: pool.depth == 5)
    for number in range(10):
        await make(pool, THUMBNAIL, number)
    waiting = pool.depths["long"]
    go.touch()
    await order.all()

    assert 5 == waiting


async def test_short_ones_go_first_where_there_is_one_worker(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(queue=20), tmp_path / "go"
    order = Order(pool)
    order.begin("running", THUMBNAIL, ("wait", str(go)))
    await until(lambda: pool.busy == 1)
    for _ in range(2):
        order.begin("monster", MONSTER)
    for _ in range(3):
        order.begin("thumbnail", THUMBNAIL)
    await until(lambda: pool.depth == 5)
    go.touch()

    assert ["running", "thumbnail", "thumbnail", "thumbnail", "monster", "monster"] == await order.all()


async def test_long_ones_that_have_waited_take_turns_with_short_ones(
    make_pool: MakePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much time as a monster took belongs to thumbnails before the next monster has its turn."""
    monkeypatch.setattr(render_lanes, "_AGED_SECONDS", 0.0)
    pool, go = await make_pool(queue=20), tmp_path / "go"
    order = Order(pool)
    order.begin("running", THUMBNAIL, ("wait", str(go)))
    await until(lambda: pool.busy == 1)
    for _ in range(2):
        order.begin("monster", MONSTER, ("sleep", 0.3))
    for _ in range(8):
        order.begin("thumbnail", THUMBNAIL, ("sleep", 0.1))
    await until(lambda: pool.depth == 10)
    go.touch()
    done = await order.all()
    first, second = (at for at, name in enumerate(done) if name == "monster")

    assert 1 == first
    assert 2 <= second - first < 8


async def test_long_ones_leave_half_of_the_queue(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(queue=6), tmp_path / "go"
    order = Order(pool)
    order.begin("running", MONSTER, ("wait", str(go)))
    await until(lambda: pool.busy == 1)
    for _ in range(3):
        order.begin("monster", MONSTER)
    await until(lambda: pool.depth == 3)
    with pytest.raises(QueueFull):
        await make(pool, MONSTER, 9)
    with pytest.raises(QueueFull):
        pool.room.check(long=True)
    pool.room.check()
    order.begin("thumbnail", THUMBNAIL)
    await until(lambda: pool.depth == 4)
    go.touch()

    assert ["running", "thumbnail", "monster", "monster", "monster"] == await order.all()


async def test_how_long_monsters_take_turns_no_thumbnail_away(make_pool: MakePool, tmp_path: Path) -> None:
    """That there is hope for who waits is told by what is of his kind."""
    pool, go = await make_pool(queue=20, queue_timeout_seconds=1.0), tmp_path / "go"
    await make(pool, MONSTER, 0, ("sleep", 0.9))
    order = Order(pool)
    order.begin("running", THUMBNAIL, ("wait", str(go)))
    await until(lambda: pool.busy == 1)
    order.begin("monster", MONSTER)
    await until(lambda: pool.depth == 1)
    with pytest.raises(QueueFull):
        await make(pool, MONSTER, 8)
    order.begin("thumbnail", THUMBNAIL)
    await until(lambda: pool.depth == 2)
    go.touch()

    assert ["running", "thumbnail", "monster"] == await order.all()


async def test_what_nobody_waits_for_leaves_a_worker_free_too(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(workers=2), tmp_path / "go"
    data = json.dumps({"90": ("wait", str(go))}).encode()

    async def ahead() -> None:
        async for _ in pool.series([MONSTER], data, content_hash="ahead"):
            pass

    series = [asyncio.create_task(ahead()) for _ in range(2)]
    await until(lambda: pool.busy == 1)
    await make(pool, THUMBNAIL, 0)
    waiting = pool.depths["series"]
    go.touch()
    await asyncio.gather(*series)

    assert 1 == waiting


async def test_what_a_render_used_is_held_against_what_was_foreseen(make_pool: MakePool) -> None:
    told: list[tuple[float, float]] = []
    pool = await make_pool(foreseen=lambda *seconds: told.append(seconds))
    await make(pool, THUMBNAIL, 0, ("sleep", 0.2))
    foreseen, used = told[0]

    assert cost(THUMBNAIL).seconds == foreseen
    # Of the CPU, which it hardly used: a busy machine is no error of the estimate.
    assert 0 < used < 0.2


def test_one_worker_does_both() -> None:
    lanes = Lanes(workers=1)
    before = lanes.is_open
    lanes.begin()

    assert (True, False) == (before, lanes.is_open)
    assert ["probe", "look", "summarize", "render"] == list(lanes.order(None))
