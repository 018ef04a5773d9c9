"""What a soak does to a server: one of everything that comes in over a day, in a mix, at a bounded rate."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks import originals
from benchmarks.server import HERE

KEY = [{"key": "soak", "secret": "a-secret-of-a-soak", "scopes": ["read", "upload", "delete"]}]
_AUTHORIZED = {"Authorization": "Bearer a-secret-of-a-soak", "Content-Type": "image/jpeg"}
_PAUSE_SECONDS = 0.04
_SLOW_SECONDS = 2.0
_KNOWN = tuple(f"/w_{width},f_jpg/dandelion.jpg" for width in range(200, 400, 5))
_MOST_UPLOADS = 20
"""That are there at one time; then the oldest goes."""
_BUSY = 503


@dataclass
class Mix:
    """All clients of one soak, until `over` is set; what they did and what they did not expect."""

    port: int
    picture: bytes
    done: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    """Answers that ask to come again: none is wrong, but many say that the machine is too small."""
    over: threading.Event = field(default_factory=threading.Event)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextlib.contextmanager
    def running(self, clients: int = 4) -> Iterator[None]:
        """So many clients at work until the block ends."""
        threads = [threading.Thread(target=Client(self, number).work) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()


class Client:
    """A kept connection that does one thing after another, drawn by their weights."""

    def __init__(self, mix: Mix, seed: int) -> None:
        self._mix = mix
        self._draw = random.Random(seed)
        self._connection = http.client.HTTPConnection(HERE, mix.port, timeout=60)
        self._uploaded: list[str] = []
        self._etags: dict[str, str] = {}
        self._things: dict[Callable[[], None], int] = {
            self.hit: 60,
            self.conditional: 15,
            self.new: 8,
            self.missing: 5,
            self.refused: 4,
            self.upload: 3,
            self.delete: 3,
            self.slow: 1,
        }

    def work(self) -> None:
        """Until the soak is over."""
        things, weights = tuple(self._things), tuple(self._things.values())
        while not self._mix.over.wait(self._draw.uniform(0, 2 * _PAUSE_SECONDS)):
            thing = self._draw.choices(things, weights)[0]
            try:
                thing()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                self._mix.wrong[f"{thing.__name__}: {type(error).__name__}"] += 1
            self._mix.done[thing.__name__] += 1
        self._connection.close()

    def hit(self) -> None:
        path = self._draw.choice(_KNOWN)
        self._etags[path] = self._ask("hit", path, 200)[1].get("ETag", "")

    def conditional(self) -> None:
        if self._etags:
            path, etag = self._draw.choice(tuple(self._etags.items()))
            # A second encode may have come in between, and has an ETag of its own.
            self._ask("conditional", path, 304, 200, headers={"If-None-Match": etag})

    def new(self) -> None:
        size, format = self._draw.randrange(40, 400), self._draw.choice(("jpg", "webp", "avif", "png"))
        self._ask("new", f"/w_{size},h_{self._draw.randrange(40, 400)},c_fill,f_{format}/dandelion.jpg", 200)

    def missing(self) -> None:
        self._ask("missing", f"/w_100/nobody-{next(self._mix.numbers)}.jpg", 404)

    def refused(self) -> None:
        self._ask("refused", f"/w_{self._draw.choice(('no', '0', '999999999'))}/dandelion.jpg", 400)

    def upload(self) -> None:
        body = originals.distinct(self._mix.picture, next(self._mix.numbers))
        answer, _ = self._ask("upload", "/api/v1/images", 201, 200, method="POST", body=body)
        if answer:
            self._uploaded.append(json.loads(answer)["public_id"])
            self._ask("upload", f"/w_120,f_webp/{self._uploaded[-1]}", 200)
        if len(self._uploaded) > _MOST_UPLOADS:
            self.delete()

    def delete(self) -> None:
        if self._uploaded:
            name = self._uploaded.pop(0)
            self._ask("delete", f"/api/v1/images/{name}", 200, 202, method="DELETE")
            self._ask("taken down", f"/w_120,f_webp/{name}", 410)

    def slow(self) -> None:
        """Half of a request, and nothing more for a while; then gone."""
        with socket.create_connection((HERE, self._mix.port), timeout=10) as connection:
            connection.sendall(b"GET /w_200,f_jpg/dandelion.jpg HTTP/1.1\r\nHost: a")
            self._mix.over.wait(_SLOW_SECONDS)

    def _ask(
        self,
        what: str,
        path: str,
        *expected: int,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[bytes, http.client.HTTPMessage]:
        """The body, empty when the answer was not an expected one, and the headers."""
        authorized = _AUTHORIZED if path.startswith("/api/") else {}
        self._connection.request(method, path, body, authorized | (headers or {}))
        response = self._connection.getresponse()
        answer = response.read()
        if response.status == _BUSY:
            self._mix.busy += 1
            time.sleep(_PAUSE_SECONDS)
        elif response.status not in expected:
            self._mix.wrong[f"{what}: {response.status}"] += 1
        return (answer if response.status in expected else b""), response.headers
