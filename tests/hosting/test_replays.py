"""Answers kept by idempotency key: on both databases, two at once, and after whoever answered has died."""

from __future__ import annotations

import asyncio

import pytest

from origin.errors import KeyUsedOtherwise
from origin.hosting.replays import BUSY_SECONDS, KEPT_SECONDS, Busy, Kept, Replays
from origin.hosting.sealing import KEY_BYTES, Sealer
from tests.hosting.conftest import Hosting

ANSWER = Kept(201, {"Location": "/here"}, b'{"delete_token": "told once"}')


@pytest.fixture
def replays(hosting: Hosting) -> Replays:
    return Replays(hosting.store, Sealer(bytes(KEY_BYTES)))


async def test_what_was_answered_is_answered_again_for_a_day(hosting: Hosting, replays: Replays) -> None:
    first = await replays.begin("key a", "k", "print")
    await replays.keep("key a", "k", "print", ANSWER)
    again = await replays.begin("key a", "k", "print")
    found = await replays.find("key a", "k", "print")
    with pytest.raises(KeyUsedOtherwise):
        await replays.begin("key a", "k", "another")
    stranger = await replays.find("key b", "k", "another")
    hosting.clock.now += KEPT_SECONDS + 1
    later = await replays.begin("key a", "k", "another")

    assert (None, ANSWER, ANSWER, None, None) == (first, again, found, stranger, later)


async def test_of_two_at_once_one_answers(replays: Replays) -> None:
    found = await asyncio.gather(*(replays.begin("key a", "k", "print") for _ in range(4)))

    assert [None, True, True, True] == sorted(
        (None if each is None else isinstance(each, Busy) for each in found), key=bool
    )


async def test_who_fails_or_dies_leaves_the_key_free(hosting: Hosting, replays: Replays) -> None:
    await replays.begin("key a", "k", "print")
    await replays.free("key a", "k")
    freed = await replays.begin("key a", "k", "print")
    hosting.clock.now += BUSY_SECONDS + 1
    after_death = await replays.begin("key a", "k", "print")

    assert (None, None) == (freed, after_death)


async def test_what_is_kept_is_not_to_be_read(hosting: Hosting, replays: Replays) -> None:
    await replays.keep("key a", "k", "print", ANSWER)
    other = Replays(hosting.store, Sealer(b"\1" * KEY_BYTES))

    assert None is await other.find("key a", "k", "print")


async def test_housekeeping_forgets_what_is_old(hosting: Hosting, replays: Replays) -> None:
    await replays.keep("key a", "k", "print", ANSWER)
    hosting.clock.now += KEPT_SECONDS + 1

    assert 1 == await hosting.store.expire()
