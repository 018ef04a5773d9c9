"""Everybody at once on one URL that nobody has asked for, and a leader who dies while they wait."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import URLError

from benchmarks import processes
from benchmarks.load import Job, load
from tests.attack.rows import Row
from tests.edge.conftest import photograph
from tests.services.calotype import Server, serving
from tests.services.counting import Counter as Door
from tests.services.counting import counting
from tests.services.s3 import S3Server

GROUP = "herd"
_DEADLINE_SECONDS = 60.0
_SLOW = "/w_3000,h_3000,c_fill,f_avif/leader.jpg"
"""A render that takes long enough for its leader to be killed in it."""


def fill(client: Any, s3: S3Server, rounds: int) -> None:
    """Put the originals into the bucket; a cold one for each round."""
    body = photograph(2000, 1500).write_to_buffer(".jpg", Q=90)
    for name in (*(f"cold{number}.jpg" for number in range(rounds)), "leader.jpg", "warm.jpg"):
        client.put_object(Bucket=s3.bucket, Key=name, Body=body + name.encode())


def settings(door: Door, s3: S3Server, redis_url: str, database: Path) -> dict[str, str]:
    """What instances of one cluster have in common."""
    storage = {
        "kind": "s3",
        "bucket": s3.bucket,
        "endpoint_url": door.url,
        "region": "us-east-1",
        "access_key_id": s3.access_key_id,
        "secret_access_key": s3.secret_access_key,
        "addressing_style": "path",
    }
    return {
        "CALOTYPE_MOUNTS": json.dumps([{"prefix": "", "storage": storage}]),
        "CALOTYPE_REDIS__URL": redis_url,
        "CALOTYPE_METADATA__URL": f"sqlite:///{database}",
        "CALOTYPE_LOG__ACCESS": "false",
    }


def stampede(folder: Path, s3: S3Server, redis_url: str, *, clients: int, rounds: int = 1) -> Iterator[Row]:
    """So many clients at one moment, over four processes, on one cold URL of an original nobody has read."""
    with counting(s3.endpoint_url) as door:
        common = settings(door, s3, redis_url, folder / "herd.db")
        with serving(folder / "herd", **common, CALOTYPE_SERVER__WORKERS="4") as server:
            server.get("/w_50/warm.jpg")
            for number in range(rounds):
                yield _one_stampede(server, door, clients, f"cold{number}.jpg")


def _one_stampede(server: Server, door: Door, clients: int, name: str) -> Row:
    before = server.metric("calotype_renders_total")
    job = Job(server.port, (f"/w_300,f_jpg/{name}",), clients, clients, _DEADLINE_SECONDS, compare=True)
    outcome = load(job)
    renders = server.metric("calotype_renders_total") - before
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items()))
    got = f"{statuses}; {outcome.bodies} body, {door.reads(name)} read, {renders:.0f} render"
    holds = (outcome.ok, outcome.bodies, door.reads(name), renders) == (clients, 1, 1, 1)
    case = f"{clients:,} clients, 4 processes, one cold URL"
    return Row(
        GROUP, case, "200 for all; 1 body, 1 read, 1 render", got, seconds=outcome.seconds, holds=holds
    )


def leader_killed(
    folder: Path, s3: S3Server, redis_url: str, *, clients: int, others: int = 3
) -> Iterator[Row]:
    """kill -9 for the process that renders, while clients of so many others wait for it."""
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(counting(s3.endpoint_url))
        common = settings(door, s3, redis_url, folder / "leader.db") | {"CALOTYPE_SERVER__WORKERS": "1"}
        leader, *followers = (
            stack.enter_context(serving(folder / f"instance{number}", **common))
            for number in range(1 + others)
        )
        pool = stack.enter_context(ThreadPoolExecutor(clients + 1))
        first = pool.submit(_status, leader)
        _until(lambda: door.reads("leader.jpg") == 1 and door.reading == 0)
        waiting = [pool.submit(_status, followers[number % others]) for number in range(clients)]
        time.sleep(0.3)
        rendering = not first.done()
        workers = [pid for pid in processes.tree(leader.process.pid) if processes.role(pid) == "worker"]
        os.kill(_web_process(leader), signal.SIGKILL)
        killed = time.monotonic()
        statuses = Counter(each.result() for each in waiting)
        took = time.monotonic() - killed
        renders = sum(server.metric("calotype_renders_total") for server in followers)
        got = f"{dict(statuses)}; {renders:.0f} render, {door.reads('leader.jpg')} reads"
        holds = rendering and statuses == {200: clients} and renders == 1 and door.reads("leader.jpg") <= 2
        name = f"the leader killed mid-render, {clients} clients of {others} others"
        expected = "200 for all; at most 1 render besides the leader's, at most 2 reads"
        yield Row(GROUP, name, expected, got, seconds=took, holds=holds)
        yield _leader_is_back(leader, workers)


def _leader_is_back(leader: Server, workers: list[int]) -> Row:
    """Its supervisor starts it again, and what it had at work is gone."""
    with contextlib.suppress(TimeoutError):
        _until(lambda: _status(leader) == 200)
        _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    left = sum(Path(f"/proc/{pid}").exists() for pid in workers)
    status = _status(leader)
    got = f"{status}, {left} render workers left over"
    return Row(
        GROUP, "the leader afterwards", "200, nothing left over", got, holds=(status, left) == (200, 0)
    )


def _status(server: Server) -> int:
    """0 for no answer."""
    try:
        return server.get(_SLOW).status
    except (URLError, OSError):
        return 0


def _web_process(server: Server) -> int:
    return next(pid for pid in processes.tree(server.process.pid) if processes.role(pid) == "http")


def _until(check: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came true")
        time.sleep(0.01)


def administrator(s3: S3Server) -> Any:
    """A client that may do everything."""
    from botocore.session import get_session

    return get_session().create_client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )
