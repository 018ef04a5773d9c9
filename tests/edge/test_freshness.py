"""Originals that change, appear, vanish or cannot be reached while their variants are cached."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import photograph, put_originals
from tests.services.calotype import Answer, Server, serving


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that looks at its originals again after a fifth of a second; each test changes others."""
    folder = tmp_path_factory.mktemp("freshness")
    put_originals(folder / "originals")
    with serving(
        folder, CALOTYPE_CACHE__FRESH_SECONDS="0.2", CALOTYPE_CACHE__NEGATIVE_SECONDS="0.2"
    ) as running:
        yield running


def size(answer: Answer) -> tuple[int, int]:
    assert answer.status == 200, answer.body[:300]
    image = pyvips.Image.new_from_buffer(answer.body, "")
    return image.width, image.height


def until(server: Server, path: str, status: int, seconds: float = 5.0) -> Answer:
    """The first answer with that status."""
    deadline = time.monotonic() + seconds
    while (answer := server.get(path)).status != status:
        assert time.monotonic() < deadline, f"{path} still answers {answer.status}"
        time.sleep(0.1)
    return answer


def test_a_changed_original_makes_new_variants(quick: Server) -> None:
    before = quick.get("/w_100/cat.jpg")
    photograph(500, 500, 3).write_to_file(str(quick.data_dir / "originals" / "cat.jpg"))
    time.sleep(0.3)
    after = quick.get("/w_100/cat.jpg")

    assert (100, 75) == size(before)
    assert (100, 100) == size(after)
    assert before.headers["etag"] != after.headers["etag"]


def test_a_touched_original_is_the_same_picture(quick: Server) -> None:
    before = quick.get("/w_100/wide.jpg")
    os.utime(quick.data_dir / "originals" / "wide.jpg", (1, 1))
    time.sleep(0.3)
    renders = quick.metric("calotype_renders_total")
    after = quick.get("/w_100/wide.jpg")

    assert before.body == after.body
    assert before.headers["etag"] == after.headers["etag"]
    assert renders == quick.metric("calotype_renders_total")


def test_what_is_deleted_is_gone_and_what_appears_is_found(quick: Server) -> None:
    original = quick.data_dir / "originals" / "photos" / "pets" / "dog.jpg"
    body = original.read_bytes()
    quick.get("/w_100/photos/pets/dog.jpg")
    original.unlink()
    until(quick, "/w_100/photos/pets/dog.jpg", 404)
    original.write_bytes(body)

    assert (100, 75) == size(until(quick, "/w_100/photos/pets/dog.jpg", 200))


def test_a_better_match_takes_over(quick: Server) -> None:
    assert (100, 50) == size(quick.get("/w_100/drawing.webp"))
    photograph(400, 400).write_to_file(str(quick.data_dir / "originals" / "drawing.webp"))
    time.sleep(0.3)

    assert (100, 100) == size(quick.get("/w_100/drawing.webp"))


def test_variants_outlive_the_server(tmp_path: Path) -> None:
    put_originals(tmp_path / "originals")
    with serving(tmp_path) as first:
        made = first.get("/w_123,f_webp/cat")
    with serving(tmp_path) as second:
        again = second.get("/w_123,f_webp/cat")
        renders = second.metric("calotype_renders_total")
        reads = second.metric("calotype_origin_reads_total")

    assert made.body == again.body
    assert made.headers["etag"] == again.headers["etag"]
    assert again.headers["cache-status"] == "calotype; hit; detail=derived"
    assert (0, 0) == (renders, reads)
