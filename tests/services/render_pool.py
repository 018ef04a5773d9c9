"""Render pools whose workers do the odd jobs of `tests/proxy/render_jobs.py`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from proxy.renderer import RenderPool
from tests.proxy.render_jobs import COMMAND
from transforms.rendition import Rendition

MakePool = Callable[..., Awaitable[RenderPool]]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    """Starts pools whose workers do the jobs of `render_jobs`, and closes them."""
    pools: list[RenderPool] = []

    async def make(**settings: Any) -> RenderPool:
        defaults: dict[str, Any] = {"workers": 1, "queue": 8, "deadline_seconds": 20.0, "command": COMMAND}
        pools.append(RenderPool(**(defaults | settings)))
        await pools[-1].start()
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


async def do(pool: RenderPool, act: str, value: Any = None, data: bytes = b"", **settings: Any) -> Rendition:
    return await pool.render((act, value), data, **settings)  # type: ignore[arg-type]


async def told(pool: RenderPool, act: str, value: Any = None, data: bytes = b"") -> Any:
    return json.loads((await do(pool, act, value, data)).body)


async def pid_of(pool: RenderPool) -> int:
    return int((await told(pool, "sleep", 0))["pid"])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that is bound to happen; the bound is for a broken pool."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the pool has no event for what it does by itself
            await asyncio.sleep(0.01)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
