"""What no HTTP library would send: raw bytes on the wire, answered in our words or not at all."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.conftest import put_originals
from tests.services.calotype import Server, serving


def exchange(server: Server, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the first answer to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(sent)
        reader = connection.makefile("rb")
        status = int(reader.readline().split()[1])
        headers = {}
        while (line := reader.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, reader.read(int(headers.get("content-length", 0)))


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed_request"),
        (b"GET /cat.jpg\r\n\r\n", 505, "http_version"),
        (b"GET /cat.jpg HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n", 400, "malformed_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed_request"),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "url_too_long"),
        (b"GET /" + b"x" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "url_too_long"),
        (b"GET /cat.jpg HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 431, "header_too_large"),
        (b"GET http://evil/cat.jpg HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid_url"),
        (b"GET /w_10/a%0d%0ab.jpg HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid_url"),
        (b"GET /cat%c3%28.jpg HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid_url"),
        (b"GET /w_10/..%5ccat.jpg HTTP/1.1\r\nHost: x\r\n\r\n", 400, "invalid_url"),
        (b"OPTIONS /cat.jpg HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method_not_allowed"),
    ],
)
def test_refused(server: Server, sent: bytes, status: int, code: str) -> None:
    got, headers, body = exchange(server, sent)

    assert (status, code) == (got, json.loads(body)["error"]["code"])
    assert headers["content-type"].startswith("application/json")
    assert headers["x-cld-error"]
    assert "x" * 81 not in body.decode()


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0"])
def test_other_versions_are_not_spoken(server: Server, version: bytes) -> None:
    status, _, _ = exchange(server, b"GET /w_10/cat.jpg " + version + b"\r\nHost: x\r\n\r\n")

    assert status in (400, 505)


def test_the_host_changes_nothing(server: Server) -> None:
    answers = [
        exchange(server, b"GET /w_215/cat.jpg HTTP/1.1\r\nHost: " + host + b"\r\nX-Forwarded-Host: z\r\n\r\n")
        for host in (b"a", b"b.example:99")
    ]

    assert [200, 200] == [status for status, _, _ in answers]
    assert answers[0][1]["etag"] == answers[1][1]["etag"]
    assert answers[0][2] == answers[1][2]


def test_a_body_is_not_unpacked(server: Server) -> None:
    head = b"GET /w_10/cat.jpg HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
    status, headers, body = exchange(server, head)

    assert (415, "content_encoding") == (status, json.loads(body)["error"]["code"])
    assert ("no-store", "close") == (headers["cache-control"], headers["connection"])
    assert "Traceback" not in server.log.read_text()


def test_several_requests_at_once_are_answered_in_order(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        paths = (b"/w_31/cat.jpg", b"/-/live", b"/w_x/cat.jpg", b"/w_32/cat.jpg")
        connection.sendall(b"".join(b"GET " + p + b" HTTP/1.1\r\nHost: x\r\n\r\n" for p in paths))
        reader, statuses = connection.makefile("rb"), []
        for _ in paths:
            statuses.append(int(reader.readline().split()[1]))
            length = 0
            while (line := reader.readline().strip()) != b"":
                if line.lower().startswith(b"content-length"):
                    length = int(line.split(b":")[1])
            reader.read(length)

    assert [200, 200, 400, 200] == statuses


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("If-Match: *", 200),
        ('If-Match: "other"', 412),
        ("If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT", 412),
    ],
)
def test_preconditions(server: Server, condition: str, status: int) -> None:
    sent = f"GET /w_33/cat.jpg HTTP/1.1\r\nHost: x\r\n{condition}\r\n\r\n".encode()

    assert status == exchange(server, sent)[0]


def test_a_range_past_the_end_is_an_error_that_nobody_keeps(server: Server) -> None:
    sent = b"GET /w_33/cat.jpg HTTP/1.1\r\nHost: x\r\nRange: bytes=99999999999999999999999-\r\n\r\n"
    status, headers, body = exchange(server, sent)

    assert 416 == status
    assert headers["content-range"].startswith("bytes */")
    assert headers["cache-control"] == "no-store"
    assert json.loads(body)["error"]["code"] == "range_not_satisfiable"


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Server]:
    put_originals(tmp_path / "originals")
    with serving(tmp_path, CALOTYPE_SERVER__HEADER_TIMEOUT_SECONDS="0.5") as running:
        yield running


def test_a_head_that_dawdles_is_cut_off(hasty: Server) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=10) as slow:
        slow.sendall(b"GET /cat.jpg HTTP/1.1\r\nHost:")
        answer = slow.recv(1000)
        rest = slow.recv(1000)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"" == rest
