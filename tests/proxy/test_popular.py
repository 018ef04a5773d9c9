"""What is popular: counted by key, told of once, in bounded room."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from proxy.popular import Popular


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def popular(told: list[str], clock: Clock, *, most: int = 8) -> Popular:
    return Popular(
        after=3,
        over_seconds=60,
        tell=lambda settled: told.append(settled.key),
        most=most,
        clock=clock,
    )


def settled(key: str) -> Any:
    return SimpleNamespace(key=key)


def test_it_takes_hits_and_time() -> None:
    told: list[str] = []
    clock = Clock()
    part = popular(told, clock)
    part.watch(settled("a"))
    part.hit("a", 10)
    early = list(told)
    clock.now = 61.0
    part.hit("a")
    part.hit("a")

    assert ([], ["a"], 0) == (early, told, len(part))


def test_time_alone_is_not_enough_and_strangers_are_not_counted() -> None:
    told: list[str] = []
    clock = Clock()
    part = popular(told, clock)
    part.watch(settled("a"))
    clock.now = 61.0
    part.hit("a", 2)
    part.hit("b", 100)

    assert ([], 1) == (told, len(part))


def test_being_watched_again_begins_nothing_anew() -> None:
    told: list[str] = []
    clock = Clock()
    part = popular(told, clock)
    part.watch(settled("a"))
    part.hit("a", 2)
    clock.now = 61.0
    part.watch(settled("a"))
    part.hit("a")

    assert ["a"] == told


def test_a_scan_leaves_what_is_asked_for() -> None:
    told: list[str] = []
    clock = Clock()
    part = popular(told, clock, most=8)
    part.watch(settled("a"))
    part.hit("a", 2_000)
    for number in range(50):
        part.watch(settled(f"scan {number}"))
    clock.now = 61.0
    part.hit("a", 3)

    assert ["a"] == told
    assert len(part) <= 8


def test_room_is_bounded_though_everything_is_asked_for() -> None:
    told: list[str] = []
    part = popular(told, Clock(), most=8)
    for number in range(100):
        part.watch(settled(f"{number}"))
        part.hit(f"{number}", 1_000_000)

    assert len(part) <= 8
