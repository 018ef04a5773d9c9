"""Renders of one original that wait at one moment: one worker, one decode, an answer and a fate for each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from proxy import render_foreman
from proxy.render_outcomes import let_go
from proxy.render_process import RenderProcess
from proxy.renderer import RenderPool
from tests.services.render_pool import MakePool, do, until
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.rendition import Rendition

ORIGINAL = ImageInfo("png", 400, 300)
"""All sizes of a PNG are made of the whole of it: they share its decode."""
HEAVY = ImageInfo("png", 6000, 4000)
NOTHING = ("sleep", 0)


def plan_of(width: int, original: ImageInfo = ORIGINAL) -> RenderPlan:
    return make_plan(parse(f"f_jpg,w_{width}"), original)


class Burst:
    """Renders of one original whose bytes say, by the width, what is done."""

    def __init__(self, pool: RenderPool, acts: dict[int, tuple[str, Any]], name: str = "burst") -> None:
        self.pool = pool
        self.order: list[int] = []
        self.name = name
        self.data = json.dumps({str(width): act for width, act in acts.items()}).encode()

    async def render(self, width: int, original: ImageInfo = ORIGINAL) -> Rendition:
        try:
            return await self.pool.render(plan_of(width, original), self.data, content_hash=self.name)
        finally:
            self.order.append(width)

    def begin(self, *widths: int) -> list[asyncio.Task[Rendition]]:
        return [asyncio.create_task(self.render(width)) for width in widths]


async def busy_until(pool: RenderPool, go: Path) -> list[asyncio.Task[Rendition]]:
    """Every worker busy until that file is there."""
    running = [asyncio.create_task(do(pool, "wait", str(go))) for _ in range(pool.alive)]
    await until(lambda: pool.busy == pool.alive)
    return running


def facts(rendition: object) -> dict[str, Any]:
    assert isinstance(rendition, Rendition)
    return dict(json.loads(rendition.body))


async def names(tasks: list[asyncio.Task[Rendition]]) -> list[str]:
    return [type(each).__name__ for each in await asyncio.gather(*tasks, return_exceptions=True)]


async def test_what_waits_for_one_original_is_one_series(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(), tmp_path / "go"
    running = await busy_until(pool, go)
    burst = Burst(pool, dict.fromkeys((60, 40, 50), NOTHING))
    tasks = burst.begin(60, 40, 50)
    await until(lambda: pool.depth == 3)
    go.touch()
    made = [facts(each) for each in await asyncio.gather(*tasks)]
    await asyncio.gather(*running)

    # The worker was sent the bytes once, for all three; alone each would have been sent them.
    assert ["series"] * 3 == [each["how"] for each in made]
    assert 2 == pool.shared
    # What is cheapest is answered first.
    assert [40, 50, 60] == burst.order


async def test_what_shares_nothing_is_done_alone(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(), tmp_path / "go"
    running = await busy_until(pool, go)
    large = ImageInfo("jpg", 4000, 3000)
    burst, other = Burst(pool, dict.fromkeys((50, 400), NOTHING)), Burst(pool, {50: NOTHING}, "other")
    renders: list[Awaitable[Rendition]] = [
        burst.render(50, large),
        burst.render(400, large),
        other.render(50),
    ]
    tasks = [asyncio.ensure_future(each) for each in renders]
    await until(lambda: pool.depth == 3)
    go.touch()
    await asyncio.gather(*running, *tasks)

    assert 0 == pool.shared


async def test_originals_of_no_name_are_not_taken_for_one(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(), tmp_path / "go"
    running = await busy_until(pool, go)
    tasks = [Burst(pool, {50: act}, "").begin(50)[0] for act in (("refuse", None), NOTHING)]
    await until(lambda: pool.depth == 2)
    go.touch()

    assert ["BrokenImage", "Rendition"] == await names(tasks)
    assert 0 == pool.shared
    await asyncio.gather(*running)


async def test_idle_workers_take_their_part(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(workers=2), tmp_path / "go"
    running = await busy_until(pool, go)
    burst = Burst(pool, dict.fromkeys(range(300, 306), ("sleep", 0.05)))
    tasks = burst.begin(*range(300, 306))
    await until(lambda: pool.depth == 6)
    go.touch()
    made = [facts(each) for each in await asyncio.gather(*tasks)]
    await asyncio.gather(*running)

    assert 2 == len({each["pid"] for each in made})
    assert 4 == pool.shared


async def test_a_death_costs_one_render(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(queue=20), tmp_path / "go"
    running = await busy_until(pool, go)
    acts = dict.fromkeys(range(40, 46), NOTHING) | {41: ("exit", 3), 43: ("refuse", None)}
    tasks = Burst(pool, acts).begin(*acts)
    await until(lambda: pool.depth == 6)
    go.touch()
    found = await names(tasks)
    await asyncio.gather(*running)

    assert ["Rendition", "WorkerDied", "Rendition", "BrokenImage", "Rendition", "Rendition"] == found
    assert {"died": 1} == {reason: count for reason, count in pool.restarts.items() if count}


async def test_what_waits_is_refused_once_its_original_is_poison(make_pool: MakePool, tmp_path: Path) -> None:
    """Two workers are lost over it, however many renders of it wait."""
    pool, go = await make_pool(queue=20), tmp_path / "go"
    running = await busy_until(pool, go)
    acts = dict.fromkeys(range(40, 46), ("exit", 3))
    tasks = Burst(pool, acts).begin(*acts)
    await until(lambda: pool.depth == 6)
    go.touch()
    found = await names(tasks)
    await asyncio.gather(*running)

    assert ["WorkerDied"] * 2 + ["Poisoned"] * 4 == sorted(found, reverse=True)
    assert {"died": 2} == pool.restarts


async def test_a_deadline_is_that_of_one_render(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(deadline_seconds=0.5), tmp_path / "go"
    running = await busy_until(pool, go)
    acts = {40: ("sleep", 0.3), 41: ("sleep", 0.3), 42: ("sleep", 9), 43: NOTHING}
    tasks = Burst(pool, acts).begin(*acts)
    await until(lambda: pool.depth == 4)
    go.touch()
    found = await names(tasks)
    await asyncio.gather(*running)

    assert ["Rendition", "Rendition", "RenderTimeout", "Rendition"] == found
    assert {"timeout": 1} == pool.restarts


async def test_what_nobody_waits_for_any_more_is_passed_over(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go, made = await make_pool(), tmp_path / "go", tmp_path / "made"
    running = await busy_until(pool, go)
    acts: dict[int, tuple[str, Any]] = {40: NOTHING, 41: ("write", str(made)), 42: NOTHING}
    tasks = Burst(pool, acts).begin(*acts)
    await until(lambda: pool.depth == 3)
    tasks[1].cancel()
    go.touch()
    await asyncio.gather(tasks[0], tasks[2], *running)

    assert not made.exists()


async def test_who_waits_for_something_else_has_a_turn(make_pool: MakePool, tmp_path: Path) -> None:
    """Somebody came before most of a burst did: what is left of it after a moment is done after him."""
    pool, go, order = await make_pool(queue=20), tmp_path / "go", list[str]()

    async def note(name: str, work: Awaitable[object]) -> None:
        await work
        order.append(name)

    running = await busy_until(pool, go)
    burst = Burst(pool, dict.fromkeys(range(40, 46), ("sleep", 0.2)))
    first = asyncio.create_task(note("burst", burst.render(40)))
    await until(lambda: pool.depth == 1)
    other = asyncio.create_task(note("other", do(pool, *NOTHING)))
    await until(lambda: pool.depth == 2)
    rest = [asyncio.create_task(note("burst", burst.render(width))) for width in range(41, 46)]
    await until(lambda: pool.depth == 7)
    go.touch()
    await asyncio.gather(first, other, *rest, *running)

    assert 0 < order.index("other") < 5


async def test_a_worker_lets_go_of_what_is_left_of_a_series(
    make_pool: MakePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of a batch was given up: nothing of the original stays behind in a worker that is idle."""
    let: list[bool] = []

    async def noted(worker: RenderProcess) -> bool:
        let.append(await let_go(worker))
        return let[-1]

    monkeypatch.setattr(render_foreman, "let_go", noted)
    pool, go, gate = await make_pool(), tmp_path / "go", tmp_path / "gate"
    running = await busy_until(pool, go)
    tasks = Burst(pool, {40: ("wait", str(gate)), 41: NOTHING}).begin(40, 41)
    await until(lambda: pool.depth == 2)
    go.touch()
    await until(lambda: pool.depth == 1)
    tasks[1].cancel()
    gate.touch()
    await asyncio.gather(tasks[0], *running)
    await do(pool, *NOTHING)

    assert [True] == let
    assert {} == pool.restarts


