"""Named transformations, of the settings and of the database, over HTTP."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import put_originals
from tests.services.calotype import Answer, Server, serving
from tests.services.postgres import postgres_running

CHROME = "image/avif,image/webp,image/*,*/*;q=0.8"
SETTINGS = (
    '{"fixed": "c_fill,h_50,w_50", "auto": "dpr_auto,f_auto,w_auto", "boxed": "$s_20/c_fill,h_$s,w_$side",'
    ' "turned": "t_fixed/a_90", "base": "e_grayscale"}'
)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two HTTP processes, with named transformations in its settings."""
    data_dir = tmp_path_factory.mktemp("named")
    put_originals(data_dir / "originals")
    with serving(data_dir, CALOTYPE_SERVER__WORKERS="2", CALOTYPE_NAMED_TRANSFORMATIONS=SETTINGS) as running:
        yield running


def size(answer: Answer) -> tuple[int, int]:
    assert answer.status == 200, answer.body[:500]
    image = pyvips.Image.new_from_buffer(answer.body, "")
    return image.width, image.height


def sizes(server: Server, path: str, times: int = 12) -> set[tuple[int, int]]:
    """What all processes answer: the kernel deals connections out."""
    return {size(server.get(path)) for _ in range(times)}


def until(server: Server, path: str, expected: tuple[int, int], seconds: float = 2.0) -> None:
    """Wait for every process to answer with a picture of that size."""
    deadline = time.monotonic() + seconds
    while sizes(server, path) != {expected}:
        assert time.monotonic() < deadline, f"{path} does not come as {expected}"


class TestStored:
    def test_what_is_stored_is_used_at_once_and_changes_with_it(self, named: Server) -> None:
        said = named.run("named", "set", "card", "w_70,h_40,c_fill")
        first = named.get("/t_card/cat.jpg")
        named.run("named", "set", "card", "c_fill,h_40,w_60")
        until(named, "/t_card/cat.jpg", (60, 40))
        second = named.get("/t_card/cat.jpg")

        assert "card is version 1: c_fill,h_40,w_70\n" == said
        assert (70, 40) == size(first)
        assert first.headers["etag"] != second.headers["etag"]
        assert "asset-cat t-card" == second.headers["surrogate-key"]

    def test_a_change_is_no_304_by_date(self, named: Server) -> None:
        named.run("named", "set", "dated", "w_70")
        first = named.get("/t_dated/cat.jpg")
        time.sleep(1)
        named.run("named", "set", "dated", "w_60")
        until(named, "/t_dated/cat.jpg", (60, 45))
        again = named.get("/t_dated/cat.jpg", {"If-Modified-Since": first.headers["last-modified"]})

        assert 200 == again.status

    def test_what_is_deleted_is_gone(self, named: Server) -> None:
        named.run("named", "set", "brief", "w_30")
        assert (30, 23) == size(named.get("/t_brief/cat.jpg"))
        named.run("named", "delete", "brief")
        time.sleep(2)
        answers = [named.get("/t_brief/cat.jpg") for _ in range(8)]

        assert [400] * 8 == [answer.status for answer in answers]

    def test_names_with_spaces_and_signs(self, named: Server) -> None:
        named.run("named", "set", "Resized Artwork", "w_33")
        named.run("named", "set", "content-image@1", "w_34")

        assert (33, 25) == size(named.get("/t_Resized%20Artwork/cat.jpg"))
        assert (34, 26) == size(named.get("/image/upload/t_content-image@1/v3/cat.jpg"))

    def test_the_settings_win(self, named: Server) -> None:
        database = sqlite3.connect(named.data_dir / "calotype.db")
        with database:
            database.execute(
                "INSERT INTO named_transformations VALUES ('fixed', 'w_99', 1, ?)", (time.time(),)
            )
        database.close()
        named.run("named", "set", "later", "w_31")

        assert (31, 23) == size(named.get("/t_later/cat.jpg"))
        assert {(50, 50)} == sizes(named, "/t_fixed/cat.jpg")
        assert "the settings have another" in named.run("named", "list")

    def test_stored_ones_may_use_others(self, named: Server) -> None:
        named.run("named", "set", "upright", "t_turned/w_40")

        assert (40, 40) == size(named.get("/t_upright/cat.jpg"))
        assert "asset-cat t-fixed t-turned t-upright" == " ".join(
            sorted(named.get("/t_upright/cat.jpg").headers["surrogate-key"].split())
        )


class TestUse:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/t_fixed/cat.jpg", (50, 50)),
            ("/t_turned/wide.jpg", (50, 50)),
            ("/t_fixed.turned/cat.jpg", (50, 50)),
            ("/c_fill,h_30,w_20/t_fixed/cat.jpg", (50, 50)),
            ("/$side_44/t_boxed/cat.jpg", (44, 20)),
            ("/t_fixed,w_10/cat.jpg", (10, 10)),
        ],
    )
    def test_expansion(self, named: Server, path: str, expected: tuple[int, int]) -> None:
        assert expected == size(named.get(path))

    def test_a_baseline_comes_first(self, named: Server) -> None:
        baseline = named.get("/bl_base/w_40/cat.png")
        plain = named.get("/e_grayscale/w_40/cat.png")
        late = named.get("/w_40/bl_base/cat.png")

        assert plain.headers["etag"] == baseline.headers["etag"]
        assert 400 == late.status

    def test_an_unknown_name_comes_with_the_nearest(self, named: Server) -> None:
        answer = named.get("/t_fixd/cat.jpg")

        assert (400, "unknown_named_transformation") == (answer.status, answer.error["code"])
        assert "fixed" in str(answer.error["message"])

    def test_a_refusal_can_be_purged_by_what_it_rests_on(self, named: Server) -> None:
        unknown, unread, missing = (
            named.get(f"/{text}/cat.jpg") for text in ("t_fixd", "t_fixed/h_none", "t_fixed/l_gone")
        )

        assert "asset-cat t-fixd" == unknown.headers["surrogate-key"]
        assert "asset-cat t-fixed" == unread.headers["surrogate-key"]
        assert "asset-cat asset-gone t-fixed" == missing.headers["surrogate-key"]

    def test_autos_work_inside_and_are_told_in_vary(self, named: Server) -> None:
        hints = {"Accept": CHROME, "Sec-CH-Width": "190", "Sec-CH-DPR": "2"}
        hinted, plain = named.get("/t_auto/cat", hints), named.get("/t_auto/cat", {"Accept": "*/*"})

        assert ("image/avif", "image/jpeg") == (hinted.headers["content-type"], plain.headers["content-type"])
        assert size(hinted)[0] in (200, 400)
        expected = {"Accept", "Sec-CH-DPR", "DPR", "Sec-CH-Width", "Width"}
        assert expected == set(hinted.headers["vary"].split(", ")) == set(plain.headers["vary"].split(", "))


def test_a_database_that_is_away_leaves_them_as_they_were(tmp_path: Path) -> None:
    put_originals(tmp_path / "originals")
    with ExitStack() as stack:
        database = stack.enter_context(ExitStack())
        folder = database.enter_context(postgres_running())
        url = f"postgresql://calotype@/postgres?host={folder}"
        server = stack.enter_context(serving(tmp_path, CALOTYPE_METADATA__URL=url))
        server.run("named", "set", "card", "w_70")
        before = size(server.get("/t_card/cat.jpg"))
        database.close()
        time.sleep(2)
        after = [server.get("/t_card/cat.jpg").status for _ in range(5)]
        unknown = server.get("/t_crd/cat.jpg").status

        assert (70, 53) == before
        assert ([200] * 5, 400) == (after, unknown)
