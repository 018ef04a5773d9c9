"""Two servers of two processes each: what one takes down, the other shows no more within a second.

Not among the tests, for its times: `make crashes` runs it.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from proxy.valkey import EmbeddedValkey
from tests.crashes.client import KEY, SECRET, Client
from tests.crashes.server import eventually
from tests.crashes.stories import Cast
from tests.services.calotype import serving
from tests.services.faulty_wire import Wire, wire
from tests.services.postgres import create_database

FELT_SECONDS = 1.0
_WATCHED_SECONDS = 2.0
VIEWS = ("", "w_20", "c_fill,h_9,w_9")
ODD = 8
"""As many new connections reach every one of two processes, but once in a hundred."""


@dataclass(frozen=True)
class Pair:
    """Two servers over one database, one Valkey and the same storages."""

    one: Client
    other: Client
    wires: tuple[Wire, Wire]
    derived: Path

    def show(self, public_id: str) -> None:
        """Have every process and tier keep it."""
        for client in (self.one, self.other):
            for _ in range(ODD):
                assert {200} == {_status(client, public_id, view) for view in VIEWS}

    def last_shown(self, public_id: str, data: bytes | None = None) -> float:
        """For how long anybody still shows it, in seconds; of those bytes only, where they are told."""
        started, last = time.monotonic(), 0.0
        while (now := time.monotonic() - started) < _WATCHED_SECONDS:
            for client in (self.one, self.other):
                for view in VIEWS[:1] if data else VIEWS:
                    answer = client.get(public_id, view)
                    if answer is None or (answer.body == data if data else answer.status != 410):
                        last = now
        return last

    def keeps(self, data: bytes) -> list[str]:
        """What of it is in the derived store."""
        begun = sha256(data).hexdigest()[:32]
        return [path.name for path in self.derived.rglob("*") if begun in path.name]


def _status(client: Client, public_id: str, view: str) -> int | None:
    answer = client.get(public_id, view)
    return None if answer is None else answer.status


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: Path, valkey_server: EmbeddedValkey
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("felt")
    asyncio.run(create_database(postgres_server, "felt"))
    shared = {
        "CALOTYPE_METADATA__URL": f"postgresql://calotype@/felt?host={postgres_server}",
        "CALOTYPE_HOSTING__KEYS": json.dumps([{"key": KEY, "secret": SECRET}]),
        "CALOTYPE_HOSTING__EAGER": "{}",
        "CALOTYPE_HOSTING__ENCRYPTION_KEY": "00" * 32,
        "CALOTYPE_HOSTING__STORAGE": json.dumps({"kind": "filesystem", "path": str(folder / "hosted")}),
        "CALOTYPE_CACHE__DERIVED__STORAGE": json.dumps(
            {"kind": "filesystem", "path": str(folder / "derived")}
        ),
        "CALOTYPE_RENDER__WORKERS": "2",
        "CALOTYPE_SERVER__WORKERS": "2",
    }
    with ExitStack() as stack:
        target = valkey_server.url.removeprefix("unix://")
        wires = stack.enter_context(wire(target)), stack.enter_context(wire(target))
        clients = []
        for number, each in enumerate(wires):
            redis = {"CALOTYPE_REDIS__URL": f"redis://127.0.0.1:{each.port}"}
            server = stack.enter_context(serving(folder / str(number), **shared, **redis))
            clients.append(Client(server.port))
        yield Pair(clients[0], clients[1], wires, folder / "derived")


def _by_key(pair: Pair, cast: Cast) -> None:
    pair.one.destroy(cast.id("a"))


def _in_bulk(pair: Pair, cast: Cast) -> None:
    pair.one.delete_below(f"{cast.name}/")


def _by_token(pair: Pair, cast: Cast) -> None:
    pair.one.delete_by_token(cast.token)


def _by_renaming(pair: Pair, cast: Cast) -> None:
    pair.one.rename(cast.id("a"), cast.id("b"))


def _in_good_order(pair: Pair) -> None:
    """Nothing is broken."""


def _one_link_cut(pair: Pair) -> None:
    pair.wires[1].refuse()


def _no_redis(pair: Pair) -> None:
    for each in pair.wires:
        each.refuse()


def _no_answer(pair: Pair) -> None:
    for each in pair.wires:
        each.silence()


WAYS: dict[str, tuple[Callable[[Pair, Cast], None], Callable[[Pair], None]]] = {
    "by a key": (_by_key, _in_good_order),
    "in bulk": (_in_bulk, _in_good_order),
    "by a token": (_by_token, _in_good_order),
    "by renaming": (_by_renaming, _in_good_order),
    "by a key, the other's Redis gone": (_by_key, _one_link_cut),
    "by a key, Redis gone": (_by_key, _no_redis),
    "by a key, Redis silent": (_by_key, _no_answer),
}


@pytest.fixture
def cast(pair: Pair, request: pytest.FixtureRequest) -> Cast:
    """One picture that everybody keeps."""
    cast = Cast(sha256(request.node.name.encode()).hexdigest()[:8])
    answer = pair.one.upload(cast.id("a"), cast.picture("a"), return_delete_token="true")
    assert answer is not None
    cast.token = answer.value["delete_token"]
    pair.show(cast.id("a"))
    return cast


@pytest.mark.parametrize("way", WAYS)
def test_what_is_taken_down_is_felt_within_a_second(pair: Pair, cast: Cast, way: str) -> None:
    take_down, break_it = WAYS[way]
    break_it(pair)
    try:
        take_down(pair, cast)
        seconds = pair.last_shown(cast.id("a"))
    finally:
        for each in pair.wires:
            each.heal()
    print(f"{way}: shown for {seconds:.2f} s after the answer")

    assert seconds < FELT_SECONDS
    if way != "by renaming":
        assert eventually(lambda: not pair.keeps(cast.picture("a")))


def test_what_is_overwritten_is_felt_within_a_second(pair: Pair, cast: Cast) -> None:
    pair.one.upload(cast.id("a"), cast.picture("b"))
    seconds = pair.last_shown(cast.id("a"), cast.picture("a"))
    answer = pair.other.get(cast.id("a"))
    print(f"by overwriting: shown for {seconds:.2f} s after the answer")

    assert seconds < FELT_SECONDS
    assert answer is not None and cast.picture("b") == answer.body


def test_renders_under_way_bring_nothing_back(pair: Pair, cast: Cast) -> None:
    views = [f"w_{number},e_blur:2000" for number in range(300, 340)]
    asking = [
        threading.Thread(target=client.get, args=(cast.id("a"), view))
        for view in views
        for client in (pair.one, pair.other)
    ]
    for thread in asking:
        thread.start()
    pair.one.destroy(cast.id("a"))
    for thread in asking:
        thread.join()
    shown = {_status(client, cast.id("a"), view) for view in views for client in (pair.one, pair.other)}

    assert {410} == shown
    assert eventually(lambda: not pair.keeps(cast.picture("a")))
