"""What is asked of the queue for an original that has just become known."""

from __future__ import annotations

import asyncio

import pytest
from redis import Redis

from origin.asset import Asset
from proxy.jobs.queue import EAGER, eager_path, open_eager_queue
from transforms.frame import ImageInfo


def learnt(name: str, key: str, extension: str | None) -> Asset:
    """An original that was asked for as `name` and found as `key`."""
    return Asset(
        mount="main",
        key=key,
        content_hash="0" * 64,
        info=ImageInfo("png", 10, 10),
        size=1,
        etag="e",
        modified_at=0.0,
        checked_at=0.0,
        public_id=name.removesuffix(f".{extension}"),
        name=name,
        extension=extension,
    )


@pytest.mark.parametrize(
    ("name", "key", "extension", "expected"),
    [
        ("cat.png", "cat.png", "png", "cat.png"),
        ("press/cat.png", "cat.png", "png", "press/cat.png"),
        ("press/cat.webp", "cat.png", "webp", "press/cat.png"),
        ("press/cat", "cat.png", None, "press/cat.png"),
        ("g.png", "g", "png", "g"),
        ("press/a b/cat.v2", "a b/cat.v2.PNG", None, "press/a%20b/cat.v2.PNG"),
    ],
)
def test_the_original_that_was_found_is_meant(
    name: str, key: str, extension: str | None, expected: str
) -> None:
    path = eager_path("w_10", learnt(name, key, extension))

    assert f"/w_10/v1/{expected}" == path


async def test_connections_that_went_stale_cost_no_job(valkey: str) -> None:
    queue = open_eager_queue(valkey)
    await asyncio.gather(*(queue.enqueue(EAGER, path=f"/{n}", key=f"before {n}") for n in range(3)))
    with Redis.from_url(valkey) as other:  # not asyncio's: nothing may notice before the next call
        other.client_kill_filter(_type="normal", skipme=True)
        other.script_flush()
    await asyncio.gather(*(queue.enqueue(EAGER, path=f"/{n}", key=f"after {n}") for n in range(3)))
    count = await queue.count("queued")
    await queue.disconnect()

    assert 6 == count