async def test_first_waits_for_who_is_on_the_way(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2)
    burst = Burst(pool, dict.fromkeys((300, 301), NOTHING))
    with pool.coming("burst") as one, pool.coming("burst") as two:
        plans = [plan_of(width, HEAVY) for width in (300, 301)]
        first = asyncio.create_task(pool.render(plans[0], burst.data, content_hash="burst", coming=one))
        await until(lambda: pool.depth == 1)
        second = asyncio.create_task(pool.render(plans[1], burst.data, content_hash="burst", coming=two))
        await asyncio.gather(first, second)

    assert 1 == pool.shared


async def test_nobody_waits_for_long_for_who_does_not_come(make_pool: MakePool) -> None:
    pool = await make_pool()
    burst = Burst(pool, {300: NOTHING})
    with pool.coming("burst") as one, pool.coming("burst"):
        plan = plan_of(300, HEAVY)
        rendition = await pool.render(plan, burst.data, content_hash="burst", coming=one)

    assert rendition.timings["queue"] < 5000


async def test_a_batch_that_there_is_no_memory_for_is_done_one_by_one(
    make_pool: MakePool, tmp_path: Path
) -> None:
    pool, go = await make_pool(workers=2, memory_bytes=4_700_000), tmp_path / "go"
    running = await busy_until(pool, go)
    burst = Burst(pool, dict.fromkeys((40, 50), NOTHING))
    tasks = burst.begin(40, 50)
    await until(lambda: pool.depth == 2)
    go.touch()
    made = [facts(each) for each in await asyncio.gather(*tasks)]
    await asyncio.gather(*running)

    assert ["render"] * 2 == [each["how"] for each in made]
