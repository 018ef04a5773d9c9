"""Budgets of new variants over HTTP: what has to be made is limited, what exists never is.

All of 127.0.0.0/8 is this machine, so that a test can be as many clients as it likes, and a proxy.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
from collections.abc import Iterator

import pytest

from proxy.valkey import EmbeddedValkey
from tests.edge.conftest import put_originals
from tests.services.calotype import Answer, Server, serving

PER_ASSET, PER_CLIENT = 9, 4
PROXY = "127.0.0.2"


class Site:
    """A server of two processes that trusts one proxy, and the Valkey that they share."""

    def __init__(self, server: Server, valkey: EmbeddedValkey) -> None:
        self.server = server
        self.valkey = valkey

    def get(self, path: str, client: str, **headers: str) -> Answer:
        """One request from that address, on a connection of its own: either process may get it."""
        line = http.client.HTTPConnection("127.0.0.1", self.server.port, 60, source_address=(client, 0))
        try:
            line.request("GET", path, headers={name.replace("_", "-"): v for name, v in headers.items()})
            response = line.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())
        finally:
            line.close()

    def statuses(self, paths: list[str], client: str, **headers: str) -> list[int]:
        return [self.get(path, client, **headers).status for path in paths]


def widths(count: int, name: str, first: int = 10) -> list[str]:
    return [f"/w_{first + step}/{name}" for step in range(count)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("limits")
    put_originals(folder / "originals")
    for name in ("trimmed.jpg", "proxied.jpg"):
        shutil.copy(folder / "originals" / "cat.jpg", folder / "originals" / name)
    valkey = EmbeddedValkey(folder / "valkey", max_memory_bytes=64_000_000)
    (folder / "valkey").mkdir()
    asyncio.run(valkey.start())
    try:
        with serving(
            folder,
            CALOTYPE_SERVER__WORKERS="2",
            CALOTYPE_REDIS__URL=valkey.url,
            CALOTYPE_SERVER__TRUSTED_PROXIES=json.dumps([PROXY]),
            CALOTYPE_LIMITS__NEW_VARIANTS_PER_ASSET=str(PER_ASSET),
            CALOTYPE_LIMITS__NEW_VARIANTS_PER_CLIENT=str(PER_CLIENT),
        ) as server:
            yield Site(server, valkey)
    finally:
        asyncio.run(valkey.stop())


def test_a_client_gets_so_many_from_all_processes_together(site: Site) -> None:
    found = site.statuses(widths(8, "cat.jpg"), "127.0.1.1")
    again = site.statuses(widths(PER_CLIENT, "cat.jpg"), "127.0.1.1")
    others = site.statuses(widths(6, "cat.jpg"), "127.0.1.2")

    assert [200] * PER_CLIENT + [429] * 4 == found
    assert [200] * PER_CLIENT == again
    assert [200] * 6 == others


def test_an_original_has_so_many_over_all_clients(site: Site) -> None:
    paths = widths(PER_ASSET + 3, "wide.jpg")
    found = [site.get(path, f"127.0.2.{number}").status for number, path in enumerate(paths, 1)]

    assert [200] * PER_ASSET + [429] * 3 == found
    assert [200] * PER_ASSET == site.statuses(paths[:PER_ASSET], "127.0.2.99")
    assert 200 == site.get("/w_10/photos/pets/dog.jpg", "127.0.2.99").status


def test_a_refusal_says_what_it_is(site: Site) -> None:
    before = site.server.metric("calotype_limited_total", scope="client")
    site.statuses(widths(PER_CLIENT, "logo.png"), "127.0.3.1")
    answer = site.get("/w_99/logo.png", "127.0.3.1")
    after = site.server.metric("calotype_limited_total", scope="client")

    assert (429, "client_variants_exceeded") == (answer.status, answer.error["code"])
    assert f"limited to {PER_CLIENT} in 3600 s" in str(answer.error["message"])
    assert "no-store" == answer.headers["cache-control"]
    # A quarter of an hour until one has grown back, and up to four seconds more.
    assert 800 < int(answer.headers["retry-after"]) <= 904
    assert 1 == after - before


def test_nothing_is_charged_for_what_exists_or_need_not_be_made(site: Site) -> None:
    client = "127.0.4.1"
    first = site.get("/w_20/logo.png", client)
    hits = site.statuses(["/w_20/logo.png"] * 20, client)
    unchanged = site.get("/w_20/logo.png", client, If_None_Match=first.headers["etag"])
    another = site.get("/w_21/logo.png", client, If_None_Match=first.headers["etag"])
    originals = site.statuses(["/logo.png", "/drawing.svg", "/cat.jpg"], client)
    refused = site.statuses(["/w_0/logo.png", "/w_20/nothing.png"], client)
    rest = site.statuses(widths(PER_CLIENT, "logo.png", 30), client)

    assert [200] * 20 == hits
    assert (304, 200) == (unchanged.status, another.status)
    assert 3 == len(originals)
    assert [400, 404] == refused
    # Of four: w_20, w_21, the drawing that was rendered; one is left.
    assert [200, 429, 429, 429] == rest


def test_looks_are_charged_with_their_render(site: Site) -> None:
    client, path = "127.0.5.1", "e_trim/w_{}/trimmed.jpg"
    looked = site.statuses(["/-/explain/" + path.format(40)], client)
    made = site.statuses(["/" + path.format(width) for width in (41, 42, 43, 44, 45)], client)

    assert [200] == looked
    assert [200, 200, 200, 429, 429] == made


def test_nobody_moves_his_limit_by_a_header(site: Site) -> None:
    spoofed = []
    for number, path in enumerate(widths(PER_CLIENT + 2, "spin.gif")):
        address = f"198.51.100.{number}"
        told = {"X_Forwarded_For": address, "X_Real_IP": address, "Forwarded": f"for={address}"}
        spoofed.append(site.get(path, "127.0.6.1", **told))

    assert [200] * PER_CLIENT + [429] * 2 == [answer.status for answer in spoofed]


def test_a_trusted_proxy_says_whom_it_speaks_for(site: Site) -> None:
    def through(client: str, path: str) -> int:
        return site.get(path, PROXY, X_Forwarded_For=client).status

    one = [through("198.51.100.1", path) for path in widths(5, "proxied.jpg", 50)]
    other = through("198.51.100.2", "/w_60/proxied.jpg")
    invented = through("203.0.113.5, 198.51.100.1", "/w_61/proxied.jpg")

    assert ([200] * PER_CLIENT + [429], 200, 429) == (one, other, invented)


def test_without_redis_each_process_counts_for_itself(site: Site) -> None:
    """The last of this file: what they shared is gone after it."""
    asyncio.run(site.valkey.stop())
    found = site.statuses(widths(4 * PER_CLIENT, "cat.jpg", 200), "127.0.7.1")
    hits = site.statuses(widths(PER_CLIENT, "cat.jpg"), "127.0.7.1")

    assert 429 == found[-1]
    assert PER_CLIENT <= found.count(200) <= 2 * PER_CLIENT
    assert {200, 429} == set(found)
    assert [200] * PER_CLIENT == hits
