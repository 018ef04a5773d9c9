"""Renders that nobody waits for: after all others, several from one original, none lost with a worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from proxy.renderer import PoolClosed, QueueFull, RenderPool, WorkerDied
from tests.services.render_pool import MakePool, do, until
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.rendition import Rendition

ORIGINAL = ImageInfo("jpg", 400, 300)
NOTHING = ("sleep", 0)


def series_of(acts: Sequence[tuple[str, Any]]) -> tuple[list[RenderPlan], bytes]:
    """Plans, and the bytes that say what is done for each."""
    plans = [make_plan(parse(f"w_{width}"), ORIGINAL) for width in range(10, 10 + len(acts))]
    return plans, json.dumps({str(10 + at): act for at, act in enumerate(acts)}).encode()


async def noted(pool: RenderPool, acts: Sequence[tuple[str, Any]], order: list[str]) -> list[object]:
    """The outcomes of a series, and the order in which they come."""
    plans, data = series_of(acts)
    found = []
    async for outcome in pool.series(plans, data, content_hash="series"):
        order.append(f"item {len(found)}")
        found.append(outcome)
    return found


def pids(outcomes: Iterable[object]) -> list[int]:
    return [json.loads(each.body)["pid"] for each in outcomes if isinstance(each, Rendition)]


async def live(pool: RenderPool, name: str, order: list[str], act: tuple[str, Any] = NOTHING) -> None:
    await do(pool, *act)
    order.append(name)


async def test_one_worker_makes_all_of_a_series(make_pool: MakePool) -> None:
    pool = await make_pool(workers=2)
    outcomes = await noted(pool, [NOTHING] * 3, [])

    assert 3 == len(pids(outcomes))
    assert 1 == len(set(pids(outcomes)))


async def test_who_waits_goes_before_the_rest_of_a_series(make_pool: MakePool, tmp_path: Path) -> None:
    pool, order, go = await make_pool(), list[str](), tmp_path / "go"
    series = asyncio.create_task(noted(pool, [("wait", str(go)), NOTHING, NOTHING], order))
    await until(lambda: pool.busy == 1)
    waiting = asyncio.create_task(live(pool, "live", order))
    await until(lambda: pool.depth == 1)
    go.touch()
    await asyncio.gather(series, waiting)

    assert {"item 0", "live"} == set(order[:2])
    assert ["item 1", "item 2"] == order[2:]


async def test_a_series_begins_when_nobody_else_waits(make_pool: MakePool, tmp_path: Path) -> None:
    pool, order, go = await make_pool(), list[str](), tmp_path / "go"
    running = asyncio.create_task(live(pool, "running", order, ("wait", str(go))))
    await until(lambda: pool.busy == 1)
    series = asyncio.create_task(noted(pool, [NOTHING], order))
    await asyncio.sleep(0)
    later = [asyncio.create_task(live(pool, f"later {number}", order)) for number in range(3)]
    await until(lambda: pool.depth == 3)
    go.touch()
    await asyncio.gather(running, series, *later)

    assert ["running", "later 0", "later 1", "later 2", "item 0"] == order


async def test_a_series_takes_no_place_in_the_queue(make_pool: MakePool, tmp_path: Path) -> None:
    pool, order, go = await make_pool(queue=1), list[str](), tmp_path / "go"
    running = asyncio.create_task(live(pool, "running", order, ("wait", str(go))))
    await until(lambda: pool.busy == 1)
    series = [asyncio.create_task(noted(pool, [NOTHING], [])) for _ in range(5)]
    await asyncio.sleep(0)
    waiting = asyncio.create_task(live(pool, "waiting", order))
    await until(lambda: pool.depth == 1)
    with pytest.raises(QueueFull):
        await do(pool, *NOTHING)
    go.touch()
    await asyncio.gather(running, waiting, *series)

    assert ["running", "waiting"] == order


async def test_a_render_that_fails_costs_the_others_nothing(make_pool: MakePool) -> None:
    pool = await make_pool()
    outcomes = await noted(pool, [NOTHING, ("refuse", None), ("exit", 3), NOTHING], [])
    before, refused, died, after = outcomes

    assert isinstance(refused, BrokenImage)
    assert isinstance(died, WorkerDied)
    assert pids([before]) != pids([after])
    assert {"died": 1} == {reason: n for reason, n in pool.restarts.items() if n}


async def test_a_series_that_nobody_wants_any_more_ends(make_pool: MakePool, tmp_path: Path) -> None:
    pool, go = await make_pool(), tmp_path / "go"
    made = tmp_path / "made"
    series = asyncio.create_task(noted(pool, [("wait", str(go)), ("write", str(made))], []))
    await until(lambda: pool.busy == 1)
    series.cancel()
    await asyncio.gather(series, return_exceptions=True)
    go.touch()
    await do(pool, *NOTHING)

    assert not made.exists()


async def test_a_pool_that_closes_says_so(make_pool: MakePool, tmp_path: Path) -> None:
    pool = await make_pool()
    under_way = asyncio.create_task(noted(pool, [("wait", str(tmp_path / "never"))], []))
    await until(lambda: pool.busy == 1)
    await pool.close()

    with pytest.raises(PoolClosed):
        await under_way
    with pytest.raises(PoolClosed):
        await noted(pool, [NOTHING], [])
