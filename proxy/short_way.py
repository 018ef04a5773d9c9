"""The short way: what was answered a moment ago is answered again from its bytes, before aiohttp's parser.

It answers nothing that it has not seen answered. `Connection` shows it each plain request, the line and the
fields below it as they came; the first goes the ordinary way, and where the handler says that the answer
lasts (`Lasting`), its head is kept as it was written. The body is not: it is looked up in the memory tier
each time, so that what is forgotten there, for whatever reason, is not shown here. What memory has let go of
is looked for beyond it (`Afar`), and the answer held against what was forgotten meanwhile.

Anything odd (a range, a body, a hint, several requests at once) takes the ordinary way. So does a request
with `TE: trailers`, which changes no answer: by that tests compare the two ways.

    request line, header lines -> Asked -> head kept for (line, formats) -> bytes
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from random import getrandbits, randint
from typing import NamedTuple

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from origin.errors import MetadataUnavailable
from proxy.afar import Afar
from proxy.crowd import Crowd
from proxy.errors import MOST_RETRY_SECONDS
from proxy.logs import AccessLine
from proxy.plain import Asked, Key, PlainReader
from proxy.tally import Tally
from proxy.variant import Variant

MOST_BODY_BYTES = 262_144
"""A larger body is written in slices, at the pace of whoever takes it."""

_KNOWN_ANSWERS = 8192
_MEMORY = "memory"
_LINE = re.compile(rb"(GET|HEAD) (/[!-~]*) HTTP/1\.1")


@dataclass(frozen=True, slots=True)
class Lasting:
    """What an answer rests on, and for how long nobody has to look again."""

    seconds: float
    variant: str
    """The key of the variant that is its body."""
    rests_on: frozenset[str]
    """The names that led to the originals that it shows, and the ids of those that are hosted."""


LASTING = web.RequestKey("lasting", Lasting)
"""What a handler leaves in its request of an answer that lasts."""


class Head(NamedTuple):
    """A head as it was written, cut where its request's id and the date stood."""

    status: int
    pieces: tuple[bytes, ...]
    cache: str | None
    """The tier that its body came from."""
    line: AccessLine | None
    bodiless: bool
    """Of a HEAD."""


@dataclass(slots=True)
class _Answer:
    """The heads for one URL and one class of clients, by where the body came from: None where the client's
    copy is still good."""

    lasting: Lasting
    until: float
    etag: str
    heads: dict[str | None, Head]


def _nobody(key: str) -> None:
    """Counts nothing."""


