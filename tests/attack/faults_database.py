"""A database that is away."""

from __future__ import annotations

from collections.abc import Callable

from tests.attack.faults_scene import HIT_SECONDS, MOST_SECONDS, Scene
from tests.services.faulty_wire import Wire


def _database_away(scene: Scene, fault: Callable[[Wire], None]) -> None:
    """What is cached is served, and new pictures are learnt by this process alone."""
    assert scene.database is not None
    fault(scene.database)
    hits = [scene.hit() for _ in range(10)]
    misses = [scene.miss() for _ in range(4)]
    scene.database.heal()
    healed = scene.misses_until(200)

    assert {200} == {answer.status for answer in hits}
    assert all(answer.status in (200, 503) for answer in misses)
    assert scene.slowest["hit"] < HIT_SECONDS, scene.slowest
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest
    assert 200 == healed.status


def database_refused(scene: Scene) -> None:
    _database_away(scene, Wire.refuse)


def database_black_holed(scene: Scene) -> None:
    _database_away(scene, Wire.silence)
