"""Who may keep a connection: the idle go first when it is full, and the slow at any time."""

from __future__ import annotations

import resource
import socket

import pytest

from proxy.door import Door, bytes_passed, most_connections


class Guest:
    """A connection that does as it is told."""

    def __init__(self, *, idle: bool = True, awaited: bool = False) -> None:
        self.idle = idle
        self.awaited = awaited
        self.moved = 0
        self.out = False

    def passed(self) -> int:
        return self.moved

    def turn_out(self) -> None:
        self.out = True


def door(most: int = 3) -> Door:
    return Door(most=most, slow_seconds=10, slow_bytes=1000)


def test_when_it_is_full_the_longest_silent_goes() -> None:
    full = door()
    first, second, third, fourth = (Guest() for _ in range(4))
    for guest in (first, second, third):
        full.enter(guest)
    full.heard(first)

    assert full.enter(fourth)
    assert [False, True, False, False] == [guest.out for guest in (first, second, third, fourth)]
    assert 3 == len(full)


def test_who_has_something_under_way_stays_and_a_new_one_does_not_get_in() -> None:
    full = door()
    busy = [Guest(idle=False) for _ in range(3)]
    for guest in busy:
        full.enter(guest)

    assert not full.enter(Guest())
    assert [False] * 3 == [guest.out for guest in busy]


def test_there_is_room_again_when_one_leaves() -> None:
    full = door(most=1)
    busy = Guest(idle=False)
    full.enter(busy)
    full.leave(busy)

    assert full.enter(Guest())


@pytest.mark.parametrize(
    ("bytes_a_second", "out"),
    [(0, True), (99, True), (101, False), (10_000, False)],
)
def test_who_has_us_wait_keeps_up_a_rate(bytes_a_second: int, out: bool) -> None:
    watching = door()
    guest = Guest(idle=False, awaited=True)
    watching.enter(guest)
    for second in range(0, 60, 2):
        watching.sweep(float(second))
        guest.moved += 2 * bytes_a_second

    assert out == guest.out


def test_who_has_nobody_wait_may_be_silent() -> None:
    watching = door()
    guest = Guest(awaited=True)
    watching.enter(guest)
    watching.sweep(0.0)
    guest.awaited = False
    watching.sweep(9.0)
    guest.awaited = True
    for second in (11.0, 20.0):
        watching.sweep(second)

    assert not guest.out


def test_bytes_are_counted_as_they_pass() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as served,
    ):
        before = bytes_passed(served)
        client.sendall(bytes(3000))
        received = 0
        while received < 3000:
            received += len(served.recv(3000))

        assert before + 3000 == bytes_passed(served)


def test_descriptors_are_raised_as_far_as_they_may() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

        assert 100 == most_connections(100)
        assert 612 == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert hard - 512 == most_connections(hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
