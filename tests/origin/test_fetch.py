"""Remote originals, from a server on this machine that does everything wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from origin.address import read_address
from origin.errors import (
    AssetNotFound,
    FetchForbidden,
    OriginalTooManyBytes,
    OriginError,
    OriginTimeout,
    OriginUnavailable,
)
from origin.fetch import Fetcher
from origin.guard import Rules
from origin.remote_connector import plain_socket
from tests.attack.hostile_origin import PICTURE, Origin, answer, hostile_origin
from tests.attack.ssrf import FORBIDDEN_IPS, INNER_HOSTS, LOOPBACK_HOSTS, PUBLIC_IPS, TRICKS

OWN = "127.0.0.2"
"""Where the hostile server listens: the only address that is open in these tests."""


class Net:
    """The ways out of the process: names resolve to what they are told to, most sockets are only noted."""

    def __init__(self) -> None:
        self.names: dict[str, list[Sequence[str]]] = {}
        self.asked: list[str] = []
        self.sockets: list[str] = []
        """Where sockets were to go, but for those to the hostile server."""

    async def lookup(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.get(host, [])
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def make_socket(self, entry: Any) -> socket.socket:
        if entry[4][0] == OWN:
            return plain_socket(entry)
        self.sockets.append(entry[4][0])
        raise ConnectionRefusedError("noted")


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with hostile_origin(OWN) as server:
        yield server


def fetcher(net: Net, origin: Origin | None = None, **options: Any) -> Fetcher:
    ports = {80, 443, 8000, *([origin.port] if origin else [])}
    rules = Rules(signed=True, ports=frozenset(ports), networks=(ip_network(f"{OWN}/32"),))
    settings: dict[str, Any] = {"timeout_seconds": 2.0, "connect_seconds": 0.1, "max_bytes": 1_000_000}
    settings |= {"lookup": net.lookup, "make_socket": net.make_socket}
    return Fetcher(rules=rules, **{**settings, **options})


@pytest.mark.parametrize(
    "path",
    [
        *("logo.png", "typed-html.jpg", "untold-length", "cookie", "to-logo", "kept-to-logo", "hop-3"),
        *("chunks", "hinted", "bare-lines", "http-1.0"),
    ],
)
async def test_pictures_come(net, origin, path):
    fetched = await fetcher(net, origin).fetch(read_address(origin.url(path)))

    assert PICTURE == fetched.data


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("cut-short", OriginUnavailable),
        ("claims-too-much", OriginalTooManyBytes),
        ("large", OriginalTooManyBytes),
        ("negative-length", OriginUnavailable),
        ("no-length", OriginUnavailable),
        ("two-lengths", OriginUnavailable),
        ("length-and-chunks", OriginUnavailable),
        ("broken-chunks", OriginUnavailable),
        ("huge-chunk", (OriginUnavailable, OriginTimeout)),
        ("gzipped", OriginUnavailable),
        ("bomb", OriginUnavailable),
        ("twice-encoded", OriginUnavailable),
        ("endless", OriginalTooManyBytes),
        ("endless-chunks", OriginalTooManyBytes),
        ("endless-head", OriginUnavailable),
        ("endless-hints", OriginUnavailable),
        ("crumbs", OriginUnavailable),
        ("drip", OriginTimeout),
        ("drip-head", OriginTimeout),
        ("silent", OriginTimeout),
        ("old", OriginUnavailable),
        ("no-http", OriginUnavailable),
        ("nothing", OriginUnavailable),
        ("long-line", OriginUnavailable),
        ("many-lines", OriginUnavailable),
        ("null-in-head", OriginUnavailable),
        ("switching", OriginUnavailable),
        *((str(status), OriginUnavailable) for status in (201, 204, 206, 300, 304, 305, 400, 401, 403)),
        *((str(status), OriginUnavailable) for status in (418, 429, 500, 503, 999)),
        ("404", AssetNotFound),
        ("410", AssetNotFound),
        ("nobody/put/this/here", AssetNotFound),
        ("loop", OriginUnavailable),
        ("hop-4", OriginUnavailable),
        ("nowhere", OriginUnavailable),
    ],
)
async def test_what_is_no_whole_answer(net, origin, path, kind):
    seen: list[str] = []
    with pytest.raises(kind):
        await fetcher(net, origin, observe=seen.append).fetch(read_address(origin.url(path)))

    assert 1 == len(seen)
    assert len(origin.seen) <= 4


async def test_what_is_sent(net):
    net.names["img.example.com"] = [[OWN]]
    async with hostile_origin(OWN, more=lambda path, headers: answer(PICTURE)) as origin:
        await fetcher(net, origin).fetch(read_address(f"http://img.example.com:{origin.port}/a%20b?c=d%26"))

    path, headers = origin.seen[0]
    assert "a%20b?c=d%26" == path
    assert f"img.example.com:{origin.port}" == headers["host"]
    assert "identity" == headers["accept-encoding"]
    assert {"accept", "accept-encoding", "connection", "host", "user-agent"} == set(headers)


async def test_nothing_of_the_environment_is_sent(net, origin, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {OWN} login me password secret\n")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.9.9.9:3128")
    monkeypatch.setenv("NETRC", str(netrc))
    used = fetcher(net, origin)
    await used.fetch(read_address(origin.url("cookie")))
    await used.fetch(read_address(origin.url("logo.png")))

    assert not any({"cookie", "authorization"} & set(headers) for _, headers in origin.seen)
    assert [] == net.sockets


async def test_versions_are_asked_for_again(net):
    def more(path: str, headers: dict[str, str]) -> bytes | None:
        if headers.get("if-none-match") == '"1"':
            return b"HTTP/1.1 304 Not Modified\r\n\r\n"
        return answer(PICTURE, 'ETag: "1"', "Last-Modified: Wed, 01 Jul 2026 10:00:00 GMT")

    async with hostile_origin(OWN, more=more) as origin:
        used, address = fetcher(net, origin), read_address(origin.url("x"))
        first = await used.fetch(address)
        again = await used.fetch(address, first.version)
        other = await used.fetch(address, replace(first.version, etag='"0"'))
        elsewhere = await used.fetch(read_address(origin.url("y")), first.version)

    assert ('"1"', "Wed, 01 Jul 2026 10:00:00 GMT") == (first.version.etag, first.version.last_modified)
    assert (PICTURE, None, PICTURE, PICTURE) == (first.data, again.data, other.data, elsewhere.data)
    assert not {"if-none-match", "if-modified-since"} & set(origin.seen[3][1])
    assert origin.seen[1][1]["if-modified-since"] == first.version.last_modified


async def test_versions_that_cannot_be_sent_are_none(net):
    lines = ("ETag: caf\xe9", "Last-Modified: " + "x" * 600)
    async with hostile_origin(OWN, more=lambda path, headers: answer(PICTURE, *lines)) as origin:
        fetched = await fetcher(net, origin).fetch(read_address(origin.url("x")))

    assert ("", "") == (fetched.version.etag, fetched.version.last_modified)


@pytest.mark.parametrize("ip", FORBIDDEN_IPS)
async def test_a_name_leads_nowhere_inside(net, ip):
    net.names["a.example"] = [[ip]]
    net.names["mixed.example"] = [["8.8.8.8", ip, "1.1.1.1"]]
    used = fetcher(net)
    for host in ("a.example", "mixed.example"):
        with pytest.raises(OriginUnavailable):
            await used.fetch(read_address(f"http://{host}/"))

    assert [] == net.sockets


@pytest.mark.parametrize("ip", PUBLIC_IPS)
async def test_a_name_leads_where_it_resolved_to(net, ip):
    net.names["a.example"] = [[ip]]
    with pytest.raises(OriginUnavailable):
        await fetcher(net).fetch(read_address("http://a.example/"))

    assert [ip] == net.sockets


async def test_a_name_is_looked_up_once(net):
    net.names["a.example"] = [["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]]
    with pytest.raises(OriginUnavailable):
        await fetcher(net).fetch(read_address("http://a.example/"))

    assert (["a.example"], {"8.8.8.8"}) == (net.asked, set(net.sockets))


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:169.254.169.254"])
async def test_a_redirect_to_the_same_name_is_looked_up_again(net, ip):
    net.names["a.example"] = [[OWN], [ip]]

    def more(path: str, headers: dict[str, str]) -> bytes:
        return answer(b"", "Location: /again", status="302 Found")

    async with hostile_origin(OWN, more=more) as origin:
        with pytest.raises(OriginUnavailable):
            await fetcher(net, origin).fetch(read_address(f"http://a.example:{origin.port}/"))

    assert (["a.example"] * 2, ["/"], []) == (net.asked, [f"/{path}" for path in origin.paths()], net.sockets)


LOCATIONS = (
    *(f"http://{host}:8000/a.png" for host in (*LOOPBACK_HOSTS, *INNER_HOSTS)),
    *(trick.format(port=8000) for trick in TRICKS),
    *("//127.0.0.1:8000/", "/\\127.0.0.1:8000/", "///127.0.0.1:8000/", "\\\\127.0.0.1:8000\\"),
    *("http://b.example:22/", "http://b.example:6379/", "javascript:alert(1)", "#", "?", "a" * 5000),
)


@pytest.mark.parametrize("location", LOCATIONS)
async def test_no_redirect_leads_inside(net, location):
    net.names |= {name: [["127.0.0.1"]] for name in ("localhost", "public.example")}

    def more(path: str, headers: dict[str, str]) -> bytes | None:
        line = f"Location: {location}".encode().decode("latin-1")
        return answer(b"", line, status="302 Found") if path == "start" else None

    async with hostile_origin(OWN, more=more) as origin:
        with pytest.raises(OriginError):
            await fetcher(net, origin).fetch(read_address(origin.url("start")))

    assert [] == net.sockets


async def test_a_redirect_never_leaves_https():
    rules = Rules(signed=True)
    with pytest.raises(FetchForbidden):
        rules.follow(read_address("https://a.example/"), read_address("http://a.example/"))


async def test_the_peer_is_looked_at_before_anything_is_sent(net, origin):
    """A connection that went elsewhere than it was told to is closed, with nothing written to it."""

    class Strayed(socket.socket):
        def connect(self, address: Any) -> None:
            super().connect((OWN, origin.port))

    def make_socket(entry: Any) -> socket.socket:
        made = Strayed(*entry[:3])
        made.setblocking(False)
        return made

    net.names["a.example"] = [["8.8.8.8"]]
    used = fetcher(net, origin, make_socket=make_socket)
    with pytest.raises(OriginUnavailable, match="not checked"):
        await used.fetch(read_address("http://a.example/logo.png"))

    assert [] == origin.seen


@pytest.mark.parametrize(
    ("host", "answers", "connect_seconds"),
    [
        ("closed.example", [["8.8.8.8"]], 30),
        ("nobody.example", [], 30),
        ("inside.example", [["10.0.0.1"]], 30),
        ("half.example", [["8.8.8.8", "::1"]], 30),
        ("hangs.example", [], 0.05),
    ],
)
async def test_what_cannot_be_reached_is_told_alike(net, monkeypatch, host, answers, connect_seconds):
    """A closed port, a name of nobody, names that lead inside, one that hangs: one answer, at one time."""
    waits: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    async def lookup(host: str, port: int) -> Sequence[str]:
        if host == "hangs.example":
            await sleep(60)
        return await net.lookup(host, port)

    net.names[host] = answers
    monkeypatch.setattr("origin.fetch.asyncio.sleep", note)
    used = fetcher(net, lookup=lookup, timeout_seconds=60, connect_seconds=connect_seconds)
    with pytest.raises(OriginUnavailable):
        await used.fetch(read_address(f"http://{host}/"))

    assert len(waits) == 1
    assert (waits[0] > 1) == (connect_seconds > 1)


async def test_a_host_that_cannot_be_reached_rests(net):
    net.names["a.example"] = [["8.8.8.8"]]
    used = fetcher(net, connect_seconds=0.01)
    for number in range(8):
        with pytest.raises(OriginUnavailable):
            await used.fetch(read_address(f"http://a.example/{number}"))

    assert 5 == len(net.sockets)


async def test_a_slow_host_leaves_room_for_others(net, origin):
    net.names["quick.example"] = [[OWN]]
    used = fetcher(net, origin, concurrency=4, timeout_seconds=5)
    slow = [asyncio.create_task(used.fetch(read_address(origin.url("silent")))) for _ in range(8)]
    await asyncio.sleep(0.05)
    quick = await used.fetch(read_address(f"http://quick.example:{origin.port}/logo.png"))
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)

    assert PICTURE == quick.data
    assert ["silent", "silent", "logo.png"] == origin.paths()
