"""Strange HTTP and slow clients against a server of our own that has little patience."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.attack import raw_http, slow
from tests.attack.http_cases import cases
from tests.attack.rows import Row
from tests.edge.conftest import put_originals
from tests.services.calotype import Server, serving

PICTURE = "/w_10/cat.jpg"


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("http")
    put_originals(folder / "originals")
    large = (folder / "originals" / "cat.jpg").read_bytes() + os.urandom(8_000_000)
    (folder / "originals" / "large.jpg").write_bytes(large)
    with serving(folder, **slow.SETTINGS) as server:
        yield server


def failed(rows: Iterator[Row]) -> list[str]:
    return [f"{row.name}: {row.expected}: {row.got}" for row in rows if not row.holds]


def test_there_are_many_cases() -> None:
    assert len(list(cases(PICTURE))) > 120
    assert len({case.name for case in cases(PICTURE)}) == len(list(cases(PICTURE)))


def test_strange_http(hurried: Server) -> None:
    assert [] == failed(raw_http.attack(hurried.url, PICTURE))
    assert "Traceback" not in hurried.log.read_text()


def test_slow_clients(hurried: Server) -> None:
    target = slow.hurried(hurried.url, PICTURE, "/large.jpg")

    assert [] == failed(slow.attack(target))
    assert 5 <= hurried.metric("calotype_connections_closed_total", reason="slow")
    assert 1 <= hurried.metric("calotype_connections_closed_total", reason="idle")
    assert "Traceback" not in hurried.log.read_text()


def test_a_large_picture_comes_whole(hurried: Server) -> None:
    """It is written in slices."""
    answer = hurried.get("/large.jpg")

    assert (hurried.data_dir / "originals" / "large.jpg").read_bytes() == answer.body
    assert str(len(answer.body)) == answer.headers["content-length"]
