"""New pictures are turned away before any work is done for them, but only in a crowd, and never hits."""

import pytest

from proxy.crowd import Crowd, decided
from proxy.renderer_errors import QueueFull


class Scene:
    """A crowd whose room and clock the test sets."""

    def __init__(self) -> None:
        self.room = True
        self.now = 100.0
        self.crowd = Crowd(has_room=lambda: self.room, most=2, calm=5, clock=lambda: self.now)

    def enters(self, path: str) -> bool:
        try:
            self.crowd.enter(path)
        except QueueFull:
            return False
        return True


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_while_there_is_room_many_are_looked_for_at_once(scene):
    # The sixth may look, too, because nobody did for a moment.
    assert [True] * 6 + [False] * 4 == [scene.enters(f"/{n}") for n in range(10)]


def test_without_room_few_are(scene):
    scene.room = False

    # The third may look because nobody did for a moment: another process may have made it.
    assert [True, True, True, False, False] == [scene.enters(f"/{n}") for n in range(5)]


def test_in_a_crowd_without_room_one_is_looked_for_now_and_then(scene):
    scene.room = False
    for n in range(3):
        scene.enters(f"/{n}")
    early = scene.enters("/early")
    scene.now += 0.06

    assert (False, True, False) == (early, scene.enters("/later"), scene.enters("/too"))


def test_a_place_that_becomes_free_is_filled(scene):
    scene.room = False
    held = [scene.crowd.enter(f"/{n}") for n in range(2)]
    scene.enters("/crowd")
    for each in held:
        assert each is not None
        each.decide()
    refused = scene.enters("/refused")
    scene.room = True

    assert (False, True) == (refused, scene.enters("/free"))


def test_a_crowd_is_over_soon(scene):
    scene.room = False
    held = [scene.crowd.enter(f"/{n}") for n in range(3)]
    for each in held:
        assert each is not None
        each.decide()
    during = []
    for step in range(10):
        # As long as more come than may, it lasts.
        scene.now += 0.1
        scene.room = True
        held = [scene.crowd.enter(f"/{step}/{n}") for n in range(2)]
        during.append(scene.enters(f"/{step}/trickle") and scene.enters(f"/{step}/third"))
        for each in held:
            assert each is not None
            each.decide()
    scene.now += 1

    assert [False] * 10 == during
    assert [True] * 4 == [scene.enters(f"/after/{n}") for n in range(4)]


def test_what_was_served_and_what_is_looked_for_already_is_let_by(scene):
    scene.crowd.served("/hit")
    scene.room = False
    scene.enters("/looked-for")
    for n in range(10):
        scene.enters(f"/{n}")

    assert not scene.enters("/new")
    assert scene.crowd.enter("/hit") is None
    assert scene.crowd.enter("/looked-for") is None


def test_whoever_has_a_place_is_no_longer_undecided(scene):
    scene.room = False
    entered = scene.crowd.enter("/first")
    decided()
    second, third = scene.crowd.enter("/second"), scene.crowd.enter("/third")
    assert entered is not None
    entered.decide()

    assert second is not None and third is not None
    assert scene.crowd.enter("/trickle") is not None
    assert not scene.enters("/new")
