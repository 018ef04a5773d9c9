"""A worker that is killed, a queue that is emptied, and commands that look after jobs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cloudinary import uploader
from redis import Redis

from tests.hosting.test_cloudinary_sdk import picture
from tests.services.calotype import CALOTYPE, Server, serving

KILLS = int(os.environ.get("CALOTYPE_TEST_KILLS", "1"))
"""How often the worker is killed; `make kill-workers` says a hundred."""
SIZES = {"a": "c_fill,h_40,w_40", "b": "c_limit,w_60"}
SETTINGS = {
    "CALOTYPE_HOSTING__KEYS": json.dumps([{"key": "k", "secret": "s"}]),
    "CALOTYPE_HOSTING__EAGER": json.dumps(SIZES),
    "CALOTYPE_HOSTING__INLINE_WORKERS": "0",
    "CALOTYPE_RENDER__WORKERS": "1",
    "CALOTYPE_SERVER__WORKERS": "1",
}
ACCOUNT = {"api_key": "k", "api_secret": "s", "cloud_name": "calotype"}


def upload(server: Server, number: int) -> None:
    uploader.upload(picture(shade=number), public_id=f"kill{number}", upload_prefix=server.url, **ACCOUNT)


def start_worker(server: Server) -> subprocess.Popen[bytes]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CALOTYPE_")}
    with (server.data_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [CALOTYPE, "worker"],
            env=inherited | server.environment,
            cwd=server.data_dir,
            stdout=log,
            stderr=log,
        )


def stored(data_dir: Path) -> int:
    return sum(1 for path in (data_dir / "derived").rglob("*") if path.is_file())


def reached(data_dir: Path, number: int) -> bool:
    return stored(data_dir) >= number


def wait_for(condition: Callable[[], bool], seconds: float) -> float:
    started = time.monotonic()
    while not condition() and time.monotonic() - started < seconds:
        time.sleep(0.1)
    return time.monotonic() - started


def test_no_rendition_is_lost_with_a_worker_or_the_queue(tmp_path: Path) -> None:
    with serving(tmp_path, **SETTINGS) as server:
        for number in range(KILLS):
            upload(server, number)
            worker = start_worker(server)
            # Killed as soon as one rendition of this picture is there, or before.
            begun = 4 * number + 1
            wait_for(partial(reached, tmp_path, begun), 5 if number % 2 else 30)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        (socket,) = tmp_path.glob("valkey/*.sock")
        Redis(unix_socket_path=str(socket)).flushall()
        worker = start_worker(server)
        started = time.monotonic()
        try:
            wait_for(partial(reached, tmp_path, 4 * KILLS), 60 + KILLS)
            redelivered = time.monotonic() - started
            made = stored(tmp_path)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(40)
        again = server.run("warm", "--all", "--prefix", "kill")
        answer = server.get("/calotype/image/upload/c_limit,w_60/kill0.webp")
        told = server.run("jobs", "dead")
    print(f"{KILLS} kills; all was made {redelivered:.1f} s after the queue was emptied")

    assert 4 * KILLS == made, (tmp_path / "worker.log").read_text()[-3000:]
    assert f"0 made, {4 * KILLS} there already, 0 failed\n" == again
    assert "hit" in answer.headers["cache-status"]
    assert "# no dead letters\n" == told
