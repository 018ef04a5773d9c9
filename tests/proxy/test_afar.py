"""Hits whose body has left memory: the bytes of the ordinary way, as long as all behind them is good."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from proxy.afar import Afar, Found
from proxy.variant import Variant
from tests.proxy.test_cache_contract import make
from tests.proxy.test_short_way import BODY, PLAIN, Line, Scene, serving

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")

VARIANT = make(BODY)
ASKED = b"GET /w_300/cat.jpg HTTP/1.1\r\n" + PLAIN + b"\r\n"
Connect = Callable[[], Awaitable[Line]]


@dataclass
class Shelf:
    """What lies beyond memory; looks wait while it is shut."""

    variant: Variant | None = VARIANT
    beyond: str = "redis"
    away: bool = False
    looks: int = 0
    kept: list[Variant] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def look_beyond(self, key: str, found: Found) -> bool:
        self.looks += 1
        self.called.set()
        if self.away:
            return False
        looking = asyncio.create_task(self.open.wait())
        looking.add_done_callback(lambda _: found(self.variant))
        return True

    def keep(self, variant: Variant) -> bool:
        self.kept.append(variant)
        return True

    async def asked(self) -> None:
        """Wait until it was looked for."""
        await asyncio.wait_for(self.called.wait(), 10)


@dataclass
class House:
    """A server with a shelf, and a connection whose first question was answered in the ordinary way."""

    scene: Scene
    shelf: Shelf
    connect: Connect
    line: Line
    first: bytes


@contextlib.asynccontextmanager
async def house(**options: Any) -> AsyncIterator[House]:
    shelf = Shelf()
    scene = Scene(cache="redis", beyond=shelf)
    async with serving(scene, **options) as connect:
        line = await connect()  # type: ignore[misc]
        first = await line.ask()
        scene.bodies["other"] = scene.bodies.pop("key")
        yield House(scene, shelf, connect, line, first)  # type: ignore[arg-type]
        shelf.open.set()


async def _asks(house: House) -> asyncio.Task[bytes]:
    """The second question, under way while the shelf is shut."""
    asking = asyncio.create_task(house.line.ask())
    await house.shelf.asked()
    return asking


async def test_a_body_from_beyond_makes_the_answer_of_the_ordinary_way() -> None:
    async with house() as at:
        at.shelf.open.set()
        second = await at.line.ask()
        head = await at.line.ask(line=b"HEAD /w_300/cat.jpg")

    assert (at.first, 2, [VARIANT]) == (second, len(at.scene.handled), at.shelf.kept)
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("found", [None, replace(VARIANT, succeeded=True)])
@pytest.mark.parametrize("away", [False, True])
async def test_what_is_not_there_is_asked_for_in_the_ordinary_way(found: Variant | None, away: bool) -> None:
    async with house() as at:
        at.shelf.variant, at.shelf.away = found, away
        at.shelf.open.set()
        second = await at.line.ask()

    assert (2, 1, []) == (len(at.scene.handled), at.shelf.looks, at.shelf.kept)
    assert second.endswith(b"made anew")


async def test_what_is_in_memory_by_now_is_not_looked_for_beyond() -> None:
    async with house() as at:
        at.scene.bodies["key"] = BODY
        at.scene.cache = "memory"
        second, third = await at.line.ask(), await at.line.ask()

    assert (0, 2, second) == (at.shelf.looks, len(at.scene.handled), third)


async def test_what_was_forgotten_meanwhile_is_not_shown() -> None:
    async with house() as at:
        asking = await _asks(at)
        at.scene.short_way.forget(("cat",))
        at.shelf.open.set()
        second = await asking

    assert (2, []) == (len(at.scene.handled), at.shelf.kept)
    assert second.endswith(b"made anew")


async def test_what_may_not_be_shown_any_more_is_not_shown() -> None:
    async with house() as at:
        asking = await _asks(at)
        at.scene.away = True
        at.shelf.open.set()
        await asking

    assert (2, []) == (len(at.scene.handled), at.shelf.kept)


async def test_those_who_ask_at_once_share_a_look() -> None:
    async with house() as at:
        lines = [at.line, *[await at.connect() for _ in range(9)]]
        asking = [asyncio.create_task(line.ask()) for line in lines]
        await at.shelf.asked()
        await asyncio.sleep(0.05)
        at.shelf.open.set()
        answers = await asyncio.gather(*asking)

    assert ({at.first}, 1, 1) == (set(answers), at.shelf.looks, len(at.scene.handled))


@pytest.mark.parametrize("there", [True, False])
async def test_what_comes_meanwhile_is_answered_after_it(there: bool) -> None:
    """Also a body that is sent in pieces, and is no request for us."""
    async with house() as at:
        at.shelf.variant = VARIANT if there else None
        at.line.writer.write(ASKED)
        await at.shelf.asked()
        for piece in (b"GET /other.jpg HTTP", b"/1.1\r\nHost: x\r\n\r\n"):
            at.line.writer.write(piece)
            await asyncio.sleep(0.02)
        at.shelf.open.set()
        second, third = await at.line.answer(), await at.line.answer()

    handled = ["GET /w_300/cat.jpg"] * (1 if there else 2)
    assert [*handled, "GET /other.jpg"] == at.scene.handled
    assert (there, True) == (second == at.first, third.endswith(b"made anew"))


async def test_a_client_that_leaves_meanwhile_is_nobody() -> None:
    async with house() as at:
        asking = await _asks(at)
        asking.cancel()
        at.line.writer.transport.abort()
        await asyncio.sleep(0.02)
        at.shelf.open.set()
        other = await at.connect()
        again = await other.ask()

    assert (at.first, 1) == (again, len(at.scene.handled))


async def test_a_server_that_stops_answers_what_it_looks_for() -> None:
    async with house() as at:
        asking = await _asks(at)
        server = next(guest._manager for guest in at.scene.door._guests)  # type: ignore[attr-defined]
        server.pre_shutdown()
        stopping = asyncio.create_task(server.shutdown(5))
        await asyncio.sleep(0.05)
        at.shelf.open.set()
        await stopping
        second = await asking

    assert 2 == len(at.scene.handled)
    assert second.endswith(b"made anew")


async def test_a_connection_with_a_look_under_way_is_not_idle() -> None:
    async with house() as at:
        idle = [guest.idle for guest in at.scene.door._guests]
        asking = await _asks(at)
        busy = [guest.idle for guest in at.scene.door._guests]
        at.shelf.open.set()
        await asking
        await asyncio.sleep(0.02)
        after = [guest.idle for guest in at.scene.door._guests]

    assert ([True], [False], [True]) == (idle, busy, after)


async def test_more_looks_than_may_be_under_way_wait_their_turn() -> None:
    shelf = Shelf()
    afar, found = Afar(shelf, most=2), list[tuple[int, Variant | None]]()
    asked = [afar.look(str(n), lambda variant, n=n: found.append((n, variant))) for n in range(4)]  # type: ignore[misc]
    looks = shelf.looks
    shelf.open.set()
    async with asyncio.timeout(10):
        await asyncio.gather(*(asyncio.sleep(0.01) for _ in range(3)))

    assert ([True] * 4, 2, 4) == (asked, looks, shelf.looks)
    assert [(n, VARIANT) for n in range(4)] == sorted(found, key=lambda pair: pair[0])


async def test_those_who_wait_for_a_tier_that_goes_away_are_told() -> None:
    shelf = Shelf()
    afar, found = Afar(shelf, most=1), list[Variant | None]()
    for key in ("first", "second", "third"):
        afar.look(key, found.append)
    shelf.away = True
    shelf.open.set()
    await asyncio.sleep(0.05)

    assert [VARIANT, None, None] == found