class ShortWay:
    """What one process has answered lately.

    `body` looks into the memory tier; `hold` raises MetadataUnavailable while nothing may be shown; `others`
    are the beginnings of paths that are no pictures; `refusal` is what is answered to new ones in a crowd.
    `hit` counts how often a variant is asked for; `afar` looks for bodies beyond memory.
    """

    def __init__(
        self,
        *,
        body: Callable[[str], bytes | None],
        hold: Callable[[], None],
        reader: PlainReader,
        crowd: Crowd,
        tally: Tally,
        refusal: web.Response | None,
        hit: Callable[[str], None] = _nobody,
        afar: Afar | None = None,
        others: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.read = reader.read
        self._body = body
        self._hold = hold
        self._crowd = crowd
        self._tally = tally
        self._hit = hit
        self._afar = afar
        self._others = tuple(others)
        self._clock = clock
        self._answers: dict[Key, _Answer] = {}
        self._keys: dict[str, set[Key]] = {}
        """Of answers, by what they rest on."""
        self._refusal = None if refusal is None else _refusal_pieces(refusal)
        self._date, self._date_until = b"", 0.0

    def answer(self, asked: Asked) -> bytes | None:
        """All the bytes of the answer; None where it is not known, or no longer known to be good."""
        started = time.perf_counter()
        known = self._answers.get(asked.key)
        if known is None:
            return self._turn_away(asked.line, started)
        head = known.heads.get(None if asked.etag == known.etag else _MEMORY)
        now, body = self._clock(), None
        if head is not None and self._stands(known, now):
            body = self._body(known.lasting.variant) if head.status == 200 else b""
        if head is None or body is None:
            self._crowd.served(_path(asked.line))
            return None
        return self._whole(known, head, body, now, started)

    def answer_later(self, asked: Asked, say: Callable[[bytes | None], None]) -> bool:
        """Whether all of the answer is known but its body, which is then looked for beyond memory.

        In a later turn of the loop `say` gets all the bytes of the answer, or None where the body is not
        there, or the rest is no longer known to be good.
        """
        started, known = time.perf_counter(), self._answers.get(asked.key)
        if known is None or self._afar is None or asked.etag == known.etag:
            return False
        head = known.heads.get(self._afar.name)
        if head is None or not self._stands(known, self._clock()) or self._body(known.lasting.variant):
            # What memory has by now, the ordinary way says to be from there.
            return False

        def found(variant: Variant | None) -> None:
            say(None if variant is None else self._from_afar(asked, known, head, variant, started))

        return self._afar.look(known.lasting.variant, found)

    def _from_afar(
        self, asked: Asked, known: _Answer, head: Head, variant: Variant, started: float
    ) -> bytes | None:
        now = self._clock()
        if self._answers.get(asked.key) is not known or not self._stands(known, now) or variant.succeeded:
            return None
        assert isinstance(variant.body, bytes), "what is in a file is no short answer"
        assert self._afar is not None
        self._tally.count(_MEMORY, "stored" if self._afar.keep(variant) else "skipped")
        return self._whole(known, head, variant.body, now, started)

    def _whole(self, known: _Answer, head: Head, body: bytes, now: float, started: float) -> bytes:
        """All the bytes of an answer, counted."""
        self._hit(known.lasting.variant)
        before, between, after = head.pieces
        request_id = b"%016x" % getrandbits(64)
        if head.bodiless:
            body = b""
        whole = b"".join((before, request_id, between, self._today(now), after, body))
        self._tally.add(head.status, head.cache, request_id, started, head.line)
        return whole

    def learn(self, asked: Asked, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Remember how this request was answered, if the handler says that the answer lasts."""
        lasting = request.get(LASTING)
        if lasting is not None and response.status in (200, 304):
            headers = response.headers
            pieces = _cut(_head(response), headers["X-Request-Id"], headers["Date"])
            if pieces is not None and (target := _LINE.fullmatch(asked.line)) is not None:
                cache = request.get("cache")
                size = response.content_length or 0
                line = self._tally.line(request.method, target[2].decode(), response.status, size, cache)
                self._keep(
                    asked,
                    headers["ETag"],
                    Head(response.status, pieces, cache, line, request.method == "HEAD"),
                    lasting,
                )

    def forget(self, changed: Collection[str]) -> None:
        """Forget all that rests on one of these."""
        for each in changed:
            for key in tuple(self._keys.get(each, ())):
                self._drop(key)

    def forget_all(self) -> None:
        """Forget every answer."""
        self._answers.clear()
        self._keys.clear()

    def close(self) -> None:
        """Have counted what was answered."""
        self._tally.flush()

    def _drop(self, key: Key) -> _Answer | None:
        dropped = self._answers.pop(key, None)
        for each in dropped.lasting.rests_on if dropped is not None else ():
            keys = self._keys[each]
            keys.discard(key)
            if not keys:
                del self._keys[each]
        return dropped

    def _stands(self, known: _Answer, now: float) -> bool:
        if now >= known.until:
            return False
        try:
            self._hold()
        except MetadataUnavailable:
            return False
        return True

    def _keep(self, asked: Asked, etag: str, head: Head, lasting: Lasting) -> None:
        unchanged, key = head.status == 304, asked.key
        if unchanged != (asked.etag == etag):
            return
        before = self._drop(key)
        if before is None and len(self._answers) >= _KNOWN_ANSWERS:
            # The oldest goes, so that a scan over many URLs does not take all of them along.
            self._drop(next(iter(self._answers)))
        heads = before.heads if before is not None and before.etag == etag else {}
        until = self._clock() + lasting.seconds
        self._answers[key] = _Answer(lasting, until, etag, {**heads, None if unchanged else head.cache: head})
        for each in lasting.rests_on:
            self._keys.setdefault(each, set()).add(key)

    def _turn_away(self, line: bytes, started: float) -> bytes | None:
        """The answer to a new URL in a crowd: it has cost nothing yet, not even to be read."""
        match = _LINE.fullmatch(line)
        if self._refusal is None or match is None or match[1] != b"GET":
            return None
        (status, size, pieces), path = self._refusal, match[2].decode()
        if path.startswith(self._others) or not self._crowd.turns_away(path):
            return None
        request_id = b"%016x" % getrandbits(64)
        said = (
            b"Retry-After: %d" % randint(1, MOST_RETRY_SECONDS),
            request_id,
            self._today(self._clock()),
            request_id,
        )
        whole = [pieces[0]]
        for value, piece in zip(said, pieces[1:], strict=True):
            whole += (value, piece)
        self._tally.add(status, None, request_id, started, self._tally.line("GET", path, status, size, None))
        return b"".join(whole)

    def _today(self, now: float) -> bytes:
        if now >= self._date_until:
            self._date = rfc822_formatted_time().encode()
            self._date_until = now + 1.0 - time.time() % 1.0
        return self._date


def _refusal_pieces(response: web.Response) -> tuple[int, int, tuple[bytes, ...]] | None:
    """Its status, its size and its pieces, as aiohttp would write them."""
    assert isinstance(response.body, bytes)
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Date"] = rfc822_formatted_time()
    headers = response.headers
    request_id, retry = headers["X-Request-Id"], f"Retry-After: {headers['Retry-After']}"
    pieces = _cut(_head(response) + response.body, retry, request_id, headers["Date"], request_id)
    return None if pieces is None else (response.status, len(response.body), pieces)


def _head(response: web.StreamResponse) -> bytes:
    """The head of an answer, as aiohttp writes it."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    return f"HTTP/1.1 {response.status} {response.reason}\r\n{fields}\r\n".encode()


def _cut(text: bytes, *values: str) -> tuple[bytes, ...] | None:
    """What stands around these values, which follow each other in it; None where they do not."""
    pieces = []
    for value in values:
        before, found, text = text.partition(value.encode())
        if not found:
            return None
        pieces.append(before)
    return (*pieces, text)


def _path(line: bytes) -> str:
    """The path of a line that was answered once."""
    return line[line.index(b" ") + 1 : -len(" HTTP/1.1")].decode()
