"""`calotype worker` makes the configured renditions of an original as soon as it is known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.edge.conftest import put_originals
from tests.services.calotype import CALOTYPE, Server, serving

EAGER = json.dumps(["w_111/f_auto", "c_fill,h_50,w_50"])
CHROME = {"Accept": "image/avif,image/webp,*/*"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    put_originals(tmp_path / "originals")
    return tmp_path


def stored(data_dir: Path) -> int:
    return sum(1 for path in (data_dir / "derived").rglob("*") if path.is_file())


def test_the_sizes_are_there_before_anyone_asks(data_dir: Path) -> None:
    with serving(data_dir, CALOTYPE_EAGER=EAGER) as server:
        worker = start_worker(server)
        try:
            # Any request makes the original known.
            server.get("/w_9/cat.jpg")
            deadline = time.monotonic() + 30
            # Its own, and f_auto for four kinds of client (three formats), and the square.
            while stored(data_dir) < 5 and time.monotonic() < deadline:
                time.sleep(0.1)
            answers = [
                server.get("/w_111,f_auto/cat", CHROME),
                server.get("/w_111,f_auto/cat", {"Accept": "image/webp"}),
                server.get("/w_111,f_auto/cat"),
                server.get("/c_fill,h_50,w_50/cat.jpg"),
            ]
            made = server.metric("calotype_renders_total")
        finally:
            worker.send_signal(signal.SIGTERM)
            assert 0 == worker.wait(30)

    assert ["image/avif", "image/webp", "image/jpeg", "image/jpeg"] == [
        a.headers["content-type"] for a in answers
    ]
    assert all("hit" in answer.headers["cache-status"] for answer in answers)
    # The server itself rendered what was asked of it first, and nothing else.
    assert 1 == made


def start_worker(server: Server) -> subprocess.Popen[bytes]:
    log = (server.data_dir / "worker.log").open("wb")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CALOTYPE_")} | server.environment
    with log:
        return subprocess.Popen(
            [CALOTYPE, "worker"], env=environment, cwd=server.data_dir, stdout=log, stderr=log
        )
