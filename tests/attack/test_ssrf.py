"""Every spelling at every door of the whole application: nothing goes out, and nothing answers 200.

In the first half sockets and lookups are ours, so that a guard that fails reaches nothing; URLs count as
signed there, which lets them name any public host. In the second half a real server meets a canary on this
machine.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from origin.fetch import Fetcher
from proxy.app import build_services
from proxy.client import Client
from proxy.config import Settings
from proxy.errors import error_code, rule_for
from proxy.services import Services
from proxy.url import read_delivery_url
from tests.attack.ssrf import FORBIDDEN_IPS, LOOPBACK, SPELLINGS, doors
from tests.edge.conftest import put_originals
from tests.services.calotype import Server, serving

DOORS = tuple(doors("http://a.example/"))
REFUSED = {400, 401, 403, 404, 502}


class Ways:
    """The ways out of the application: what went there."""

    def __init__(self) -> None:
        self.sockets: list[str] = []
        self.answers: dict[str, list[Sequence[str]]] = {}

    async def lookup(self, host: str, port: int) -> Sequence[str]:
        answers = self.answers.get(host, [["127.0.0.1"]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def make_socket(self, entry: Any) -> socket.socket:
        self.sockets.append(str(entry[4][0]))
        raise ConnectionRefusedError("noted")


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    found = Ways()
    fetcher = partial(Fetcher, lookup=found.lookup, make_socket=found.make_socket)
    monkeypatch.setattr("proxy.app_fetch.Fetcher", fetcher)
    return found


@contextlib.asynccontextmanager
async def application(folder: Path) -> AsyncIterator[Services]:
    put_originals(folder / "originals")
    fetch = {"enabled": True, "signed": True, "allow_ports": [80, 443, 8000], "connect_seconds": 0.005}
    given = {"data_dir": folder, "render": {"workers": 1}, "fetch": fetch}
    services = await build_services(Settings.model_validate(given), redis_url="")
    try:
        await services.metadata.migrate()
        yield services
    finally:
        await services.close()


async def status(services: Services, path: str) -> tuple[int, str]:
    """What a signed URL is answered with."""
    try:
        url = read_delivery_url(path.removeprefix("/-/explain"))
        settled = await services.settling.settle(replace(url, signed=True), Client())
        await settled.release()
    except Exception as error:
        return rule_for(error).status, error_code(error)
    return 200, "ok"


@pytest.mark.parametrize("door", DOORS)
async def test_no_spelling_passes_a_door(tmp_path: Path, ways: Ways, door: str) -> None:
    async with application(tmp_path) as services:
        paths = {spelling: doors(spelling.format(port=8000))[door] for spelling in SPELLINGS}
        found = {spelling: await status(services, path) for spelling, path in paths.items()}

    assert 120 <= len(found)
    assert [] == ways.sockets
    assert {} == {spelling: got for spelling, got in found.items() if got[0] not in REFUSED}


@pytest.mark.parametrize("door", ["fetch", "layer"])
async def test_no_name_passes_a_door(tmp_path: Path, ways: Ways, door: str) -> None:
    """Names that resolve to what is forbidden, in all or in part, and names that change."""
    names = {f"n{number}.example": [[ip]] for number, ip in enumerate(FORBIDDEN_IPS)}
    names |= {f"m{number}.example": [["8.8.8.8", ip]] for number, ip in enumerate(FORBIDDEN_IPS)}
    ways.answers |= names
    async with application(tmp_path) as services:
        found = {await status(services, doors(f"http://{name}/")[door]) for name in names}

    assert ([], {(502, "origin_failed")}) == (ways.sockets, found)


async def test_a_name_that_changes_is_asked_once(tmp_path: Path, ways: Ways) -> None:
    ways.answers["a.example"] = [["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]]
    async with application(tmp_path) as services:
        found = await status(services, "/fetch/http://a.example/")

    assert ((502, "origin_failed"), ["8.8.8.8"]) == (found, ways.sockets)


async def test_a_public_address_goes_out(tmp_path: Path, ways: Ways) -> None:
    """Else the tests above would pass with everything nailed up."""
    ways.answers["a.example"] = [["8.8.8.8"]]
    async with application(tmp_path) as services:
        for door in DOORS:
            await status(services, doors(f"http://a.example/{DOORS.index(door)}")[door])

    assert {"8.8.8.8"} == set(ways.sockets)
    # Then the host rests.
    assert 5 == len(ways.sockets)


@contextlib.contextmanager
def canary() -> Iterator[tuple[int, list[Any]]]:
    """A port of this machine, on IPv4 and IPv6, and who knocked there."""
    knocks: list[Any] = []
    listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, peer = listener.accept()
                knocks.append(peer)
                connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], knocks
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


@contextlib.contextmanager
def guarded(folder: Path, port: int, **environment: str) -> Iterator[Server]:
    """A server that may fetch from every name of this machine, but for where they lead."""
    put_originals(folder / "originals")
    hosts = (
        "localhost",
        "127.0.0.1",
        "127.255.255.254",
        "127.0.0.0",
        "127.127.127.127",
        "0.0.0.0",
        "::1",
        "::",
    )
    settings = {
        "CALOTYPE_FETCH__ENABLED": "true",
        "CALOTYPE_FETCH__ALLOW_HOSTS": json.dumps(hosts),
        "CALOTYPE_FETCH__ALLOW_PORTS": f"[80, 443, {port}]",
        "CALOTYPE_FETCH__CONNECT_SECONDS": "0.02",
        "CALOTYPE_LOG__ACCESS": "false",
    }
    with serving(folder, **{**settings, **environment}) as server:
        yield server


def raw(server: Server, path: str) -> int:
    """The status of a request whose target is sent as it is."""
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path.encode())
        answer = connection.makefile("rb").readline().split()
    return int(answer[1])


def test_a_canary_hears_nothing(tmp_path: Path) -> None:
    with canary() as (port, knocks), guarded(tmp_path, port) as server:
        tried = [
            (spelling, door, raw(server, path))
            for spelling in LOOPBACK
            for door, path in doors(spelling.format(port=port)).items()
            if not set("\t\r\n ") & set(path)
        ]

    assert 800 <= len(tried)
    assert [] == knocks
    assert [] == [entry for entry in tried if entry[2] not in REFUSED]


def test_a_canary_hears_who_may_ask(tmp_path: Path) -> None:
    """Else the test above would pass with the server asleep."""
    heard = {
        "CALOTYPE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8", "::1/128"]',
        # Not as short as above: on a busy machine nobody would have come to the door by then.
        "CALOTYPE_FETCH__CONNECT_SECONDS": "5",
    }
    with canary() as (port, knocks), guarded(tmp_path, port, **heard) as server:
        found = [raw(server, f"/fetch/http://{host}:{port}/") for host in ("localhost", "127.0.0.1", "[::1]")]

    assert ([502] * 3, 3) == (found, len(knocks))


def test_nothing_is_fetched_by_default(tmp_path: Path) -> None:
    put_originals(tmp_path / "originals")
    address = "https://img.example.com/a.png"
    with serving(tmp_path) as server:
        found = {door: server.get(path) for door, path in doors(address).items()}
        unread = server.get("/fetch/w_20/file:///etc/passwd")

    assert {(403, "fetch_disabled")} == {(answer.status, answer.error["code"]) for answer in found.values()}
    assert all("fetch.enabled" in str(answer.error["message"]) for answer in found.values())
    assert (400, "invalid_address") == (unread.status, unread.error["code"])
