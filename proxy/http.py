"""aiohttp's server with our manners.

What its parser refuses is answered in our words, without an echo and without a page of log for every
stranger; a head may not dawdle.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from proxy import metrics
from proxy.errors import Refusal, error_body
from proxy.responses import SAFETY

logger = logging.getLogger(__name__)

_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(RequestHandler):
    """One connection. The head of its first request has to be there within `head_seconds`."""

    __slots__ = ("_head_seconds", "_head_timer")

    def __init__(self, manager: web.Server, *, head_seconds: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._head_seconds = head_seconds
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_timer = asyncio.get_running_loop().call_later(self._head_seconds, self._head_is_late)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def _head_is_late(self) -> None:
        # Later heads are under the keep-alive timeout, which runs until a whole one has been read.
        if self._request_count == 0 and self.transport is not None:
            self.transport.write(_TOO_LATE)
            self.force_close()

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
        refusal = _refusal(status, exc)
        metrics.count_request("other", refusal.rule.status, 0.0)
        headers = {
            "Cache-Control": "no-store",
            "Content-Type": "application/json; charset=utf-8",
            "Server": "calotype",
            "X-Cld-Error": refusal.message,
            **SAFETY,
        }
        body = error_body(refusal, secrets.token_hex(8))
        response = web.Response(status=refusal.rule.status, body=body, headers=headers)
        response.force_close()
        return response


def _refusal(status: int, error: BaseException | None) -> Refusal:
    if isinstance(error, LineTooLong):
        line = error.args[0] if error.args else b""
        if isinstance(line, bytes | bytearray) and line.startswith(b"/"):
            return Refusal(414, "url_too_long", "the URL is too long")
        return Refusal(431, "header_too_large", "a line of the request's head is too long")
    if status == 504:
        return Refusal(504, "timeout", "the request was not answered in time")
    if status >= 500:
        return Refusal(500, "internal_error", "something went wrong here")
    return Refusal(400, "malformed_request", "the request does not read as HTTP")


class HttpServer(web.Server):
    """Makes a `Connection` for each client."""

    def __call__(self) -> Connection:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """An AppRunner whose server is ours."""

    async def _make_server(self) -> HttpServer:
        made = await super()._make_server()
        return HttpServer(made.request_handler, request_factory=made.request_factory, **made._kwargs)
