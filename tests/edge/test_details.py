"""What people say about originals, in conditions and crops, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import put_originals
from tests.services.calotype import Answer, Server, serving
from tests.services.postgres import postgres_running

ON_SALE = "/if_!sale!_in_tags/w_50/if_else/w_60/if_end/cat.png"


@pytest.fixture(scope="module")
def detailed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("details")
    put_originals(data_dir / "originals")
    with serving(data_dir, CALOTYPE_SERVER__WORKERS="2") as running:
        running.run(
            "details", "set", "photos/pets/dog", "--tag", "pet", "--tag", "brown", "--context", "mood=calm"
        )
        running.run("details", "set", "photos/pets/dog", "--field", "age=4", "--custom", "10,20,100,80")
        yield running


def size(answer: Answer) -> tuple[int, int]:
    assert answer.status == 200, answer.body[:500]
    image = pyvips.Image.new_from_buffer(answer.body, "")
    return image.width, image.height


def until(server: Server, path: str, width: int, seconds: float = 6.0) -> None:
    """Wait for every process to answer with a picture that wide."""
    deadline = time.monotonic() + seconds
    while {size(server.get(path))[0] for _ in range(10)} != {width}:
        assert time.monotonic() < deadline, f"{path} does not become {width} wide"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("!pet!_in_tags", True),
        ("!pet:brown!_in_tags", True),
        ("!pet:white!_in_tags", False),
        ("!white!_nin_tags", True),
        ("ctx:!mood!_eq_!calm!", True),
        ("ctx:!mood!_eq_!wild!", False),
        ("ctx:!none!_eq_!wild!", False),
        ("md:!age!_gt_3", True),
        ("md:!age!_gt_4", False),
    ],
)
def test_conditions(detailed: Server, condition: str, holds: bool) -> None:
    answer = detailed.get(f"/if_{condition},w_50/w_0.5/photos/pets/dog.png")

    assert (25 if holds else 320) == size(answer)[0]


def test_custom_coordinates_are_what_is_kept(detailed: Server) -> None:
    cropped = detailed.get("/c_crop,g_custom/photos/pets/dog.png")
    expected = pyvips.Image.new_from_buffer(detailed.get("/photos/pets/dog.png").body, "")
    kept = pyvips.Image.new_from_buffer(cropped.body, "")

    assert (100, 80) == size(cropped)
    assert 0 == (expected.crop(10, 20, 100, 80) - kept).abs().max()


def test_what_is_said_is_shown(detailed: Server) -> None:
    said = detailed.run("details", "show", "photos/pets/dog")

    assert "tags     brown pet\ncontext  mood=calm\nfield    age=4\ncustom   10,20,100,80\n" == said


def test_a_change_makes_another_picture_and_another_date(detailed: Server) -> None:
    before = detailed.get(ON_SALE)
    time.sleep(1)
    detailed.run("details", "set", "cat", "--tag", "sale")
    until(detailed, ON_SALE, 50)
    after = detailed.get(ON_SALE, {"If-Modified-Since": before.headers["last-modified"]})
    detailed.run("details", "delete", "cat")
    until(detailed, ON_SALE, 60)

    assert ((60, 45), (50, 38)) == (size(before), size(after))
    assert before.headers["etag"] != after.headers["etag"]
    assert "tags     none\n" == detailed.run("details", "show", "cat")


def test_a_database_that_is_away(tmp_path: Path) -> None:
    put_originals(tmp_path / "originals")
    with ExitStack() as stack:
        database = stack.enter_context(ExitStack())
        folder = database.enter_context(postgres_running())
        url = f"postgresql://calotype@/postgres?host={folder}"
        server = stack.enter_context(serving(tmp_path, CALOTYPE_METADATA__URL=url))
        server.run("details", "set", "cat", "--tag", "sale")
        known = size(server.get(ON_SALE))
        server.get("/w_10/wide.png")
        database.close()
        time.sleep(2.5)
        still = [size(server.get(ON_SALE)) for _ in range(5)]
        unknown = server.get(ON_SALE.replace("cat", "wide"))

        assert [known] * 5 == still
        assert (503, "details_unavailable") == (unknown.status, unknown.error["code"])
        assert 1 <= int(unknown.headers["retry-after"]) <= 5
