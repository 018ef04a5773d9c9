"""Uploads that wait for their look, and what is seen once for many."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from origin.hosting.model import Summary
from proxy.hosting.examiner import Examiner
from proxy.renderer_errors import QueueFull
from tests.hosting.pictures import received, summary


@dataclass
class Pool:
    """A pool that is full for the first so many who ask."""

    full_for: int = 0
    looked: list[bytes] = field(default_factory=list)
    at_once: int = 0
    most: int = 0

    async def summarize(self, data: bytes, **_: Any) -> Summary:
        if self.full_for:
            self.full_for -= 1
            raise QueueFull("full")
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.looked.append(data)
        return summary()


def examiner(pool: Pool, **options: Any) -> Examiner:
    return Examiner(pool=cast(Any, pool), allowed=("jpg",), **options)


async def test_what_many_send_is_looked_at_once() -> None:
    pool = Pool()
    one = examiner(pool, at_once=1)
    seen = await asyncio.gather(*(one.examine(received(b"cat")) for _ in range(50)))

    assert ([b"cat"], 50) == (pool.looked, len(seen))


async def test_a_few_are_looked_at_at_once() -> None:
    pool = Pool()
    one = examiner(pool, at_once=3)
    await asyncio.gather(*(one.examine(received(b"%d" % number)) for number in range(20)))

    assert (20, 3) == (len(pool.looked), pool.most)


async def test_an_upload_waits_while_the_renders_fill_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.hosting.examiner._ASK_AGAIN_SECONDS", 0.0)
    pool = Pool(full_for=5)
    await examiner(pool).examine(received(b"cat"))

    assert [b"cat"] == pool.looked


async def test_it_does_not_wait_for_ever() -> None:
    with pytest.raises(QueueFull):
        await examiner(Pool(full_for=1), patience_seconds=0.0).examine(received(b"cat"))


async def test_what_was_seen_is_forgotten_soon() -> None:
    now, pool = 0.0, Pool()
    one = examiner(pool, clock=lambda: now)
    await one.examine(received(b"cat"))
    now = 6.0
    await one.examine(received(b"cat"))

    assert [b"cat", b"cat"] == pool.looked
