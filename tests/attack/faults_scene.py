"""The stage for broken neighbours: a real server, with a wire to each of them that can be made to fail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

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

    def misses_until(self, status: int) -> Answer:
        """Misses one after the other until one is answered so; the last answer."""
        return _until(self.miss, status)

    def hits_until(self, status: int) -> Answer:
        """The same of hits."""
        return _until(self.hit, status)


def _until(ask: Callable[[], Answer], status: int, *, seconds: float = 30.0) -> Answer:
    deadline = time.monotonic() + seconds
    answer = ask()
    while answer.status != status and time.monotonic() < deadline:
        time.sleep(0.1)
        answer = ask()
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
