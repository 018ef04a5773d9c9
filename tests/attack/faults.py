"""Broken neighbours before a real server: each case breaks one, asks, mends it, and tells what was seen.

Every case is a function of a `Scene` that yields nothing and fails by an assertion; `CASES` names them all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis

from proxy.valkey import EmbeddedValkey
from tests.services.calotype import Answer, Server, serving
from tests.services.counting import Counter, counting
from tests.services.faulty_wire import Wire, wire
from tests.services.s3 import S3Server

PICTURE = (Path(__file__).parents[2] / "origin" / "samples" / "portrait.jpg").read_bytes()
WARM = "/w_64/warm.jpg"
NAMES = 40
"""Originals in the bucket, so that each miss can be of one that nobody read before."""
MOST_SECONDS = 5.0
"""Until a miss is refused."""
HIT_SECONDS = 1.0
"""Far more than a hit takes, and far less than any timeout of a neighbour."""


@dataclass
class Scene:
    """A server with a wire to each neighbour, and what it was seen to do."""

    server: Server
    counter: Counter
    storage: Wire
    redis: Wire
    valkey: str
    database: Wire | None = None
    slowest: dict[str, float] = field(default_factory=dict)
    """The longest answer of each kind, seconds."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def ask(self, path: str, kind: str) -> Answer:
        started = time.monotonic()
        answer = self.server.get(path)
        took = time.monotonic() - started
        self.slowest[kind] = max(took, self.slowest.get(kind, 0.0))
        return answer

    def hit(self) -> Answer:
        """A variant that is in memory."""
        return self.ask(WARM, "hit")

    def miss(self) -> Answer:
        """A variant that nobody asked for, of an original that nobody read."""
        number = next(self._numbers)
        return self.ask(f"/w_{number}/cold{number % NAMES}.jpg", "miss")

    def misses_until(self, status: int, *, seconds: float = 30.0) -> Answer:
        """Misses one after the other until one is answered so; the last answer."""
        deadline = time.monotonic() + seconds
        answer = self.miss()
        while answer.status != status and time.monotonic() < deadline:
            time.sleep(0.1)
            answer = self.miss()
        return answer


@contextmanager
def staged(folder: Path, s3: S3Server, valkey: str, **settings: str) -> Iterator[Scene]:
    """A server on a bucket, which holds `NAMES` originals, and on the Valkey at a unix socket."""
    with ExitStack() as stack:
        counter = stack.enter_context(counting(s3.endpoint_url))
        address = urlsplit(counter.url)
        storage = stack.enter_context(wire((str(address.hostname), int(address.port or 0))))
        redis = stack.enter_context(wire(valkey.removeprefix("unix://")))
        bucket = {
            "kind": "s3",
            "bucket": s3.bucket,
            "endpoint_url": f"http://127.0.0.1:{storage.port}",
            "region": "us-east-1",
            "access_key_id": s3.access_key_id,
            "secret_access_key": s3.secret_access_key,
            "addressing_style": "path",
        }
        given = {
            "CALOTYPE_MOUNTS": json.dumps([{"name": "main", "prefix": "", "storage": bucket}]),
            "CALOTYPE_REDIS__URL": f"redis://127.0.0.1:{redis.port}",
            "CALOTYPE_SERVER__WORKERS": "1",
            "CALOTYPE_CACHE__NEGATIVE_SECONDS": "1",
        }
        server = stack.enter_context(serving(folder, **given, **settings))
        scene = Scene(server, counter, storage, redis, valkey)
        assert server.get(WARM).status == 200
        yield scene


def fill(administrator: object, bucket: str) -> None:
    """Put the originals of the scenes into the bucket."""
    for name in ("warm", *(f"cold{number}" for number in range(NAMES))):
        # The name behind the picture: no two have the same bytes.
        body = PICTURE + name.encode()
        administrator.put_object(Bucket=bucket, Key=f"{name}.jpg", Body=body)  # type: ignore[attr-defined]


