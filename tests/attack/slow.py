"""Clients that take their time: each is answered, left alone or cut off, and costs the others nothing.

A case is a function of a `Target` that returns what it saw and whether that is right; its docstring says what
should come. All of them run side by side.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.attack.raw import ask
from tests.attack.rows import Row, skipped
from tests.attack.slow_readers import (
    a_reader_that_asks_for_small_things_and_takes_nothing,
    a_reader_that_asks_on_and_takes_nothing,
    a_reader_that_closes_its_side_and_takes_nothing,
    a_reader_that_sips,
    a_reader_that_takes_nothing,
    a_slow_reader_that_keeps_up,
    many_readers_that_take_nothing,
)
from tests.attack.slow_senders import (
    a_body_that_comes_byte_by_byte,
    a_chunk_that_comes_byte_by_byte,
    a_client_that_closes_its_side,
    a_head_that_comes_byte_by_byte,
    a_head_that_comes_line_by_line,
    a_posted_body_that_comes_byte_by_byte,
    a_posted_body_that_never_ends,
    a_second_head_that_dawdles,
    an_idle_connection,
    clients_that_leave_at_once,
    empty_lines_for_ever,
    idle_sockets,
    nothing_at_all,
)
from tests.attack.slow_target import Case, Target

GROUP = "slow"


def attack(target: Target) -> Iterator[Row]:
    """A row for each case, in the order of CASES."""
    ask(target.base, target.picture)
    with ThreadPoolExecutor(len(CASES)) as pool:
        yield from pool.map(lambda case: _try(target, case), CASES)
    # Alone: it pushes out whoever is idle.
    yield _try(target, idle_sockets)


def _try(target: Target, case: Case) -> Row:
    name = case.__name__.replace("_", " ")
    expected = (case.__doc__ or "").partition("\n")[0].rstrip(".")
    if case in NEED_LARGE and not target.large:
        return skipped(GROUP, name, "no large picture is named")
    started = time.monotonic()
    try:
        got, holds = case(target)
    except OSError as error:
        got, holds = f"{type(error).__name__}: {error}", False
    return Row(GROUP, name, expected, got, seconds=time.monotonic() - started, holds=holds)


NEED_LARGE: frozenset[Case] = frozenset(
    (
        a_reader_that_takes_nothing,
        a_reader_that_sips,
        a_reader_that_asks_on_and_takes_nothing,
        a_reader_that_closes_its_side_and_takes_nothing,
        a_slow_reader_that_keeps_up,
        many_readers_that_take_nothing,
    )
)
CASES: tuple[Case, ...] = (
    a_head_that_comes_byte_by_byte,
    a_head_that_comes_line_by_line,
    nothing_at_all,
    empty_lines_for_ever,
    a_second_head_that_dawdles,
    a_body_that_comes_byte_by_byte,
    a_chunk_that_comes_byte_by_byte,
    a_posted_body_that_comes_byte_by_byte,
    a_posted_body_that_never_ends,
    a_reader_that_takes_nothing,
    a_reader_that_sips,
    a_reader_that_asks_on_and_takes_nothing,
    a_reader_that_asks_for_small_things_and_takes_nothing,
    a_reader_that_closes_its_side_and_takes_nothing,
    a_slow_reader_that_keeps_up,
    many_readers_that_take_nothing,
    clients_that_leave_at_once,
    a_client_that_closes_its_side,
    an_idle_connection,
)
SETTINGS = {
    "CALOTYPE_SERVER__HEADER_TIMEOUT_SECONDS": "1",
    "CALOTYPE_SERVER__KEEPALIVE_SECONDS": "3",
    "CALOTYPE_SERVER__SLOW_CLIENT_SECONDS": "2",
    "CALOTYPE_SERVER__SLOW_CLIENT_BYTES": "10000",
    "CALOTYPE_SERVER__MAX_CONNECTIONS": "300",
}
"""For a server of our own, so that nobody waits for a minute."""


def hurried(base: str, picture: str, large: str) -> Target:
    """A server with SETTINGS."""
    return Target(
        base,
        picture,
        large,
        header_timeout_seconds=1,
        keepalive_seconds=3,
        slow_client_seconds=2,
        max_connections=300,
    )
