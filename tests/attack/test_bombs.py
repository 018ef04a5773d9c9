"""Hostile files, each through real render workers: a picture or a fair refusal, and nobody dies.

Each goes through two of the transformations, by turns; `make attack` pushes all through all, over HTTP, and
looks at the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle

import pytest

from proxy.renderer import RenderPool
from tests.attack.bombs import BOMBS, TRANSFORMATIONS, Bomb
from tests.attack.pushing import Outcome, peak_bytes, push

DEADLINE_SECONDS = 30
"""More than a server's 8: other tests want the same cores."""
AT_ONCE = 4
MOST_BYTES = 1_000_000_000
GROUPS = sorted({name.split(" ")[0].rpartition(".")[2] for name in BOMBS})


@pytest.fixture
async def pool() -> AsyncIterator[RenderPool]:
    """Workers that are not replaced, so that what they held at the most can be seen."""
    pool = RenderPool(
        workers=2,
        queue=10 * AT_ONCE,
        deadline_seconds=DEADLINE_SECONDS,
        recycle_after=1_000_000,
        max_memory_bytes=1 << 40,
    )
    await pool.start()
    yield pool
    await pool.close()


def test_there_are_many_bombs_of_every_format() -> None:
    assert len(BOMBS) > 600
    assert ["avif", "bmp", "gif", "heic", "ico", "jp2", "jpg", "jxl", "none", "pdf", "png"] == GROUPS[:11]
    assert ["svg", "tga", "tiff", "webp"] == GROUPS[11:]


@pytest.mark.parametrize("group", GROUPS)
async def test_bombs(pool: RenderPool, group: str) -> None:
    turn = asyncio.Semaphore(AT_ONCE)
    pids = {worker.pid for worker in pool._staff._workers}

    async def told(bomb: Bomb, asked: tuple[str, ...]) -> list[str]:
        async with turn:
            outcomes = await push(pool, bomb.make(), asked)
            return [_told(bomb, outcome) for outcome in outcomes if _wrong(bomb, outcome)]

    bombs = [bomb for name, bomb in BOMBS.items() if name.split(" ")[0].rpartition(".")[2] == group]
    pairs = cycle(zip(TRANSFORMATIONS[::2], TRANSFORMATIONS[1::2], strict=True))
    wrong = [line for lines in await asyncio.gather(*map(told, bombs, pairs)) for line in lines]

    assert [] == wrong
    # Of drawings some can only be found out by drawing them: those are stopped, and blamed for it.
    assert set(pool.restarts) <= ({"timeout"} if group == "svg" else set())
    assert MOST_BYTES > max(map(peak_bytes, pids))


def _wrong(bomb: Bomb, outcome: Outcome) -> bool:
    # A probe that succeeds says nothing yet: the transformations do.
    return outcome.status not in bomb.expected and (outcome.asked, outcome.status) != ("probe", 200)


def _told(bomb: Bomb, outcome: Outcome) -> str:
    return f"{bomb.name}: {outcome.asked} {outcome.status} {outcome.code} {outcome.message[:100]}"
