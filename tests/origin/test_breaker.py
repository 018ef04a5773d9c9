"""A breaker opens, rests and probes; a budget counts what the service took, not what we did meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest

from origin.breaker import Breaker, within


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, spread_seconds=0.1, rest_seconds=2.0, clock=clock)


def trip(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        assert breaker.admit()
        clock.now += 0.1
        breaker.fail()


def test_opens_after_failures_in_a_row(breaker: Breaker, clock: Clock) -> None:
    trip(breaker, clock)

    assert breaker.state == "open"
    assert not breaker.admit()


def test_a_success_between_keeps_it_closed(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.fail()
        breaker.fail()
        breaker.succeed()

    assert breaker.state == "closed"


def test_one_hiccup_that_many_calls_meet_is_no_row(breaker: Breaker, clock: Clock) -> None:
    for _ in range(30):
        breaker.fail()
    at_once = breaker.state
    clock.now += 0.2
    breaker.fail()

    assert ("closed", "open") == (at_once, breaker.state)


def test_one_probe_after_a_rest(breaker: Breaker, clock: Clock) -> None:
    trip(breaker, clock)
    clock.now += 1.9
    early = breaker.admit()
    clock.now += 0.1

    assert [False, True, False] == [early, breaker.admit(), breaker.admit()]


def test_a_good_probe_closes(breaker: Breaker, clock: Clock) -> None:
    trip(breaker, clock)
    clock.now += 2
    breaker.admit()
    breaker.succeed()

    assert [True, True] == [breaker.admit(), breaker.admit()]


def test_a_bad_probe_opens_anew(breaker: Breaker, clock: Clock) -> None:
    trip(breaker, clock)
    clock.now += 2
    breaker.admit()
    breaker.fail()
    clock.now += 1.9

    assert not breaker.admit()


def test_a_probe_that_left_lets_the_next_one_try(breaker: Breaker, clock: Clock) -> None:
    trip(breaker, clock)
    clock.now += 2
    breaker.admit()
    breaker.leave()

    assert [True, False] == [breaker.admit(), breaker.admit()]


def test_leaving_a_closed_breaker_changes_nothing(breaker: Breaker) -> None:
    breaker.leave()

    assert breaker.state == "closed"


def test_a_late_failure_of_an_old_call_does_not_close(breaker: Breaker, clock: Clock) -> None:
    trip(breaker, clock)
    breaker.fail()

    assert breaker.state == "open"


async def test_within_gives_the_result() -> None:
    assert await within(1.0, asyncio.sleep(0, "done")) == "done"


async def test_within_ends_what_takes_too_long() -> None:
    with pytest.raises(TimeoutError):
        await within(0.02, asyncio.sleep(60))


async def test_within_lets_errors_through() -> None:
    async def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await within(1.0, fail())


async def test_a_busy_loop_is_not_the_services_fault() -> None:
    """The answer is there, and the loop was too busy to look: that is no timeout."""
    reader, writer = await _echo_connection()
    writer.write(b"x")

    async def read() -> bytes:
        asyncio.get_running_loop().call_soon(time.sleep, 0.2)
        await asyncio.sleep(0)
        return await reader.read(1)

    try:
        assert await within(0.05, read()) == b"x"
    finally:
        writer.close()
        await writer.wait_closed()


async def _echo_connection() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(1))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    streams = await asyncio.open_connection("127.0.0.1", port)
    server.close()
    return streams
