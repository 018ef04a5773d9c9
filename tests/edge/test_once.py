"""One render and one read of the original per variant, however many ask, over processes and instances."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiobotocore.session import get_session

from tests.edge.conftest import photograph
from tests.services.calotype import Server, serving
from tests.services.counting import Counter, counting
from tests.services.s3 import S3Server


@pytest.fixture
def counter(s3_bucket: S3Server) -> Iterator[Counter]:
    """A counting door to a bucket that holds cat.jpg, dog.jpg and new0.jpg to new5.jpg."""
    asyncio.run(_fill(s3_bucket))
    with counting(s3_bucket.endpoint_url) as running:
        yield running


async def _fill(s3: S3Server) -> None:
    async with get_session().create_client(
        "s3",
        endpoint_url=s3.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    ) as client:
        strangers = [(f"new{n}.jpg", photograph(900, 700, 10 + n)) for n in range(6)]
        for name, image in (
            ("cat.jpg", photograph(2000, 1500)),
            ("dog.jpg", photograph(800, 600, 4)),
            *strangers,
        ):
            body = image.write_to_buffer(".jpg", Q=90)
            await client.put_object(Bucket=s3.bucket, Key=name, Body=body)


def settings(counter: Counter, s3: S3Server, redis_url: str, database: Path) -> dict[str, str]:
    """What instances of one cluster have in common: bucket, Redis, database."""
    storage = {
        "kind": "s3",
        "bucket": s3.bucket,
        "endpoint_url": counter.url,
        "region": "us-east-1",
        "access_key_id": s3.access_key_id,
        "secret_access_key": s3.secret_access_key,
        "addressing_style": "path",
    }
    return {
        "CALOTYPE_MOUNTS": json.dumps([{"prefix": "", "storage": storage}]),
        "CALOTYPE_REDIS__URL": redis_url,
        "CALOTYPE_METADATA__URL": f"sqlite:///{database}",
        "CALOTYPE_SERVER__WORKERS": "2",
    }


def ask_together(servers: list[Server], path: str, clients: int) -> list[int]:
    """The statuses of `clients` simultaneous requests, dealt out over the servers."""

    def ask(number: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", servers[number % len(servers)].port, timeout=60)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(ask, range(clients)))


def total(servers: list[Server], metric: str) -> float:
    return sum(server.metric(metric) for server in servers)


def test_a_stampede_over_four_processes_of_two_instances(
    counter: Counter, s3_bucket: S3Server, valkey: str, postgres_url: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "unused.db")
    common["CALOTYPE_METADATA__URL"] = postgres_url
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(tmp_path / name, **common)) for name in ("one", "two")]
        statuses = ask_together(servers, "/w_300,f_webp/cat.jpg", clients=120)

        assert [200] * 120 == statuses
        assert 1 == counter.reads("cat.jpg")
        assert 1 == total(servers, "calotype_renders_total")
        assert 1 == total(servers, "calotype_origin_reads_total")
        assert total(servers, "calotype_coalesced_total") >= 100


def test_no_original_is_read_twice_when_everyone_meets_it_at_once(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db") | {"CALOTYPE_SERVER__WORKERS": "4"}
    with serving(tmp_path / "one", **common) as server:
        # Six originals that nobody knows: whoever learns one must also be the one who renders it.
        statuses = [ask_together([server], f"/w_200,f_webp/new{n}", clients=60) for n in range(6)]

        assert [[200] * 60] * 6 == statuses
        assert [1] * 6 == [counter.reads(f"new{n}.jpg") for n in range(6)]
        assert 6 == server.metric("calotype_renders_total")


def test_a_leader_outlives_its_client(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    with serving(tmp_path / "one", **settings(counter, s3_bucket, valkey, tmp_path / "facts.db")) as server:
        counter.delay_seconds = 0.5
        with socket.create_connection(("127.0.0.1", server.port)) as impatient:
            impatient.sendall(b"GET /w_310/cat.jpg HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.2)
        answer = server.get("/w_310/cat.jpg")

        assert 200 == answer.status
        assert 1 == counter.reads("cat.jpg")
        assert 1 == server.metric("calotype_renders_total")


def test_a_process_killed_while_it_leads_is_followed_by_another(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db") | {"CALOTYPE_SERVER__WORKERS": "1"}
    with ExitStack() as stack:
        leader, follower = (stack.enter_context(serving(tmp_path / n, **common)) for n in ("one", "two"))
        counter.delay_seconds = 1.0
        with socket.create_connection(("127.0.0.1", leader.port)) as asking, ThreadPoolExecutor(1) as pool:
            asking.sendall(b"GET /w_320/cat.jpg HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.3)
            waiting = pool.submit(follower.get, "/w_320/cat.jpg")
            time.sleep(0.2)
            os.kill(_web_process(leader), signal.SIGKILL)
            counter.delay_seconds = 0.0

            assert 200 == waiting.result(30).status


def _web_process(server: Server) -> int:
    """The one HTTP process below `calotype serve`."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return next(int(pid) for pid in children if "proxy.web" in Path(f"/proc/{pid}/cmdline").read_text())


def test_the_whole_srcset_of_a_new_original_reads_it_once_a_process(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db") | {"CALOTYPE_SERVER__WORKERS": "1"}
    with serving(tmp_path / "one", **common) as server, ThreadPoolExecutor(6) as pool:
        paths = [f"/w_{width}/dog.jpg" for width in (100, 200, 300, 400, 500, 600)]
        statuses = [answer.status for answer in pool.map(server.get, paths)]

        assert [200] * 6 == statuses
        assert 1 == counter.reads("dog.jpg")


def test_a_slow_bucket_does_not_slow_what_is_cached(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db") | {
        "CALOTYPE_CACHE__FRESH_SECONDS": "0.1"
    }
    with serving(tmp_path / "one", **common) as server:
        server.get("/w_330/cat.jpg")
        time.sleep(0.3)
        counter.delay_seconds = 3.0
        started = time.monotonic()
        stale = server.get("/w_330/cat.jpg")
        seconds = time.monotonic() - started

        assert 200 == stale.status
        assert "ttl=-" in stale.headers["cache-status"]
        assert stale.headers["cache-control"].startswith("public, max-age=0, s-maxage=5")
        # Half of what one look at the bucket takes: a bound of behaviour, not of speed.
        assert seconds < 1.5


def test_a_bucket_that_is_down_serves_what_is_cached_and_says_so_of_the_rest(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db") | {
        "CALOTYPE_CACHE__FRESH_SECONDS": "0.1"
    }
    with serving(tmp_path / "one", **common) as server:
        fresh = server.get("/w_340/cat.jpg")
        time.sleep(0.3)
        counter.failing = True
        stale = server.get("/w_340/cat.jpg")
        missing = server.get("/w_340/dog.jpg")
        counter.failing = False
        time.sleep(0.1)
        healed = server.get("/w_340/dog.jpg")

        assert (200, fresh.body) == (stale.status, stale.body)
        assert (503, "storage_unavailable") == (missing.status, missing.error["code"])
        assert "no-store" == missing.headers["cache-control"]
        assert 1 <= int(missing.headers["retry-after"]) <= 5
        assert 200 == healed.status
        # Which bucket it was is for the log, not for strangers.
        assert "the storage fails; try again soon" == missing.error["message"]
        assert s3_bucket.bucket not in str(missing.headers)
        assert f"s3://{s3_bucket.bucket}/dog.jpg" in server.log.read_text()
