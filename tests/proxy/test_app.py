"""How the parts are put together, where nothing smaller can show it."""

from __future__ import annotations

import pytest

from proxy.app import build_pool
from proxy.config import Settings


@pytest.mark.parametrize(("processes", "workers"), [(1, 2), (2, 1), (8, 1)])
async def test_render_workers_are_shared_out_among_processes(processes: int, workers: int) -> None:
    settings = Settings.model_validate({"render": {"workers": 2}, "server": {"workers": 8}})
    pool = build_pool(settings, processes=processes)
    await pool.start()
    alive = pool.alive
    await pool.close()

    assert workers == alive
