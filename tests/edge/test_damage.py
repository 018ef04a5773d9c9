"""Variants that went bad where they were kept are never shown; a drawing may take only so long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from proxy.valkey import EmbeddedValkey
from tests.attack.bombs_svg import crossing
from tests.edge.conftest import put_originals
from tests.services.calotype import Server, serving

PATH = "/w_120,f_webp/cat.jpg"
Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "one bit": lambda data: data[:-20] + bytes([data[-20] ^ 1]) + data[-19:],
    "cut off": lambda data: data[: len(data) // 2],
    "zeros at the end": lambda data: data[:-100] + bytes(100),
    "empty": lambda data: b"",
    "something else": lambda data: b"\xff\xd8\xff not one of ours",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    put_originals(folder / "originals")
    return folder


@pytest.fixture(scope="module")
def forgetful(folder: Path, valkey_server: EmbeddedValkey) -> Iterator[Server]:
    """A server that keeps nothing in its own memory."""
    kept = {"CALOTYPE_CACHE__MEMORY_BYTES": "0", "CALOTYPE_REDIS__URL": valkey_server.url}
    with serving(folder, CALOTYPE_SERVER__WORKERS="1", **kept) as server:
        yield server


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_variants_are_made_again(
    forgetful: Server, folder: Path, valkey: str, damage: Damage
) -> None:
    made = forgetful.get(PATH)
    eventually(lambda: bool(_derived(folder)))
    _damage_in_redis(valkey, damage)
    from_store = forgetful.get(PATH)
    _damage_in_redis(valkey, damage)
    _damage_in_store(folder, damage)
    again = forgetful.get(PATH)
    eventually(lambda: _tier(forgetful) == "redis")
    with Redis.from_url(valkey) as client:
        client.flushall()
    eventually(lambda: _tier(forgetful) == "derived")

    assert {(200, made.body)} == {(answer.status, answer.body) for answer in (made, from_store, again)}
    assert "detail=derived" in from_store.headers["cache-status"]
    assert "fwd=uri-miss" in again.headers["cache-status"]
    assert made.body == forgetful.get(PATH).body


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _tier(server: Server) -> str:
    status = server.get(PATH).headers["cache-status"]
    return status.rpartition("detail=")[2]


def _derived(folder: Path) -> list[Path]:
    return [path for path in (folder / "derived").rglob("*.variant") if path.is_file()]


def _damage_in_store(folder: Path, damage: Damage) -> None:
    for path in _derived(folder):
        path.write_bytes(damage(path.read_bytes()))


def _damage_in_redis(url: str, damage: Damage) -> None:
    with Redis.from_url(url) as client:
        eventually(lambda: bool(client.keys("calotype:*:variant:*")))
        for key in client.keys("calotype:*:variant:*"):
            client.set(key, damage(client.get(key)))


def test_a_variant_under_another_key_is_not_taken_for_it(tmp_path: Path) -> None:
    """A store that mixes up its objects: both are whole, and neither is the one asked for."""
    put_originals(tmp_path / "originals")
    with serving(tmp_path) as server:
        cat, wide = server.get("/w_90/cat.jpg"), server.get("/w_90/wide.jpg")
        eventually(lambda: len(_derived(tmp_path)) == 2)
    one, other = _derived(tmp_path)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    with serving(tmp_path) as server:
        answers = [server.get("/w_90/cat.jpg"), server.get("/w_90/wide.jpg")]

    assert [cat.body, wide.body] == [answer.body for answer in answers]


def test_a_drawing_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    """Only drawing it could tell; then it is the drawing that is too large, and not we who are slow."""
    put_originals(tmp_path / "originals")
    (tmp_path / "originals" / "slow.svg").write_bytes(crossing(20_000))
    with serving(tmp_path, CALOTYPE_RENDER__SVG_DEADLINE_SECONDS="0.5") as server:
        answers = [server.get("/w_300,f_png/slow.svg") for _ in range(2)]
        beside = server.get("/w_50,f_png/drawing.svg")

    assert [(413, "drawing_too_slow")] * 2 == [(a.status, a.error["code"]) for a in answers]
    assert 200 == beside.status
