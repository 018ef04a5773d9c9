"""What was seen in pictures: looked for once, kept, and not looked for again at once where it failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from proxy.cache.failures import Failures
from proxy.coalesce import Coalescer
from proxy.errors import RememberedFailure
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.looks import KEY_PREFIX, Looks
from proxy.renderer import QueueFull, RenderPool
from tests.edge.conftest import photograph
from tests.services.faulty_wire import FaultyWire
from transforms.actions.base import Rows
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo
from transforms.knowledge import Question, Unsettled
from transforms.parser import parse
from transforms.plan import make_plan

ROWS: Rows = ((1.0, 2.0, 3.5), (4.0,))
INFO = ImageInfo("jpg", 80, 60)


class Eyes:
    """A pool that sees `ROWS` in everything, or what is wrong with it."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.looks = 0

    async def look(self, question: Question, data: bytes, layers: Any, *, content_hash: str) -> Rows:
        self.looks += 1
        await self.open.wait()
        if self.fault is not None:
            raise self.fault
        return ROWS


class Process:
    """One of several processes that share a Redis and, for the count, their eyes."""

    def __init__(self, url: str | None, eyes: Any) -> None:
        self.link = RedisLink(url) if url else None
        self.leases = Leases(self.link)
        self.coalescer = Coalescer()
        self.seen: list[tuple[str, str]] = []
        self.looks = Looks(
            pool=eyes,
            coalescer=self.coalescer,
            leases=self.leases,
            failures=Failures(self.link),
            link=self.link,
            patience_seconds=5,
            observe=lambda *seen: self.seen.append(seen),
        )

    async def ask(self, about: Question, content_hash: str = "a") -> Rows:
        async def read() -> tuple[bytes, dict[str, bytes]]:
            return b"picture", {}

        return await self.looks.answer(about, content_hash, read)

    async def close(self) -> None:
        await self.coalescer.close()
        await self.leases.close()
        if self.link is not None:
            await self.link.close()


Start = Callable[..., Process]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    processes: list[Process] = []

    def begin(url: str | None, eyes: Any) -> Process:
        processes.append(Process(url, eyes))
        return processes[-1]

    yield begin
    for process in processes:
        await process.close()


def question(transformation: str = "e_trim") -> Question:
    """What the plan of this transformation asks first."""
    with pytest.raises(Unsettled) as lacking:
        make_plan(parse(transformation), INFO)
    assert lacking.value.question is not None
    return lacking.value.question


async def test_it_is_looked_for_once(valkey: str, start: Start) -> None:
    eyes = Eyes()
    process = start(valkey, eyes)
    together = await asyncio.gather(*(process.ask(question()) for _ in range(20)))
    later = await process.ask(question())

    assert ([ROWS] * 21, 1) == ([*together, later], eyes.looks)
    assert [("trim", "looked")] == process.seen


async def test_other_pictures_and_questions_are_other_looks(valkey: str, start: Start) -> None:
    eyes = Eyes()
    process = start(valkey, eyes)
    for asked in (question(), question("e_trim:20"), question("w_50/e_trim")):
        await process.ask(asked)
        await process.ask(asked, "b")

    assert 6 == eyes.looks


async def test_it_is_known_to_other_processes_and_after_a_restart(valkey: str, start: Start) -> None:
    eyes = Eyes()
    await start(valkey, eyes).ask(question())
    other = start(valkey, eyes)

    assert (ROWS, 1) == (await other.ask(question()), eyes.looks)
    assert [("trim", "recalled")] == other.seen


async def test_two_processes_at_once_look_once(valkey: str, start: Start) -> None:
    eyes = Eyes()
    eyes.open.clear()
    asking = [asyncio.create_task(start(valkey, eyes).ask(question())) for _ in range(3)]
    while not eyes.looks:  # noqa: ASYNC110 - the eyes are a counter
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    eyes.open.set()

    assert ([ROWS] * 3, 1) == (await asyncio.gather(*asking), eyes.looks)


