"""The quick part of an overload: what is answered. `python -m benchmarks overload` measures how soon."""

from __future__ import annotations

from pathlib import Path

from benchmarks import processes
from tests.attack.flooding import SERVED
from tests.attack.overload import overload
from tests.edge.conftest import put_originals
from tests.services.calotype import serving


async def test_far_more_than_a_server_can_make(tmp_path: Path) -> None:
    put_originals(tmp_path / "originals")
    settings = {"CALOTYPE_RENDER__QUEUE": "2", "CALOTYPE_LIMITS__NEW_VARIANTS_PER_ASSET": "0"}
    with serving(tmp_path, **settings) as server:
        before = processes.tree(server.process.pid)
        found = await overload(server.url, original="cat.jpg", seconds=1.2)
        after = processes.tree(server.process.pid)
        log = server.log.read_text()

    assert [] == found.missed.wrong + found.beside.wrong + found.after.wrong
    assert {200} == set(found.beside.statuses)
    assert {200, 503} == set(found.missed.statuses) <= SERVED
    assert before == after
    assert "Traceback" not in log
