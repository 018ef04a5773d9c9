"""A database that is away."""

from __future__ import annotations

from collections.abc import Callable

from tests.attack.faults_scene import HIT_SECONDS, MOST_SECONDS, Scene
from tests.services.faulty_wire import Wire


def _database_away(scene: Scene, fault: Callable[[Wire], None]) -> None:
    """What is cached is served for as long as the lease, new pictures too; then nothing, until it is back."""
    assert scene.database is not None
    fault(scene.database)
    hits = [scene.hit() for _ in range(10)]
    misses = [scene.miss() for _ in range(2)]
    over = scene.hits_until(503)
    scene.database.heal()
    healed = scene.hits_until(200)
    learnt = scene.miss()

    assert {200} == {answer.status for answer in (*hits, *misses, healed, learnt)}
    assert (503, "metadata_unavailable") == (over.status, over.error["code"])
    assert 1 <= int(over.headers["retry-after"]) <= 5
    assert scene.slowest["hit"] < HIT_SECONDS, scene.slowest
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest


def database_refused(scene: Scene) -> None:
    _database_away(scene, Wire.refuse)


def database_black_holed(scene: Scene) -> None:
    _database_away(scene, Wire.silence)
