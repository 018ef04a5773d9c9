"""Small variants of a large photograph: the first from it, the next from its copy, and nobody sees which."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import photograph
from tests.services.calotype import Server, serving
from transforms.likeness import ssim


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("mezzanines")
    (folder / "originals").mkdir()
    photograph(4000, 3000).jpegsave(str(folder / "originals" / "wide.jpg"), Q=90)
    with serving(folder, CALOTYPE_SERVER__WORKERS="1", CALOTYPE_RENDER__MEZZANINE__ENABLED="true") as server:
        yield server


@pytest.fixture(scope="module")
def first(server: Server) -> tuple[str, bytes]:
    """ETag and body of the first variant, made of the original; the copy is there by now."""
    answer = server.get("/w_300,f_png/wide.jpg")
    assert 200 == answer.status
    deadline = time.monotonic() + 30
    while server.metric("calotype_mezzanines_total", outcome="made") < 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer.headers["etag"], bytes(answer.body)


def picture(body: bytes) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(body, "")


def test_the_next_is_made_of_the_copy_and_looks_alike(
    server: Server, first: tuple[str, bytes], tmp_path: Path
) -> None:
    told = server.get("/-/explain/w_280,f_png/wide.jpg").body.decode()
    answer = server.get("/w_280,f_png/wide.jpg")
    direct = photograph(4000, 3000).resize(280 / 4000, kernel="lanczos3")
    made = picture(answer.body)

    assert "mezzanine  1600x1200 jpg" in told
    assert f"etag       {answer.headers['etag']}" in told
    assert (280, 210) == (made.width, made.height)
    assert ssim(direct.copy_memory(), made) > 0.97
    assert 1 == server.metric("calotype_mezzanines_total", outcome="used")


def test_what_was_made_before_stays(server: Server, first: tuple[str, bytes]) -> None:
    again = server.get("/w_300,f_png/wide.jpg")
    unchanged = server.get("/w_300,f_png/wide.jpg", {"If-None-Match": first[0]})

    assert first == (again.headers["etag"], again.body)
    assert 304 == unchanged.status


@pytest.mark.parametrize("transformation", ["w_1200", "c_crop,w_900,h_900", "c_thumb,g_auto,w_200,h_90"])
def test_what_it_does_not_resolve_is_made_of_the_original(
    server: Server, first: tuple[str, bytes], transformation: str
) -> None:
    told = server.get(f"/fl_explain,f_png/{transformation}/wide.jpg").body.decode()

    assert "original   4000x3000 jpg" in told
    assert "mezzanine" not in told


def test_explaining_says_which_it_would_be(server: Server, first: tuple[str, bytes]) -> None:
    told = server.get("/fl_explain,w_260,f_png/wide.jpg")

    assert "mezzanine  1600x1200 jpg" in told.body.decode()
