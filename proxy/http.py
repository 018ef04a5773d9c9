"""aiohttp's server with our manners.

What its parser refuses is answered in our words, without an echo and without a page of log for every
stranger; a head may not dawdle; large bodies are written as fast as they are taken, and nothing more is
answered before they were.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from functools import partial
from typing import Any, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from proxy import metrics
from proxy.door import Door, bytes_passed
from proxy.errors import Refusal
from proxy.heads import VERSIONS, expectation_failed, unknown_version
from proxy.plain import Asked
from proxy.sending import SLICE_BYTES, Slices
from proxy.short_way import ShortWay
from proxy.unparsed import as_bytes, refusal_of, response_to

logger = logging.getLogger(__name__)

_RESET = struct.pack("ii", 1, 0)
"""The struct linger of socket(7) that has a socket forget what is unsent."""
_LOOKS, _LOOK_SECONDS = 100, 0.01
"""How often at most, and after how long, a connection that is to end looks whether a body was found."""
_LINGER_SECONDS = 1.0
"""How long a body is still taken, and thrown away, whose request was answered without it."""


class Connection(RequestHandler):
    """One connection. A head has to be there `head_seconds` after its first byte, or after the connection."""

    __slots__ = (
        *("_asked", "_between", "_door", "_ending", "_head_seconds", "_head_timer", "_held", "_line"),
        *("_short_way", "sends_file"),
    )

    def __init__(
        self,
        manager: web.Server,
        *,
        head_seconds: float,
        door: Door,
        short_way: ShortWay | None = None,
        **options: Any,
    ) -> None:
        super().__init__(manager, lingering_time=_LINGER_SECONDS, **options)
        self._head_seconds = head_seconds
        self._head_timer: asyncio.TimerHandle | None = None
        self._door = door
        self._short_way = short_way
        self._between = True
        """Whether the parser has nothing of a request that is not whole."""
        self._asked: Asked | None = None
        """What the request under way says, for the short way to learn its answer."""
        self._held: bytes | None = None
        """What came and is not read, while the body of a known answer is looked for."""
        self._ending = False
        """Whether to close once that is over."""
        self.sends_file = False
        """Whether a file waits for the client to take more of it."""
        # Of our own: aiohttp forgets its transport as soon as it asks it to close, which a client that takes
        # nothing can put off for ever.
        self._line: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._line = cast(asyncio.Transport, transport)
        if self._door.enter(self):
            self._await_head()
        else:
            self._say(Refusal(503, "too_many_connections", "too many connections", {"Retry-After": "1"}))

    def connection_lost(self, exc: BaseException | None) -> None:
        self._head_is_there()
        self._door.leave(self)
        self._line = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not data:
            super().data_received(data)
            return
        self._door.heard(self)
        if self._held is not None:
            self._hold_more(data)
            return
        asked = self._read_plain(data)
        if asked is None or not (self._answer_shortly(asked) or self._answer_later(asked, data)):
            self._parse(data, asked)

    def _parse(self, data: bytes, asked: Asked | None) -> None:
        heads = self._request_count
        super().data_received(data)
        self._asked = asked if self._request_count == heads + 1 else None
        # By then all before the empty line was taken for heads; a body that ends so is waited for.
        self._between = self._request_count > heads and data.endswith(b"\r\n\r\n")
        if self._request_count > heads:
            self._head_is_there()
        elif self._head_timer is None and self._waits_for_head:
            self._await_head()

    def _read_plain(self, data: bytes) -> Asked | None:
        """The request that is all of `data`, if that is plain and nothing else is under way."""
        if (
            self._short_way is None
            or not self._between
            or not (self._waits_for_head or self._is_new)
            or self._paused
            or self._upgraded
            or self._door.closing
        ):
            return None
        return self._short_way.read(data)

    def _answer_shortly(self, asked: Asked) -> bool:
        """Answer before the parser, if the answer is known."""
        assert self._short_way is not None and self.transport is not None
        answer = self._short_way.answer(asked)
        if answer is None:
            return False
        self._head_is_there()
        self.transport.write(answer)
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        return True

    def _answer_later(self, asked: Asked, data: bytes) -> bool:
        """Answer before the parser once the body is there, if that is all that is lacking."""
        assert self._short_way is not None
        self._held = data
        if not self._short_way.answer_later(asked, partial(self._answer_now, asked, data)):
            self._held = None
            return False
        self._head_is_there()
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        return True

    def _answer_now(self, asked: Asked, data: bytes, answer: bytes | None) -> None:
        """Go on with what was held: `answer` it, or have the parser read it."""
        more, self._held = (self._held or data)[len(data) :], None
        if self.transport is None:
            return
        if answer is None or self._ending or self._door.closing:
            self._parse(data, asked)
        else:
            self.transport.write(answer)
        if more:
            self.transport.resume_reading()
            self.data_received(more)
        if self._ending:
            super().close()

    def _hold_more(self, data: bytes) -> None:
        """Keep what comes while we look for a body, and have no more come."""
        assert self._held is not None and self.transport is not None
        self._held += data
        self.transport.pause_reading()

    def close(self) -> None:
        # aiohttp would close at once, for it knows of no request.
        self._ending = True
        if self._held is None:
            super().close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109
        for _ in range(_LOOKS):
            if self._held is None:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        await super().shutdown(timeout)

    @property
    def _is_new(self) -> bool:
        """Whether its first bytes came before aiohttp's task had its first turn."""
        return self._waiter is None and not self._request_count and not self._close and not self._force_close

    @property
    def _waits_for_head(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _await_head(self) -> None:
        self._head_timer = self._loop.call_later(self._head_seconds, self._head_is_late)

    def _head_is_there(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport is not None and self._waits_for_head:
            self._say(Refusal(408, "request_timeout", "the head of the request took too long"))

    def _say(self, refusal: Refusal) -> None:
        """The last words to who has not asked for anything yet."""
        if self.transport is not None:
            self.transport.write(as_bytes(refusal))
        self.force_close()

    @property
    def idle(self) -> bool:
        return self._waits_for_head and not self._unsent and self._held is None

    @property
    def awaited(self) -> bool:
        return self._unsent > 0 or self.sends_file or self._body_is_missing

    @property
    def _unsent(self) -> int:
        return 0 if self._line is None else self._line.get_write_buffer_size()

    @property
    def _body_is_missing(self) -> bool:
        request = self._current_request
        # While the handler takes its time reading is paused, and the client not to be blamed.
        return request is not None and not request.content.is_eof() and not self._reading_paused

    def passed(self) -> int:
        try:
            return bytes_passed(cast(asyncio.Transport, self._line).get_extra_info("socket"))
        except OSError:
            return 0

    def turn_out(self) -> None:
        self._force_close = True
        if self._line is None:
            return
        if self._unsent:
            # Else the kernel would keep what it has for as long as the client answers its questions.
            self._line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._line.abort()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.HTTPExpectationFailed):
            # Said by aiohttp before anything of ours was asked.
            resp = response_to(expectation_failed(request.headers.get("Expect", "")))
        if request.version not in VERSIONS:
            # aiohttp would answer in that version, which we do not speak.
            self._say(unknown_version())
            return resp, True
        if self._door.closing or (request.body_exists and not request.content.is_eof()):
            resp.force_close()
        if isinstance(resp, web.Response) and isinstance(resp.body, bytes) and len(resp.body) > SLICE_BYTES:
            resp.body = Slices(resp.body)
        asked, self._asked = self._asked, None
        done, reset = await super().finish_response(request, resp, start_time)
        if asked is not None and self._short_way is not None and not reset:
            self._short_way.learn(asked, request, done)
        if self._paused and not reset:
            # Whoever asks again and again and takes nothing must not have us gather what it asked for.
            try:
                await self._drain_helper()
            except ConnectionError:
                reset = True
        return done, reset

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what never became a request, or to a fault outside of our own handlers."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        if status >= 500:
            logger.error("a request failed outside its handler", exc_info=exc)
        else:
            logger.debug("not a request: %r", exc)
        refusal = refusal_of(status, exc)
        metrics.count_request("other", refusal.rule.status, 0.0)
        return response_to(refusal)


class HttpServer(web.Server):
    """Makes a `Connection` for each client."""

    def __call__(self) -> Connection:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """An AppRunner whose server is ours."""

    async def _make_server(self) -> HttpServer:
        made = await super()._make_server()
        return HttpServer(made.request_handler, request_factory=made.request_factory, **made._kwargs)
