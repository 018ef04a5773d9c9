"""A Redis that is away, slow, paused, emptied, read-only, full, or failing over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from redis import Redis

from tests.attack.faults_scene import HIT_SECONDS, MOST_SECONDS, Scene
from tests.services.valkey_pair import Pair, valkey_pair


def _redis_away(scene: Scene, fault: Callable[[], None], mend: Callable[[], None]) -> None:
    """Pictures as before, new ones too, within a second; it is used again once it is back."""
    fault()
    statuses = {scene.hit().status for _ in range(10)} | {scene.miss().status for _ in range(8)}
    mend()
    statuses |= {scene.miss().status for _ in range(2)}

    assert {200} == statuses
    assert scene.slowest["hit"] < HIT_SECONDS, scene.slowest
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest


def redis_refused(scene: Scene) -> None:
    _redis_away(scene, scene.redis.refuse, scene.redis.heal)


def redis_black_holed(scene: Scene) -> None:
    _redis_away(scene, scene.redis.silence, scene.redis.heal)


def redis_slow(scene: Scene) -> None:
    _redis_away(scene, lambda: scene.redis.slow(2.0), scene.redis.heal)


def _with_redis(scene: Scene, *commands: tuple[str, ...]) -> None:
    with Redis.from_url(scene.valkey) as client:
        for command in commands:
            client.execute_command(*command)


def redis_flushed(scene: Scene) -> None:
    _redis_away(scene, lambda: _with_redis(scene, ("FLUSHALL",)), lambda: None)


def redis_read_only(scene: Scene) -> None:
    _redis_away(
        scene,
        lambda: _with_redis(scene, ("REPLICAOF", "127.0.0.1", "1")),
        lambda: _with_redis(scene, ("REPLICAOF", "NO", "ONE")),
    )


def redis_out_of_memory(scene: Scene) -> None:
    _redis_away(
        scene,
        lambda: _with_redis(
            scene, ("CONFIG", "SET", "maxmemory-policy", "noeviction"), ("CONFIG", "SET", "maxmemory", "1")
        ),
        lambda: _with_redis(scene, ("CONFIG", "SET", "maxmemory", "64mb")),
    )


def redis_paused(scene: Scene) -> None:
    """Every client is held back for some seconds, as by a script or a snapshot that takes too long."""
    _redis_away(scene, lambda: _with_redis(scene, ("CLIENT", "PAUSE", "3000", "ALL")), lambda: None)


def _failing_over(scene: Scene, fault: Callable[[Pair], None]) -> None:
    """A primary with a replica behind the address of the server; its keys are taken again by the new one."""
    with TemporaryDirectory(prefix="calotype-pair-") as folder, valkey_pair(Path(folder)) as pair:
        scene.redis.lead_to(pair.primary)
        scene.redis.cut()
        before = [scene.miss() for _ in range(4)]
        fault(pair)
        scene.redis.lead_to(pair.replica)
        during = [scene.hit() for _ in range(10)] + [scene.miss() for _ in range(8)]
        with Redis(unix_socket_path=pair.replica) as taken_over:
            kept = [int(taken_over.dbsize())]
            for _ in range(30):
                during.append(scene.miss())
                kept.append(int(taken_over.dbsize()))
        scene.redis.lead_to(scene.valkey.removeprefix("unix://"))
        scene.redis.cut()

    assert {200} == {answer.status for answer in (*before, *during)}
    assert kept[-1] > kept[0]
    assert scene.slowest["hit"] < HIT_SECONDS, scene.slowest
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest


def redis_fails_over(scene: Scene) -> None:
    """Open connections lead to what may only read now."""
    _failing_over(scene, Pair.demote)


def redis_primary_killed(scene: Scene) -> None:
    def fault(pair: Pair) -> None:
        pair.kill()
        pair.promote()

    _failing_over(scene, fault)
