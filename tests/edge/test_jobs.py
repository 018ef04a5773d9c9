"""A worker that is killed, a queue that is emptied, and commands that look after jobs."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cloudinary import uploader
from redis import Redis

from benchmarks.machine import facts
from benchmarks.report import Column, Row, Run, Table, lines, save
from proxy.variant import original_part
from tests.hosting.test_cloudinary_sdk import picture
from tests.services.calotype import CALOTYPE, Server, serving

KILLS = int(os.environ.get("CALOTYPE_TEST_KILLS", "1"))
"""How often the worker is killed; `make kill-workers` says a hundred."""
FIGURES = os.environ.get("CALOTYPE_TEST_FIGURES")
"""A folder that is to have what was measured."""
SIZES = {"a": "c_fill,h_40,w_40", "b": "c_scale,w_2000"}
"""Made in two formats each; the larger ones take long enough for a worker to be killed over them."""
EACH = 4
SETTINGS = {
    "CALOTYPE_HOSTING__KEYS": json.dumps([{"key": "k", "secret": "s"}]),
    "CALOTYPE_HOSTING__EAGER": json.dumps(SIZES),
    "CALOTYPE_HOSTING__INLINE_WORKERS": "0",
    "CALOTYPE_RENDER__WORKERS": "1",
    "CALOTYPE_SERVER__WORKERS": "1",
}
ACCOUNT = {"api_key": "k", "api_secret": "s", "cloud_name": "calotype"}


def upload(server: Server, number: int) -> str:
    """How the keys begin of what is made of the picture."""
    data = picture(shade=number)
    uploader.upload(data, public_id=f"kill{number}", upload_prefix=server.url, **ACCOUNT)
    return original_part(hashlib.sha256(data).hexdigest())


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


def stored(data_dir: Path) -> list[Path]:
    return list((data_dir / "derived").rglob("*.variant"))


def reached(data_dir: Path, number: int) -> bool:
    return len(stored(data_dir)) >= number


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)


def of_picture(paths: Iterable[Path], key: str) -> list[Path]:
    """The renditions of one picture."""
    return [path for path in paths if path.name.startswith(key)]


@dataclass
class Kill:
    """A worker killed over a picture: when, and what there was of the picture by then."""

    at: float
    key: str
    there: int

    def redelivered(self, paths: Iterable[Path]) -> float:
        """Seconds until all of the picture was there."""
        return max(path.stat().st_mtime for path in of_picture(paths, self.key)) - self.at


def told(kills: Sequence[Kill], seconds: Sequence[float], last: float) -> Run:
    """What was measured, as the benchmarks keep it."""
    columns = (
        Column("seconds", "redelivered after s", 1),
        Column("there", "renditions there", 0),
        Column("last", "all there after s", 1),
    )
    there = tuple(float(kill.there) for kill in kills)
    samples = {"seconds": tuple(seconds), "there": there, "last": (last,)}
    between = sum(0 < number for number in there)
    notes = (
        f"{len(kills)} of {KILLS} workers were killed before all of a picture was there, {between} of them",
        f"  between two of its {EACH} renditions; who took its job up again was killed in turn. A lease is",
        "  15 s. all there: after the last kill the queue was emptied as well.",
    )
    row = Row("killed with SIGKILL", samples)
    title = "renditions after their worker was killed"
    return Run(facts(), (Table("redelivery", title, columns, (row,), notes),))


def test_no_rendition_is_lost_with_a_worker_or_the_queue(tmp_path: Path) -> None:
    kills: list[Kill] = []
    with serving(tmp_path, **SETTINGS) as server:
        for number in range(KILLS):
            key = upload(server, number)
            worker = start_worker(server)
            # Killed as soon as one rendition of this picture is there, or before.
            begun = len(stored(tmp_path)) + 1
            wait_for(partial(reached, tmp_path, begun), 5 if number % 2 else 30)
            worker.send_signal(signal.SIGKILL)
            kills.append(Kill(time.time(), key, len(of_picture(stored(tmp_path), key))))
            worker.wait()
        (socket,) = tmp_path.glob("valkey/*.sock")
        Redis(unix_socket_path=str(socket)).flushall()
        worker = start_worker(server)
        started = time.monotonic()
        try:
            wait_for(partial(reached, tmp_path, EACH * KILLS), 60 + 3 * KILLS)
            last = time.monotonic() - started
            made = stored(tmp_path)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(40)
        again = server.run("warm", "--all", "--prefix", "kill")
        answer = server.get("/calotype/image/upload/c_scale,w_2000/kill0.webp")
        dead = server.run("jobs", "dead")

    assert EACH * KILLS == len(made), (tmp_path / "worker.log").read_text()[-3000:]
    assert f"0 made, {EACH * KILLS} there already, 0 failed\n" == again
    assert "hit" in answer.headers["cache-status"]
    assert "# no dead letters\n" == dead
    # What was there before the kill was not interrupted.
    broken = [kill for kill in kills if kill.there < EACH]
    run = told(broken, [kill.redelivered(made) for kill in broken], last)
    print("\n".join(lines(run.tables[0])))
    if FIGURES:
        save(run, Path(FIGURES))