def _storage_away(scene: Scene, fault: Callable[[], None]) -> None:
    """Hits go on; misses are refused, soon at once and with the time to come back; all heals by itself."""
    fault()
    refused = scene.misses_until(503)
    soon = [scene.miss() for _ in range(5)]
    hits = [scene.hit() for _ in range(20)]
    ready = json.loads(scene.server.get("/-/ready").body)
    time.sleep(1.2)
    opened = scene.server.metric("calotype_origin_breaker_open", mount="main")
    _mend(scene)
    healed = scene.misses_until(200)

    assert (503, "origin_unavailable") == (refused.status, refused.error["code"])
    assert {200} == {answer.status for answer in hits}
    assert all(answer.status in (502, 503, 504) for answer in soon)
    assert all(1 <= int(a.headers["retry-after"]) <= 5 for a in (refused, *soon) if a.status == 503)
    assert scene.slowest["miss"] < MOST_SECONDS, scene.slowest
    assert scene.slowest["hit"] < HIT_SECONDS, scene.slowest
    assert ("degraded", 1.0) == (ready["status"], opened)
    assert 200 == healed.status
    assert json.loads(scene.server.get("/-/ready").body)["checks"]["mounts"] == "ok"


def _mend(scene: Scene) -> None:
    scene.counter.failing, scene.counter.delay_seconds = False, 0.0
    scene.counter.spoil, scene.counter.cut = None, False
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


def storage_truncates(scene: Scene) -> None:
    """Bodies that end half way, under the whole length: never a picture."""
    scene.counter.cut = True
    statuses = [scene.miss().status for _ in range(3)]
    _mend(scene)
    healed = scene.misses_until(200)

    assert set(statuses) <= {502, 503, 504}
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


Case = Callable[[Scene], None]

QUICK: tuple[Case, ...] = (storage_refused, redis_black_holed, redis_read_only)
THOROUGH: tuple[Case, ...] = (
    *(storage_503, storage_black_holed, storage_slow, storage_truncates, storage_gives_wrong_bytes),
    *(redis_refused, redis_slow, redis_flushed, redis_out_of_memory),
)
SETTINGS: dict[Case, dict[str, str]] = {
    # Else the bytes that were just read are at hand, and the storage is not asked.
    storage_gives_wrong_bytes: {"CALOTYPE_ORIGIN__RECENT_BYTES": "0"},
}
DATABASE: tuple[Case, ...] = (database_refused, database_black_holed)


@contextmanager
def own_valkey(folder: Path) -> Iterator[str]:
    """A Valkey that may be harmed."""
    import asyncio

    server = EmbeddedValkey(folder, max_memory_bytes=64_000_000)
    asyncio.run(server.start())
    try:
        yield server.url
    finally:
        asyncio.run(server.stop())


def run_all(folder: Path, s3: S3Server, postgres: Path | None, cases: tuple[Case, ...]) -> list[str]:
    """One line for each case: its name, how it went, and the slowest hit and miss in seconds."""
    lines = []
    for case in cases:
        with ExitStack() as stack:
            place = folder / case.__name__
            (place / "valkey").mkdir(parents=True)
            valkey = stack.enter_context(own_valkey(place / "valkey"))
            settings, database = dict(SETTINGS.get(case, {})), None
            if case in DATABASE:
                assert postgres is not None, "the cases of the database need one"
                database = stack.enter_context(wire(str(postgres / ".s.PGSQL.5432")))
                url = f"postgresql://calotype@127.0.0.1:{database.port}/postgres"
                settings["CALOTYPE_METADATA__URL"] = url
            scene = stack.enter_context(staged(place / "data", s3, valkey, **settings))
            scene.database = database
            try:
                case(scene)
                outcome = "holds"
            except AssertionError as error:
                outcome = f"FAILS: {error}"
            slowest = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in scene.slowest.items())
            lines.append(f"{case.__name__}: {outcome} ({slowest})")
    return lines
