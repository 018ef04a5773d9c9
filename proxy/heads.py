"""What the head of a request may say, whatever it asks for.

RFC 9112 leaves servers some freedom in what to forgive; where two readers of one request could differ, which
is what smuggling lives on, nothing is forgiven here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from aiohttp import HttpVersion10, HttpVersion11, web

from proxy.errors import Refusal
from transforms.errors import printable

_KNOWN_HOSTS = 256
MAX_HEAD_BYTES = 65_536
"""Of all header lines together; one alone is bounded by the parser, at 8,190."""

VERSIONS = (HttpVersion10, HttpVersion11)
# RFC 3986, section 3.2.2, and a port. RFC 9112, section 3.2, has a server answer anything else with 400.
_HOST = re.compile(r"(?:\[[0-9A-Za-z:.%_~-]*\]|[0-9A-Za-z\-._~!$&'()*+,;=%]*)(?::[0-9]*)?", re.ASCII)


class HeadRefused(Refusal):
    """The head itself is refused, not what it asks for: its connection ends, and nobody keeps the answer."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        # Without that, somebody's bad header could have a CDN answer this URL with an error to everybody.
        super().__init__(status, code, message, {"Cache-Control": "no-store", **(headers or {})})


def check_head(request: web.BaseRequest) -> None:
    """Raise HeadRefused if nothing good comes with this head. Of the body nothing has been read."""
    headers = request.headers
    if request.version not in VERSIONS:
        raise unknown_version()
    if sum(map(len, chain.from_iterable(request.raw_headers))) > MAX_HEAD_BYTES:
        raise HeadRefused(431, "header_too_large", f"the head is longer than {MAX_HEAD_BYTES} bytes")
    if not is_host(headers.get("Host", "")):
        raise HeadRefused(400, "invalid_host", "Host: expected a name or an address, and perhaps a port")
    if "Expect" in headers and headers["Expect"].lower() != "100-continue":
        raise expectation_failed(headers["Expect"])
    if not request.raw_path.startswith("/"):
        _refuse_target(request.method)
    if request.body_exists or "Content-Encoding" in headers or "Transfer-Encoding" in headers:
        _check_body(request)


@lru_cache(_KNOWN_HOSTS)
def is_host(text: str) -> bool:
    """Whether that may stand in a Host field."""
    return _HOST.fullmatch(text) is not None


def unknown_version() -> HeadRefused:
    """The answer to HTTP/0.9, and to what is not written yet."""
    return HeadRefused(505, "http_version", "HTTP/1.0 and HTTP/1.1 are spoken here")


def expectation_failed(expected: str) -> HeadRefused:
    """The answer to an Expect of something else than 100-continue."""
    return HeadRefused(417, "expectation_failed", f"Expect: {printable(expected)} is not known here")


def _refuse_target(method: str) -> None:
    """An absolute form belongs to proxies, an authority to CONNECT, and * to OPTIONS."""
    if method not in ("GET", "HEAD"):
        allowed = {"Allow": "GET, HEAD"}
        raise HeadRefused(405, "method_not_allowed", f"{printable(method)} is not offered here", allowed)
    raise HeadRefused(400, "invalid_url", "the request target is not a path that starts with /")


def _check_body(request: web.BaseRequest) -> None:
    coding = request.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        # Never unpacked: a few kilobytes can be made to be gigabytes.
        accepted = {"Accept-Encoding": "identity"}
        message = f"Content-Encoding: {printable(coding)} is not taken; send the body as it is"
        raise HeadRefused(415, "content_encoding", message, accepted)
    transfer = request.headers.get("Transfer-Encoding", "chunked")
    if transfer.lower() != "chunked" or (
        request.version == HttpVersion10 and "Transfer-Encoding" in request.headers
    ):
        raise HeadRefused(400, "transfer_encoding", "Transfer-Encoding: only chunked is taken, over HTTP/1.1")
    if request.method in ("GET", "HEAD") and request.body_exists:
        raise HeadRefused(400, "unexpected_body", f"a {request.method} comes without a body")