async def test_what_failed_by_the_picture_is_not_tried_again_by_anyone(valkey: str, start: Start) -> None:
    eyes = Eyes()
    eyes.fault = BrokenImage("cut short")
    first, second = start(valkey, eyes), start(valkey, eyes)
    with pytest.raises(BrokenImage):
        await first.ask(question())
    for process in (first, second):
        with pytest.raises(RememberedFailure, match="cut short") as remembered:
            await process.ask(question())

    assert (1, 422) == (eyes.looks, remembered.value.rule.status)
    assert [("trim", "broken_image")] == first.seen


async def test_what_failed_for_want_of_time_is_tried_again(valkey: str, start: Start) -> None:
    eyes = Eyes()
    process = start(valkey, eyes)
    eyes.fault = QueueFull("too many")
    with pytest.raises(QueueFull):
        await process.ask(question())
    eyes.fault = None

    assert (ROWS, 2) == (await process.ask(question()), eyes.looks)


async def test_a_look_outlives_who_asked(valkey: str, start: Start) -> None:
    eyes = Eyes()
    process = start(valkey, eyes)
    eyes.open.clear()
    hurried = asyncio.create_task(process.ask(question()))
    while not eyes.looks:  # noqa: ASYNC110 - the eyes are a counter
        await asyncio.sleep(0.01)
    hurried.cancel()
    await asyncio.wait({hurried})
    eyes.open.set()

    assert (ROWS, 1) == (await process.ask(question()), eyes.looks)
    async with process.leases.hold("look:another", patience_seconds=1) as lease:
        assert lease.held


@pytest.mark.parametrize("text", ["", "{}", "3", '["x"]', '[["x"]]', "[[null]]"])
async def test_nonsense_in_redis_is_no_answer(valkey: str, start: Start, text: str) -> None:
    eyes = Eyes()
    process = start(valkey, eyes)
    await process.ask(question())
    assert process.link is not None
    for key in await process.link.client.keys(f"{KEY_PREFIX}*"):
        await process.link.client.set(key, text)
    other = start(valkey, eyes)
    rows = await other.ask(question())

    assert rows in (ROWS, ()), "an empty object reads as no rows"
    assert eyes.looks == (1 if text == "{}" else 2)


async def test_without_redis_each_process_looks_for_itself(start: Start, faulty_wire: FaultyWire) -> None:
    eyes = Eyes()
    await faulty_wire.refuse()
    answers = [await start(url, eyes).ask(question()) for url in (None, faulty_wire.url)]

    assert ([ROWS] * 2, 2) == (answers, eyes.looks)


async def test_another_renderer_looks_anew(
    valkey: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    eyes = Eyes()
    await start(valkey, eyes).ask(question())
    monkeypatch.setattr("proxy.looks.RENDERER_VERSION", "next")
    await start(valkey, eyes).ask(question())
    monkeypatch.setattr("proxy.looks.faces_available", lambda: "otherwise")
    await start(valkey, eyes).ask(question())

    assert eyes.looks >= 2


async def test_a_flood_of_looks_ends_at_the_queue(start: Start, tmp_path: Path) -> None:
    picture = bytes(photograph(80, 60).write_to_buffer(".jpg"))
    pool = RenderPool(workers=1, queue=3, deadline_seconds=20)
    await pool.start()
    process = start(None, pool)
    deepest = 0

    async def read() -> tuple[bytes, dict[str, bytes]]:
        nonlocal deepest
        deepest = max(deepest, pool.depth)
        return picture, {}

    asked = [question(f"e_trim:{tolerance}") for tolerance in range(1, 41)]
    results = await asyncio.gather(
        *(process.looks.answer(each, "a", read) for each in asked), return_exceptions=True
    )
    again = await process.looks.answer(asked[-1], "a", read)
    await pool.close()
    full = [result for result in results if isinstance(result, QueueFull)]

    assert len(full) >= 30
    assert all(isinstance(result, tuple) for result in results if result not in full)
    assert deepest <= 3
    assert 4 == len(again[0])
