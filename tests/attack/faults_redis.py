"""A Redis that is away, slow, emptied, read-only or full."""

from __future__ import annotations

from collections.abc import Callable

from redis import Redis

from tests.attack.faults_scene import HIT_SECONDS, MOST_SECONDS, Scene


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
