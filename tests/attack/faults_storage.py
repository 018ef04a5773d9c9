"""Object storage that is away, slow, or gives what it should not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from tests.attack.faults_scene import HIT_SECONDS, MOST_SECONDS, Scene
from tests.services.calotype import Answer


def _storage_away(scene: Scene, fault: Callable[[], None]) -> None:
    """Hits go on; misses are refused from the first on, with the time to come back; all heals by itself."""
    fault()
    refused = [_later(scene) for _ in range(6)]
    hits = [scene.hit() for _ in range(20)]
    ready = json.loads(scene.server.get("/-/ready").body)
    time.sleep(1.2)
    opened = scene.server.metric("calotype_origin_breaker_open", mount="main")
    _mend(scene)
    healed = scene.misses_until(200)

    assert {200} == {answer.status for answer in hits}
    assert {503} == {answer.status for answer in refused}
    assert {answer.error["code"] for answer in refused} <= {"storage_unavailable", "storage_timeout"}
    assert all(1 <= int(answer.headers["retry-after"]) <= 5 for answer in refused)
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest
    assert scene.slowest["hit"] < HIT_SECONDS, scene.slowest
    assert ("degraded", 1.0) == (ready["status"], opened)
    assert 200 == healed.status
    assert json.loads(scene.server.get("/-/ready").body)["checks"]["mounts"] == "ok"


def _later(scene: Scene) -> Answer:
    # Failures of one moment are a hiccup, and no reason to leave a storage alone.
    time.sleep(0.02)
    return scene.miss()


def _mend(scene: Scene) -> None:
    scene.counter.failing, scene.counter.delay_seconds = False, 0.0
    scene.counter.spoil, scene.counter.cut, scene.counter.lost = None, False, False
    scene.counter.drip_seconds = 0.0
    scene.storage.heal()
    scene.redis.heal()


def storage_refused(scene: Scene) -> None:
    _storage_away(scene, scene.storage.refuse)


def storage_black_holed(scene: Scene) -> None:
    _storage_away(scene, scene.storage.silence)


def storage_503(scene: Scene) -> None:
    _storage_away(scene, lambda: setattr(scene.counter, "failing", True))


def storage_slow(scene: Scene) -> None:
    _storage_away(scene, lambda: setattr(scene.counter, "delay_seconds", 8.0))


def storage_drips(scene: Scene) -> None:
    """Looks are quick and bodies slow: whoever asks is told in time, and who comes back is served."""
    scene.counter.drip_seconds = 6.0
    refused = scene.ask("/w_60/cold2.jpg", "miss")
    time.sleep(2.5)
    read = scene.ask("/w_60/cold2.jpg", "miss")
    _mend(scene)

    assert (503, "storage_timeout") == (refused.status, refused.error["code"])
    assert 200 == read.status
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest


def storage_loses_objects(scene: Scene) -> None:
    """A 404 for what it lists is its fault, and not ours to pass on."""
    known = [scene.ask(f"/w_{width}/warm.jpg", "miss") for width in (81, 82)]
    scene.counter.lost = True
    lost = [scene.ask(f"/w_{width}/warm.jpg", "miss") for width in (83, 84)] + [scene.miss()]
    _mend(scene)
    healed = scene.ask("/w_83/warm.jpg", "miss")

    assert {200} == {answer.status for answer in (*known, healed)}
    assert {(502, "origin_failed")} == {(answer.status, answer.error["code"]) for answer in lost}


def storage_truncates(scene: Scene) -> None:
    """Bodies that end half way, under the whole length: never a picture."""
    scene.counter.cut = True
    statuses = [scene.miss().status for _ in range(3)]
    _mend(scene)
    healed = scene.misses_until(200)

    assert {503} == set(statuses)
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest
    assert 200 == healed.status


def storage_gives_wrong_bytes(scene: Scene) -> None:
    """Other bytes under the same ETag are refused and never kept; the right ones are served afterwards."""
    right = scene.ask("/w_71/cold1.jpg", "miss")
    scene.counter.spoil = lambda body: body[:-200] + bytes(200)
    wrong = [scene.ask("/w_72/cold1.jpg", "miss") for _ in range(3)]
    _mend(scene)
    healed = scene.ask("/w_72/cold1.jpg", "miss")

    assert 200 == right.status
    assert [502] * 3 == [answer.status for answer in wrong]
    assert 200 == healed.status
    assert scene.server.metric("calotype_origin_reads_total", outcome="wrong_bytes") >= 1
