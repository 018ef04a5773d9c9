"""What is said to whoever sent something that never became a request."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from proxy import metrics
from proxy.errors import Refusal, error_body
from proxy.responses import SAFETY


def _headers(refusal: Refusal) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Type": "application/json; charset=utf-8",
        "Server": "calotype",
        "Connection": "close",
        "X-Cld-Error": refusal.message,
        **SAFETY,
        **refusal.headers,
    }


def response_to(refusal: Refusal) -> web.Response:
    """An answer after which the connection is closed."""
    body = error_body(refusal, secrets.token_hex(8))
    response = web.Response(status=refusal.rule.status, body=body, headers=_headers(refusal))
    response.force_close()
    return response


def as_bytes(refusal: Refusal) -> bytes:
    """A whole answer, for where no request is that aiohttp could answer."""
    status, body = refusal.rule.status, error_body(refusal, secrets.token_hex(8))
    headers = {**_headers(refusal), "Content-Length": str(len(body))}
    lines = (f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in headers.items()))
    metrics.count_request("other", status, 0.0)
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def refusal_of(status: int, error: BaseException | None) -> Refusal:
    """What aiohttp's parser, or whatever failed outside of a handler, comes to in our words."""
    if isinstance(error, LineTooLong):
        line = error.args[0] if error.args else b""
        if isinstance(line, bytes | bytearray) and line.startswith(b"/"):
            return Refusal(414, "url_too_long", "the URL is too long")
        return Refusal(431, "header_too_large", "a line of the request's head is too long")
    if isinstance(error, BadHttpMessage) and error.message.startswith("Too many headers"):
        return Refusal(431, "header_too_large", "the request has too many headers")
    if status == 504:
        return Refusal(504, "timeout", "the request was not answered in time")
    if status >= 500:
        return Refusal(500, "internal_error", "something went wrong here")
    return Refusal(400, "malformed_request", "the request does not read as HTTP")
