"""What a stranger may send as HTTP, and how it has to be answered. `{p}` is the path of some picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_HOST = "Host: a\r\n"
_CHUNKED = "Transfer-Encoding: chunked"


@dataclass(frozen=True)
class Case:
    """Bytes, the statuses of all answers, the code of the last error, and whether the connection ends."""

    name: str
    sent: str
    statuses: tuple[int, ...]
    code: str
    ends: bool


def cases(picture: str) -> Iterator[Case]:
    """All of them."""
    for name, sent, status, code in ENDING:
        yield Case(name, sent.replace("{p}", picture), (status,), code, ends=True)
    for name, sent, status, code in GOING_ON:
        yield Case(name, sent.replace("{p}", picture), (status,), code, ends=False)
    for name, sent, statuses, code in SEVERAL:
        yield Case(name, sent.replace("{p}", picture), statuses, code, ends=False)


def _get(*lines: str, version: str = "1.1", body: str = "", host: str = _HOST) -> str:
    return f"GET {{p}} HTTP/{version}\r\n{host}" + "".join(f"{line}\r\n" for line in lines) + f"\r\n{body}"


def _line(method: str, target: str) -> str:
    return f"{method} {target} HTTP/1.1\r\n{_HOST}\r\n"


_MALFORMED = "malformed_request"
_TOO_LARGE = "header_too_large"
_BODY = "unexpected_body"
_EXTENDED = "5;" + "a" * 100_000 + "\r\nhello\r\n0\r\n\r\n"
_INNER = "GET /-/ready HTTP/1.1\r\nX: y\r\n\r\n"
_CODED = "content_encoding"
_HINTS = ("DPR: 1e309", "Width: -1", "Sec-CH-DPR: nan", "Viewport-Width: \xb2")
_VALUE = "invalid_value"

ENDING: tuple[tuple[str, str, int, str], ...] = (
    # Versions
    ("HTTP/0.9", "GET {p}\r\n\r\n", 505, "http_version"),
    ("HTTP/0.9, said", _get(version="0.9"), 505, "http_version"),
    ("HTTP/1.2", _get(version="1.2"), 400, _MALFORMED),
    ("HTTP/2.0 in text", _get(version="2.0"), 505, "http_version"),
    ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, _MALFORMED),
    ("HTTP/11", _get(version="11"), 400, _MALFORMED),
    ("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, _MALFORMED),
    ("SSH", "SSH-2.0-OpenSSH_9.9\r\n\r\n", 400, _MALFORMED),
    ("noise", "\x00\xff\x00\xff\r\n\r\n", 400, _MALFORMED),
    # Lines
    ("line ends without CR", "GET {p} HTTP/1.1\nHost: a\n\n", 400, _MALFORMED),
    ("CR alone", "GET {p} HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400, _MALFORMED),
    ("a folded line", _get("X-A: a\r\n b"), 400, _MALFORMED),
    ("a space before the colon", _get("X-A : a"), 400, _MALFORMED),
    ("a space in a name", _get("X A: a"), 400, _MALFORMED),
    ("a line without a colon", _get("X-A"), 400, _MALFORMED),
    ("no name", _get(": a"), 400, _MALFORMED),
    ("a null in a value", _get("X-A: a\0b"), 400, _MALFORMED),
    ("a null in a name", _get("X\0A: b"), 400, _MALFORMED),
    ("a tab in the target", "GET {p}\ta HTTP/1.1\r\nHost: a\r\n\r\n", 400, _MALFORMED),
    ("a null in the target", "GET {p}\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, _MALFORMED),
    ("a space in the target", "GET {p} a HTTP/1.1\r\nHost: a\r\n\r\n", 400, _MALFORMED),
    # Too much of everything
    ("a path of 100 KB", _line("GET", "/" + "x" * 100_000), 414, "url_too_long"),
    ("a query of 100 KB", _line("GET", "{p}?" + "x" * 100_000), 414, "url_too_long"),
    ("a method of 100 KB", "G" * 100_000 + " {p} HTTP/1.1\r\nHost: a\r\n\r\n", 400, _MALFORMED),
    ("a header of 100 KB", _get("X: " + "y" * 100_000), 431, _TOO_LARGE),
    ("a header of 9 KB", _get("X: " + "y" * 9_000), 431, _TOO_LARGE),
    ("a name of 100 KB", _get("y" * 100_000 + ": a"), 431, _TOO_LARGE),
    ("800 KB in 100 headers", _get(*(f"X{n}: " + "y" * 8_000 for n in range(100))), 431, _TOO_LARGE),
    ("70 KB in 10 headers", _get(*(f"X{n}: " + "y" * 7_000 for n in range(10))), 431, _TOO_LARGE),
    ("200 headers", _get(*(f"X{n}: y" for n in range(200))), 431, _TOO_LARGE),
    ("5,000 headers", _get(*(f"X{n}: y" for n in range(5_000))), 431, _TOO_LARGE),
    ("100,000 headers of one name", _get(*("X: y" for _ in range(100_000))), 431, _TOO_LARGE),
    ("a cookie of 60 KB", _get("Cookie: " + "a=b; " * 12_000), 431, _TOO_LARGE),
    # Hosts
    ("no Host", _get(host=""), 400, _MALFORMED),
    ("two Hosts", _get("Host: b"), 400, _MALFORMED),
    ("two equal Hosts", _get("Host: a"), 400, _MALFORMED),
    ("a Host with a path", _get(host="Host: a/b\r\n"), 400, "invalid_host"),
    ("a Host with a user", _get(host="Host: a@b\r\n"), 400, "invalid_host"),
    ("a Host with a space", _get(host="Host: a b\r\n"), 400, "invalid_host"),
    ("a Host with markup", _get(host='Host: a"><script>\r\n'), 400, "invalid_host"),
    ("a Host with a bad port", _get(host="Host: a:b\r\n"), 400, "invalid_host"),
    ("a Host of two", _get(host="Host: a, b\r\n"), 400, "invalid_host"),
    ("a Host of Latin-1", _get(host="Host: caf\xe9\r\n"), 400, "invalid_host"),
    # Targets that are no path
    ("an absolute form", "GET http://evil{p} HTTP/1.1\r\nHost: a\r\n\r\n", 400, "invalid_url"),
    ("an absolute form of our own page", _line("GET", "http://evil/-/ready"), 400, "invalid_url"),
    ("an absolute form of metrics", _line("GET", "http://evil/-/metrics"), 400, "invalid_url"),
    ("an absolute form with a user", _line("GET", "http://a:b@evil/-/live"), 400, "invalid_url"),
    ("an absolute form of another scheme", _line("GET", "file:///etc/passwd"), 400, _MALFORMED),
    ("an authority form", _line("GET", "evil.example:80"), 400, _MALFORMED),
    ("an asterisk", _line("GET", "*"), 400, _MALFORMED),
    ("no slash", _line("GET", "cat.jpg"), 400, _MALFORMED),
    ("no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400, _MALFORMED),
    ("CONNECT", _line("CONNECT", "evil.example:443"), 405, "method_not_allowed"),
    ("OPTIONS *", _line("OPTIONS", "*"), 405, "method_not_allowed"),
    ("an unknown method", _line("FOO", "{p}"), 400, _MALFORMED),
    ("a method in small letters", _line("get", "{p}"), 400, _MALFORMED),
    ("a method of two lines", "GET\r\n {p} HTTP/1.1\r\nHost: a\r\n\r\n", 400, _MALFORMED),
    # Where a body begins and ends
    ("length and chunks", _get("Content-Length: 5", _CHUNKED, body="0\r\n\r\n"), 400, _MALFORMED),
    ("chunks and length", _get(_CHUNKED, "Content-Length: 5", body="0\r\n\r\n"), 400, _MALFORMED),
    ("two lengths", _get("Content-Length: 5", "Content-Length: 6", body="hello1"), 400, _MALFORMED),
    ("two equal lengths", _get("Content-Length: 5", "Content-Length: 5", body="hello"), 400, _MALFORMED),
    ("a list of lengths", _get("Content-Length: 5, 5", body="hello"), 400, _MALFORMED),
    ("a length with a sign", _get("Content-Length: +5", body="hello"), 400, _MALFORMED),
    ("a negative length", _get("Content-Length: -5", body="hello"), 400, _MALFORMED),
    ("a hexadecimal length", _get("Content-Length: 0x5", body="hello"), 400, _MALFORMED),
    ("a length with an underscore", _get("Content-Length: 1_0", body="hellohello"), 400, _MALFORMED),
    ("an endless length", _get("Content-Length: " + "9" * 40), 400, _MALFORMED),
    ("a length that overflows", _get("Content-Length: 18446744073709551621"), 400, _MALFORMED),
    ("an empty length", _get("Content-Length:"), 400, _MALFORMED),
    ("xchunked", _get("Transfer-Encoding: xchunked", body="0\r\n\r\n"), 400, _MALFORMED),
    ("identity", _get("Transfer-Encoding: identity"), 400, _MALFORMED),
    ("chunked, identity", _get("Transfer-Encoding: chunked, identity"), 400, _MALFORMED),
    ("gzip, chunked", _get("Transfer-Encoding: gzip, chunked", body="0\r\n\r\n"), 400, "transfer_encoding"),
    ("chunked twice", _get("Transfer-Encoding: chunked, chunked", body="0\r\n\r\n"), 400, _MALFORMED),
    ("chunked in two lines", _get(_CHUNKED, _CHUNKED, body="0\r\n\r\n"), 400, _MALFORMED),
    ("chunked behind a space", _get("Transfer-Encoding : chunked", body="0\r\n\r\n"), 400, _MALFORMED),
    ("chunked behind a tab of its own", _get("Transfer-Encoding: \x0bchunked"), 400, _MALFORMED),
    ("chunks over HTTP/1.0", _get(_CHUNKED, version="1.0", body="0\r\n\r\n"), 400, "transfer_encoding"),
    ("chunks without a size", _get(_CHUNKED, body="zz\r\nhello\r\n0\r\n\r\n"), 400, _MALFORMED),
    ("a chunk of all there is", _get(_CHUNKED, body="f" * 18 + "\r\nhello\r\n"), 400, _MALFORMED),
    ("a chunk of a negative size", _get(_CHUNKED, body="-5\r\nhello\r\n0\r\n\r\n"), 400, _MALFORMED),
    ("chunks without CR", _get(_CHUNKED, body="5\nhello\n0\n\n"), 400, _MALFORMED),
    ("chunked extensions of 100 KB", _get(_CHUNKED, body=_EXTENDED), 400, _BODY),
    # Bodies
    ("a body with GET", _get("Content-Length: 5", body="hello"), 400, _BODY),
    ("a body in chunks with GET", _get(_CHUNKED, body="5\r\nhello\r\n0\r\n\r\n"), 400, _BODY),
    ("a request in the body of GET", _get("Content-Length: 31", body=_INNER), 400, _BODY),
    ("a body with GET that does not come", _get("Content-Length: 1000000"), 400, _BODY),
    ("a body of a terabyte", _get("Content-Length: 1000000000000", body="hello"), 400, _BODY),
    ("gzip", _get("Content-Encoding: gzip", "Content-Length: 5", body="hello"), 415, _CODED),
    ("gzip without a body", _get("Content-Encoding: gzip"), 415, _CODED),
    ("br", _get("Content-Encoding: br", "Content-Length: 5", body="hello"), 415, _CODED),
    ("gzip twice", _get("Content-Encoding: gzip, gzip", "Content-Length: 1", body="h"), 415, _CODED),
    ("100-continue with GET", _get("Expect: 100-continue", "Content-Length: 5"), 400, _BODY),
    ("another Expect", _get("Expect: 200-maybe"), 417, "expectation_failed"),
)  # fmt: skip
"""After these the connection ends: name, bytes, status and code."""

GOING_ON: tuple[tuple[str, str, int, str], ...] = (
    ("a plain request", _get(), 200, ""),
    ("a method that is none of ours: POST", _line("POST", "{p}"), 405, "method_not_allowed"),
    ("PUT", _line("PUT", "{p}"), 405, "method_not_allowed"),
    ("DELETE", _line("DELETE", "{p}"), 405, "method_not_allowed"),
    ("PATCH", _line("PATCH", "{p}"), 405, "method_not_allowed"),
    ("OPTIONS", _line("OPTIONS", "{p}"), 405, "method_not_allowed"),
    ("TRACE", _line("TRACE", "{p}"), 405, "method_not_allowed"),
    ("PURGE", _line("PURGE", "{p}"), 405, "method_not_allowed"),
    ("PROPFIND", _line("PROPFIND", "{p}"), 405, "method_not_allowed"),
    ("DELETE of metrics", _line("DELETE", "/-/metrics"), 405, "method_not_allowed"),
    ("HEAD", _line("HEAD", "{p}"), 200, ""),
    ("HEAD of an error", _line("HEAD", "/w_x/a.jpg"), 400, ""),
    ("empty lines first", "\r\n\r\n\r\n" + _get(), 200, ""),
    ("a length of nothing", _get("Content-Length: 0"), 200, ""),
    ("another method in a header", _get("X-HTTP-Method-Override: DELETE", "X-HTTP-Method: PUT"), 200, ""),
    ("another URL in a header", _get("X-Original-URL: /-/metrics", "X-Rewrite-URL: /-/metrics"), 200, ""),
    ("an upgrade to a web socket", _get("Connection: Upgrade", "Upgrade: websocket"), 200, ""),
    ("an upgrade to HTTP/2", _get("Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AA"), 200, ""),
    ("a range of many", _get("Range: bytes=" + ",".join(f"{n}-" for n in range(1000))), 200, ""),
    ("a range past the end", _get("Range: bytes=99999999999999999999-"), 416, "range_not_satisfiable"),
    ("a range of nonsense", _get("Range: bytes=a-b"), 200, ""),
    ("many ETags", _get("If-None-Match: " + ", ".join(f'"{n}"' for n in range(900))), 200, ""),
    ("an ETag without an end", _get('If-None-Match: "' + "a" * 7_000), 200, ""),
    ("a date of nonsense", _get("If-Modified-Since: Wed, 99 Foo 99999 99:99:99 GMT"), 200, ""),
    ("an Accept of nonsense", _get("Accept: ;;;q=9,,/,image/*;q=nan,*/*;q=1e9"), 200, ""),
    ("an Accept of many", _get("Accept: " + "image/a;q=0.1," * 500), 200, ""),
    ("hints of nonsense", _get(*_HINTS), 200, ""),
    ("an address of nonsense", _get("X-Forwarded-For: ' OR 1=1, ::::, 999.9.9.9"), 200, ""),
    ("line breaks in an id", _line("GET", "/a%0d%0aSet-Cookie:%20x=y"), 400, "invalid_url"),
    ("line breaks in a file name", _line("GET", "/fl_attachment:a%0d%0aX%3a%20x/a.jpg"), 400, _VALUE),
    ("quotes in a file name", _line("GET", "/fl_attachment:a%22%3b%20filename=b.exe/a.jpg"), 400, _VALUE),
    ("another script's line breaks", _line("GET", "/a%E5%98%8D%E5%98%8ASet-Cookie:x=y"), 404, "not_found"),
    ("line breaks beyond ASCII", _line("GET", "/a%C2%85b%E2%80%A8c"), 400, "invalid_url"),
    ("line breaks in an extension", _line("GET", "/a.jpg%0d%0aX:y"), 400, "invalid_url"),
    ("line breaks in a query", _line("GET", "{p}?a=%0d%0aX:y"), 200, ""),
)  # fmt: skip
"""After these the connection is good for another request."""

_ONE = _get()
SEVERAL: tuple[tuple[str, str, tuple[int, ...], str], ...] = (
    ("three at once", _ONE * 3, (200, 200, 200), ""),
    ("a hundred at once", _line("GET", "/-/live") * 100, (200,) * 100, ""),
    ("one behind an error", _line("GET", "/w_x/a.jpg") + _ONE, (400, 200), "invalid_value"),
    ("one behind a method", _line("POST", "{p}") + _ONE, (405, 200), "method_not_allowed"),
    ("errors between", (_ONE + _line("GET", "/w_x/a.jpg")) * 5, (200, 400) * 5, "invalid_value"),
)
"""More than one answer on one connection, in the order of the questions."""
