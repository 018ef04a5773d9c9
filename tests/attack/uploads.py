"""Uploads made to hurt, as bytes on the wire: each with the statuses that may come of it.

`None` among them: the server may close the connection without another word, since nobody is left to hear it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass

from tests.hosting.door import SECRET

_AUTH = f"Authorization: Bearer {SECRET}\r\n"
_FORM = "multipart/form-data; boundary=x"
MOST = 1_000_000
"""Bytes of the largest upload that the door under attack takes."""


@dataclass(frozen=True)
class Attack:
    """A request; `end` has the client say that there is no more, and wait for an answer."""

    head: str
    body: Callable[[], bytes]
    expected: frozenset[int | None]
    end: bool = False


def _post(
    body: bytes | Callable[[], bytes],
    *expected: int | None,
    type: str = _FORM,
    length: int | str | None = -1,
    end: bool = False,
    more: str = "",
) -> Attack:
    make = body if callable(body) else lambda: body
    told = len(make()) if length == -1 else length
    lines = f"Content-Length: {told}\r\n" if told is not None else ""
    head = f"POST /upload HTTP/1.1\r\nHost: x\r\n{_AUTH}Content-Type: {type}\r\n{lines}{more}\r\n"
    return Attack(head, make, frozenset(expected), end)


def part(head: str, body: bytes = b"x", boundary: str = "x") -> bytes:
    return f"--{boundary}\r\n{head}\r\n\r\n".encode() + body + b"\r\n"


def named(name: str, body: bytes = b"x", more: str = "") -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"{more}', body)


def file(filename: str = "cat.jpg", body: bytes = b"picture") -> bytes:
    return named("file", body, f'; filename="{filename}"')


END = b"--x--\r\n"
_INNER = part('Content-Disposition: attachment; filename="a"', boundary="y") + b"--y--\r\n"
_NAMES = ("../../../etc/passwd", "..\\\\..\\\\x", "/etc/passwd", "a%00b", ".", "-rf *", "CON", "x" * 3000)
_CHUNKED = "Transfer-Encoding: chunked\r\n"

UPLOADS: dict[str, Attack] = {
    # Forms that are no forms.
    "a form within a form": _post(
        part(
            'Content-Disposition: form-data; name="file"\r\nContent-Type: multipart/mixed; boundary=y', _INNER
        )
        + END,
        400,
    ),
    "ten thousand parts": _post(lambda: b"".join(named(f"n{n}") for n in range(10_000)) + END, 413),
    "ten thousand fields of a URL-encoded form": _post(
        lambda: b"&".join(b"n%d=x" % n for n in range(10_000)),
        413,
        type="application/x-www-form-urlencoded",
    ),
    "no boundary": _post(file() + END, 400, type="multipart/form-data"),
    "an empty boundary": _post(file() + END, 400, type='multipart/form-data; boundary=""'),
    "a boundary without end": _post(file() + END, 400, type=f"multipart/form-data; boundary={'x' * 500}"),
    "another boundary": _post(file() + END, 400, type="multipart/form-data; boundary=z"),
    "a form that breaks off": _post(file()[:-4], 400),
    "a form without its end": _post(file(), 400),
    "nothing but a boundary": _post(b"--x", 400),
    "a head without end": _post(b"--x\r\n" + b"A: " + b"a" * 100_000, 413),
    "a thousand headers in a part": _post(part("\r\n".join(f"A{n}: b" for n in range(1000))) + END, 413),
    "a part that has no name": _post(part("Content-Type: text/plain") + END, 400),
    "a part in base64 as mails have it": _post(
        part('Content-Disposition: form-data; name="file"\r\nContent-Transfer-Encoding: base64') + END, 415
    ),
    "two files": _post(file() + file() + END, 400),
    "a file by another name": _post(named("other", more='; filename="x"') + END, 400),
    "a field twice": _post(named("public_id") + named("public_id") + file() + END, 400),
    "a field that is no text": _post(named("public_id", b"\xff\xfe") + file() + END, 400),
    "a field with NUL": _post(named("public_id", b"a\x00b") + file() + END, 400),
    "a field of a megabyte": _post(lambda: named("context", b"x" * 900_000) + file() + END, 413),
    "a field whose name has no end": _post(b"x" * 200_000, 400, type="application/x-www-form-urlencoded"),
    "a picture said to be a URL-encoded form": _post(
        b"\xff\xd8\xff\xe0=" + b"\x80" * 5000, 400, type="application/x-www-form-urlencoded"
    ),
    # Lengths that lie.
    "more than may be, and said so": _post(b"", 413, type="image/jpeg", length=10**12),
    "more than may be, and not said": _post(
        lambda: b"%x\r\n" % (2 * MOST) + b"x" * 2 * MOST + b"\r\n0\r\n\r\n",
        413,
        type="image/jpeg",
        length=None,
        more=_CHUNKED,
    ),
    "less than it says": _post(b"x" * 100, 400, None, type="image/jpeg", length=200, end=True),
    "more than it says": _post(b"x" * 200, 200, 400, type="image/jpeg", length=100),
    "a length that is no number": _post(b"x" * 100, 400, type="image/jpeg", length="1_00"),
    "a length below nothing": _post(b"x" * 100, 400, type="image/jpeg", length="-5"),
    "two lengths": _post(b"x", 400, type="image/jpeg", more="Content-Length: 2\r\n"),
    "a length and chunks": _post(b"1\r\nx\r\n0\r\n\r\n", 400, type="image/jpeg", length=3, more=_CHUNKED),
    "no length at all": _post(b"", 400, type="image/jpeg", length=None),
    "a chunk that lies": _post(
        b"5\r\nxxxxxxxxx\r\n0\r\n\r\n", 400, None, type="image/jpeg", length=None, more=_CHUNKED
    ),
    "a chunk size without end": _post(
        b"f" * 20_000, 400, None, type="image/jpeg", length=None, more=_CHUNKED, end=True
    ),
    # What opens out.
    "compressed": _post(
        gzip.compress(b"x" * 10_000_000),
        415,
        type="image/jpeg",
        more="Content-Encoding: gzip\r\n",
    ),
    "JSON without end": _post(b"[" * 900_000, 413, type="application/json"),
    "JSON that goes deep": _post(b"[" * 14_000, 400, type="application/json"),
    "JSON with a number without end": _post(
        b'{"a": 1' + b"0" * 10_000 + b"}", 200, 400, type="application/json"
    ),
    "base64 that is none": _post(named("file", b"data:;base64," + b"*" * 5000) + END, 400),
    "base64 with padding inside": _post(named("file", b"data:;base64," + b"AAA=" * 5000) + END, 400),
    "a data URI without end": _post(named("file", b"data:" + b"a" * 100_000) + END, 400),
    "an address without end": _post(named("file", b"https://" + b"a" * 100_000) + END, 400),
    "an address into the house": _post(named("file", b"http://127.0.0.1:6379/") + END, 403),
    "an address of a file": _post(named("file", b"file:///etc/passwd" + b" " * 80) + END, 200, 400),
    # Names.
    **{
        f"a file called {name!r}": _post(file(name) + END, 200)
        for name in (
            "../../../etc/passwd",
            "..\\\\..\\\\x",
            "/etc/passwd",
            "a%00b",
            ".",
            "-rf *",
            "CON",
            "x" * 3000,
        )
    },
    # Parts of an upload.
    "a part of too much": _post(
        b"x", 413, type="image/jpeg", more="X-Unique-Upload-Id: u\r\nContent-Range: bytes 0-0/99999999999\r\n"
    ),
    "a part whose upload climbs out": _post(
        b"x", 200, type="image/jpeg", more="X-Unique-Upload-Id: ../../x\r\nContent-Range: bytes 0-0/9\r\n"
    ),
}
