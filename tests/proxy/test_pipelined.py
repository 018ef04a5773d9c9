"""One connection to Redis for many questions: each gets its own answer, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvloop
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from proxy.link import RedisLink
from proxy.pipelined import Pipelined, pipelined
from tests.services.faulty_wire import FaultyWire

SECONDS = 0.25


def connection(url: str) -> Pipelined:
    made = pipelined(url)
    assert made is not None
    return made


@pytest_asyncio.fixture
async def wired(faulty_wire: FaultyWire) -> AsyncIterator[Pipelined]:
    made = connection(faulty_wire.url)
    yield made
    made.close()


async def echo(asked: Pipelined, text: str, seconds: float = SECONDS) -> str:
    answer: bytes = await asked.execute("ECHO", text, seconds=seconds)
    return answer.decode()


async def test_each_gets_its_own_answer(wired: Pipelined) -> None:
    texts = [f"{number}\r\n{'x' * number}" for number in range(500)]

    assert texts == await asyncio.gather(*(echo(wired, text, 5.0) for text in texts))


def test_it_asks_over_the_loop_of_the_server_too(valkey: str) -> None:
    async def ask() -> str:
        made = connection(valkey)
        said = await echo(made, "hello")
        made.close()
        return said

    assert "hello" == uvloop.run(ask())


async def test_answers_are_as_the_ordinary_client_gives_them(valkey: str, wired: Pipelined) -> None:
    commands: list[tuple[str | bytes | int, ...]] = [
        ("SET", "k", b"\x00\xff" * 50_000),
        ("GET", "k"),
        ("GET", "none"),
        ("MGET", "k", "none"),
        ("EVAL", "return {1, {'a', false}, redis.call('get', KEYS[1])}", 1, "k"),
        ("DEL", "k"),
    ]
    answers = [await wired.execute(*command, seconds=5.0) for command in commands]
    async with Redis.from_url(valkey) as client:
        expected = [await client.execute_command(*command) for command in commands]  # type: ignore[no-untyped-call]

    # The ordinary client makes a bool of the OK to a SET.
    assert [expected[0], *answers[1:]] == expected
    assert b"OK" == answers[0]


async def test_what_is_asked_in_one_turn_is_written_at_once() -> None:
    reads: list[bytes] = []
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            reads.append(data)
            writer.write(b"+OK\r\n" * data.count(b"PING"))
        writer.transport.abort()
        served.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        asked = connection(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asked.execute("PING", seconds=SECONDS)
        await asyncio.gather(*(asked.execute("PING", seconds=SECONDS) for _ in range(20)))
        asked.close()
        await served.wait()

    assert [1, 20] == [data.count(b"PING") for data in reads]


async def test_who_leaves_takes_nothing_with_him(wired: Pipelined, faulty_wire: FaultyWire) -> None:
    await echo(wired, "first")
    faulty_wire.delay_seconds = 0.05
    leaving = asyncio.create_task(echo(wired, "leaving"))
    staying = asyncio.create_task(echo(wired, "staying"))
    await asyncio.sleep(0.01)
    leaving.cancel()

    assert "staying" == await staying
    assert "next" == await echo(wired, "next")


async def test_a_late_answer_meets_no_other_question(wired: Pipelined, faulty_wire: FaultyWire) -> None:
    await echo(wired, "first")
    faulty_wire.delay_seconds = 0.3
    with pytest.raises(TimeoutError):
        await echo(wired, "late", 0.05)
    faulty_wire.delay_seconds = 0.0

    assert ["a", "b"] == [await echo(wired, "a"), await echo(wired, "b")]


async def test_a_silent_connection_is_given_up_with_all_that_is_asked(
    wired: Pipelined, faulty_wire: FaultyWire
) -> None:
    await echo(wired, "first")
    faulty_wire.silent = True
    patient = asyncio.create_task(echo(wired, "patient", 60.0))
    with pytest.raises(TimeoutError):
        await echo(wired, "hurried", 0.05)

    # Not by its own time, of which there is a minute: it may ask again elsewhere.
    with pytest.raises(TimeoutError, match="given up"):
        await asyncio.wait_for(patient, 10)
    faulty_wire.silent = False
    assert "next" == await echo(wired, "next")


async def test_a_question_that_is_late_among_others_costs_only_itself(
    wired: Pipelined, faulty_wire: FaultyWire
) -> None:
    await echo(wired, "first")
    faulty_wire.delay_seconds = 0.1
    patient = [asyncio.create_task(echo(wired, "patient", 5.0))]
    await asyncio.sleep(0.05)
    # The answer to the first comes in its time, its own does not.
    with pytest.raises(TimeoutError, match="in time"):
        await wired.execute("ECHO", "x" * 200_000, seconds=0.08)
    patient.append(asyncio.create_task(echo(wired, "later", 5.0)))

    assert ["patient", "later"] == await asyncio.gather(*patient)


async def test_a_connection_that_was_cut_is_replaced(wired: Pipelined, faulty_wire: FaultyWire) -> None:
    await echo(wired, "first")
    await faulty_wire.cut()

    assert "next" == await echo(wired, "next")


async def test_nothing_to_connect_to_is_an_outage(wired: Pipelined, faulty_wire: FaultyWire) -> None:
    await echo(wired, "first")
    await faulty_wire.refuse()
    with pytest.raises(RedisConnectionError):
        await echo(wired, "next")
    await faulty_wire.listen()

    assert "again" == await echo(wired, "again")


async def test_silence_ends_in_time_for_all(wired: Pipelined, faulty_wire: FaultyWire) -> None:
    faulty_wire.silent = True
    started = time.monotonic()
    answers = await asyncio.gather(*(echo(wired, "x", 0.05) for _ in range(300)), return_exceptions=True)

    assert {TimeoutError} == set(map(type, answers))
    # Not 300 budgets: that they end, not how fast.
    assert time.monotonic() - started < 3


async def test_a_move_lets_what_is_under_way_be_answered(wired: Pipelined, faulty_wire: FaultyWire) -> None:
    await echo(wired, "first")
    faulty_wire.delay_seconds = 0.05
    under_way = asyncio.create_task(echo(wired, "under way"))
    await asyncio.sleep(0.01)
    wired.renew()

    assert ["next", "under way"] == [await echo(wired, "next"), await under_way]


async def test_errors_are_those_of_the_ordinary_client(wired: Pipelined) -> None:
    await wired.execute("SET", "k", "text", seconds=SECONDS)
    with pytest.raises(ResponseError, match="not an integer"):
        await wired.execute("INCR", "k", seconds=SECONDS)

    assert "next" == await echo(wired, "next")


async def test_an_address_may_name_a_user_and_a_database(valkey: str) -> None:
    path = valkey.removeprefix("unix://").partition("?")[0]
    async with Redis.from_url(valkey) as client:
        await client.acl_setuser("eve", enabled=True, passwords=["+p@ss"], keys=["*"], commands=["+@all"])
        good = connection(f"unix://eve:p%40ss@{path}?db=3")
        assert (b"eve", 0) == (
            await good.execute("ACL", "WHOAMI", seconds=5.0),
            await good.execute("DBSIZE", seconds=5.0),
        )
        await good.execute("SET", "k", 1, seconds=5.0)
        assert 0 == await client.exists("k")
        wrong = connection(f"unix://eve:else@{path}")
        with pytest.raises(AuthenticationError):
            await wrong.execute("PING", seconds=5.0)
        await good.execute("FLUSHDB", seconds=5.0)
        await client.acl_deluser("eve")
        good.close()


@pytest.mark.parametrize("url", ["rediss://localhost", "redis://localhost?socket_keepalive=true"])
def test_what_we_cannot_do_is_left_to_the_ordinary_client(url: str) -> None:
    assert pipelined(url) is None


async def test_the_link_has_both_ways(valkey: str) -> None:
    # An option that only the ordinary client knows.
    answers = []
    for url in (valkey, f"{valkey}{'&' if '?' in valkey else '?'}health_check_interval=0"):
        link = RedisLink(url, budget_seconds=5.0)
        answers.append([await link.execute("ECHO", "x"), await link.execute("ECHO", "y", transfer_bytes=9)])
        await link.close()

    assert [[b"x", b"y"], [b"x", b"y"]] == answers
