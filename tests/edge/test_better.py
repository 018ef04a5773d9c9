"""Better variants over HTTP: second encodes of what is popular, and AVIFs that nobody waits for."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import put_originals
from tests.services.calotype import Answer, Server, serving

SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
AVIF = {"Accept": "image/avif,image/webp,*/*"}
_SECONDS = 30.0


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two processes that encode again after three requests, and wait for no AVIF of any size to speak of."""
    data_dir = tmp_path_factory.mktemp("better")
    put_originals(data_dir / "originals")
    flower = pyvips.Image.thumbnail(str(SAMPLES / "dandelion.jpg"), 800)
    flower.write_to_file(str(data_dir / "originals" / "flower.jpg"), Q=92)
    settings = {
        "CALOTYPE_SERVER__WORKERS": "2",
        "CALOTYPE_RENDER__SECOND_ENCODE__AFTER": "3",
        "CALOTYPE_RENDER__SECOND_ENCODE__OVER_SECONDS": "0",
        "CALOTYPE_RENDER__TWO_STAGE__AVIF_SECONDS": "0.02",
        "CALOTYPE_PURGE": '[{"kind": "log"}]',
    }
    with serving(data_dir, **settings) as running:
        yield running


def ask_until(server: Server, path: str, *, changed_from: Answer, **headers: str) -> Answer:
    """Ask until every process answers otherwise: ten answers of new connections, all with one new ETag."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        answers = [server.get(path, headers) for _ in range(10)]
        etags = {answer.headers["etag"] for answer in answers}
        if len(etags) == 1 and changed_from.headers["etag"] not in etags:
            return answers[-1]
        time.sleep(0.1)
    raise AssertionError(f"{path}: no other answer in {_SECONDS:.0f} seconds")


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_what_is_asked_for_often_gets_smaller_everywhere(eager: Server, format: str) -> None:
    path = f"/w_400,f_{format}/flower.jpg"
    first = eager.get(path)
    second = ask_until(eager, path, changed_from=first)

    assert len(second.body) < 0.97 * len(first.body)
    assert first.headers["content-type"] == second.headers["content-type"]
    assert 304 == eager.get(path, {"If-None-Match": second.headers["etag"]}).status
    assert 200 == eager.get(path, {"If-None-Match": first.headers["etag"]}).status
    assert "thorough" in eager.get(f"/-/explain{path}").body.decode()
    assert eager.metric("calotype_second_encodes_total", format=format, outcome="made") == 1


def test_hits_that_are_answered_before_the_parser_count_too(eager: Server) -> None:
    """On one connection, so that all but the first few go the short way; and it forgets the first."""
    connection = http.client.HTTPConnection("127.0.0.1", eager.port)
    before = eager.metric("calotype_short_way_total")
    etags: dict[str | None, int] = {}
    deadline = time.monotonic() + _SECONDS
    while len(etags) < 2 and time.monotonic() < deadline:
        connection.request("GET", "/w_380/wide.jpg")
        response = connection.getresponse()
        response.read()
        etags[response.headers["ETag"]] = response.status
        time.sleep(0.02)
    connection.close()

    assert [200, 200] == list(etags.values())
    assert eager.metric("calotype_short_way_total") > before


def test_the_cdn_is_told(eager: Server) -> None:
    path = "/w_300/photos/pets/dog.jpg"
    ask_until(eager, path, changed_from=eager.get(path))
    deadline = time.monotonic() + _SECONDS
    told = 0.0
    while not told and time.monotonic() < deadline:
        told = eager.metric("calotype_purges_total", result="acknowledged")
        time.sleep(0.1)

    assert told >= 1


def test_who_promised_not_to_change_does_not(eager: Server) -> None:
    path = "/w_390/v1/cat.jpg"
    first = eager.get(path)
    for _ in range(20):
        eager.get(path)
    time.sleep(0.3)
    last = eager.get(path)

    assert "public, max-age=31536000, immutable" == last.headers["cache-control"]
    assert (first.headers["etag"], first.body) == (last.headers["etag"], last.body)


def test_a_slow_avif_takes_over_when_it_is_there(eager: Server) -> None:
    path = "/w_700,f_auto/cat.jpg"
    first = eager.get(path, AVIF)
    again = eager.get(path, AVIF | {"If-None-Match": first.headers["etag"]})
    last = ask_until(eager, path, changed_from=first, **AVIF)

    assert ("image/webp", "image/avif") == (first.headers["content-type"], last.headers["content-type"])
    assert "s-maxage=5" in first.headers["cache-control"]
    assert "s-maxage=31536000" in last.headers["cache-control"]
    assert "calotype; fwd=uri-miss; detail=provisional" == first.headers["cache-status"]
    assert ("Accept", "Accept") == (first.headers["vary"], last.headers["vary"])
    assert again.status in (200, 304)
    assert "image/avif" == eager.get("/w_700,f_avif/cat.jpg").headers["content-type"]


def test_who_asks_for_avif_gets_it(eager: Server) -> None:
    answer = eager.get("/w_710,f_avif/cat.jpg")

    assert ("image/avif", 200) == (answer.headers["content-type"], answer.status)


def test_the_explanation_says_what_is_made_behind(eager: Server) -> None:
    told = eager.get("/-/explain/w_720,f_auto/cat.jpg", AVIF).body.decode()

    assert "made behind: webp is answered until it is there" in told
