"""Pictures, texts, tables and fonts that recipes show, over HTTP."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import photograph, put_originals
from tests.edge.test_once import ask_together, counter, settings, total
from tests.services.calotype import Answer, Server, serving
from tests.services.counting import Counter
from tests.services.s3 import S3Server
from transforms.fontfile import renamed
from transforms.fonts import FILES
from transforms.fonts import FOLDER as FONTS

__all__ = ["counter"]

ON_CAT = "/w_300/l_stamp,w_50/fl_layer_apply,g_south_east/cat.png"
RED, BLUE = [255, 0, 0], [0, 0, 255]

INVERTED = "LUT_3D_SIZE 2\n" + "".join(
    f"{1 - red} {1 - green} {1 - blue}\n" for blue in (0, 1) for green in (0, 1) for red in (0, 1)
)
"""A `.cube` that makes a negative."""


def stamp(color: list[int]) -> pyvips.Image:
    return (pyvips.Image.black(50, 50) + color).cast("uchar").copy(interpretation="srgb")


def put(folder: Path) -> None:
    """The originals of every test, a red stamp, a table of colours, and fonts good and bad."""
    put_originals(folder)
    stamp(RED).write_to_file(str(folder / "stamp.png"))
    (folder / "tables").mkdir()
    (folder / "tables" / "negative.cube").write_text(INVERTED)
    (folder / "tables" / "broken.cube").write_text("LUT_3D_SIZE 2\n0 0 0\n")
    shutil.copy(Path(FONTS) / FILES[0], folder / "own.ttf")
    (folder / "broken.ttf").write_bytes((Path(FONTS) / FILES[0]).read_bytes()[:300])


@pytest.fixture(scope="module")
def layered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("layers")
    put(data_dir / "originals")
    with serving(data_dir, CALOTYPE_SERVER__WORKERS="2") as running:
        yield running


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that looks at its originals again after a fifth of a second; each test changes others."""
    folder = tmp_path_factory.mktemp("quick")
    put(folder / "originals")
    with serving(
        folder, CALOTYPE_CACHE__FRESH_SECONDS="0.2", CALOTYPE_CACHE__NEGATIVE_SECONDS="0.2"
    ) as running:
        yield running


def picture(answer: Answer) -> pyvips.Image:
    assert answer.status == 200, answer.body[:500]
    return pyvips.Image.new_from_buffer(answer.body, "")


def pixel(answer: Answer, x: int, y: int) -> list[int]:
    return [round(value) for value in picture(answer)(x, y)[:3]]


def difference(one: Answer, other: Answer) -> float:
    """The mean difference of two pictures of one size, in levels of 255."""
    return float((picture(one)[:3] - picture(other)[:3]).abs().avg())


def other_when(server: Server, path: str, before: Answer) -> Answer:
    """The first answer with another ETag."""
    deadline = time.monotonic() + 10
    while (answer := server.get(path)).headers.get("etag") == before.headers["etag"]:
        assert time.monotonic() < deadline, f"{path} stays as it was"
        time.sleep(0.05)
    return answer


class TestPictures:
    def test_a_layer_lies_where_it_is_put(self, layered: Server) -> None:
        plain, answer = layered.get("/w_300/cat.png"), layered.get(ON_CAT)

        assert [RED, RED] == [pixel(answer, 251, 176), pixel(answer, 299, 224)]
        assert [pixel(plain, x, y) for x, y in ((249, 200), (275, 174))] == [
            pixel(answer, x, y) for x, y in ((249, 200), (275, 174))
        ]
        assert (300, 225) == (picture(answer).width, picture(answer).height)

    def test_the_answer_carries_the_tag_of_every_picture_in_it(self, layered: Server) -> None:
        answer = layered.get("/w_310/l_stamp,w_9/u_photos:pets:dog,w_9/cat.png")

        assert {"asset-cat", "asset-stamp"} < set(answer.headers["surrogate-key"].split())
        assert 3 == len(answer.headers["surrogate-key"].split())

    def test_a_layer_may_be_the_picture_itself(self, layered: Server) -> None:
        assert 200 == layered.get("/w_200/l_cat,w_60/fl_layer_apply,g_north_west/cat.jpg").status

    def test_a_missing_layer_is_named(self, layered: Server) -> None:
        answer = layered.get("/w_300/l_people:nobody,w_50/cat.png")

        assert (404, "layer_not_found") == (answer.status, answer.error["code"])
        assert "people/nobody" in str(answer.error["message"])
        place = tuple(answer.error[name] for name in ("parameter", "position", "component"))
        assert ("l_people:nobody", 6, 1) == place
        assert 2 == len(answer.headers["surrogate-key"].split())

    @pytest.mark.parametrize("name", ["..:..:etc:passwd", "-:x", "%2e%2e:cat"])
    def test_no_layer_lies_outside(self, layered: Server, name: str) -> None:
        assert layered.get(f"/l_{name},w_50/cat.png").status in (400, 404)

    def test_a_layer_that_is_no_picture_is_named(self, layered: Server) -> None:
        answer = layered.get("/w_300/l_text.jpg,w_50/cat.png")

        assert (415, "unsupported_format") == (answer.status, answer.error["code"])
        assert "text.jpg" in str(answer.error["message"])

    def test_a_layer_that_is_cut_short_is_never_shown(self, layered: Server) -> None:
        answer = layered.get("/w_300/l_broken.jpg,w_50/cat.png")

        assert 422 == answer.status
        assert str(answer.error["message"]).startswith("the layer 'broken.jpg': ")
        assert "asset-broken" in answer.headers["surrogate-key"].split()

    def test_a_layer_of_a_branch_not_taken_may_be_missing(self, layered: Server) -> None:
        answer = layered.get("/if_w_gt_5000/l_nobody/fl_layer_apply/if_end/l_stamp,w_50/cat.png")

        assert 200 == answer.status
        assert 200 == layered.get("/if_w_gt_5000/l_nobody/fl_layer_apply/if_end/l_stamp,w_50/cat.png").status

    def test_a_layer_by_url_is_refused_where_fetching_is_off(self, layered: Server) -> None:
        answer = layered.get("/w_300/l_fetch:aHR0cDovL2V4YW1wbGUuY29tL2EuanBn,w_50/cat.png")

        assert (403, "fetch_disabled") == (answer.status, answer.error["code"])

    def test_explain_names_the_layers(self, layered: Server) -> None:
        text = layered.get(f"/-/explain{ON_CAT}").body.decode()

        assert "stamp.png" in text
        assert "put on fl_layer_apply g_south_east" in text


class TestFreshness:
    def test_a_replaced_layer_makes_another_picture(self, quick: Server) -> None:
        before = quick.get(ON_CAT)
        stamp(BLUE).write_to_file(str(quick.data_dir / "originals" / "stamp.png"))
        after = other_when(quick, ON_CAT, before)

        assert [RED, BLUE] == [pixel(before, 275, 200), pixel(after, 275, 200)]
        assert [200] * 20 == [quick.get(ON_CAT).status for _ in range(20)]
        assert {after.headers["etag"]} == {quick.get(ON_CAT).headers["etag"] for _ in range(20)}

    def test_the_latest_of_all_dates_the_answer(self, quick: Server) -> None:
        layer, path = quick.data_dir / "originals" / "dated.png", "/w_300/l_dated,w_50/wide.png"
        os.utime(quick.data_dir / "originals" / "wide.jpg", (1_000_000_000, 1_000_000_000))
        stamp(RED).write_to_file(str(layer))
        os.utime(layer, (1_100_000_000, 1_100_000_000))
        before = quick.get(path)
        stamp(BLUE).write_to_file(str(layer))
        os.utime(layer, (1_200_000_000, 1_200_000_000))
        other_when(quick, path, before)
        again = quick.get(path, {"If-Modified-Since": before.headers["last-modified"]})

        assert "Tue, 09 Nov 2004 11:33:20 GMT" == before.headers["last-modified"]
        assert 200 == again.status
        assert "Thu, 10 Jan 2008 21:20:00 GMT" == again.headers["last-modified"]

    def test_a_layer_that_vanishes_is_missed_and_found_again(self, quick: Server) -> None:
        layer, path = quick.data_dir / "originals" / "fleeting.png", "/w_300/l_fleeting,w_50/cat.png"
        stamp(RED).write_to_file(str(layer))
        before, body = quick.get(path), layer.read_bytes()
        layer.unlink()
        gone = other_when(quick, path, before)
        layer.write_bytes(body)
        time.sleep(0.5)

        assert (404, "layer_not_found") == (gone.status, gone.error["code"])
        assert before.headers["etag"] == quick.get(path).headers["etag"]


class TestTexts:
    def test_a_text_is_drawn_and_measured_once(self, layered: Server) -> None:
        path = "/w_300/l_text:Arial_60_bold:Hello,co_red/fl_layer_apply,g_center/cat.png"
        answer = layered.get(path)
        looks = layered.metric("calotype_looks_total", kind="text", outcome="looked")
        again = {layered.get(path).headers["etag"] for _ in range(20)}

        assert difference(layered.get("/w_300/cat.png"), answer) > 2
        assert {answer.headers["etag"]} == again
        assert looks == layered.metric("calotype_looks_total", kind="text", outcome="looked")

    def test_variables_and_encoded_letters(self, layered: Server) -> None:
        written = layered.get("/$n_!You%2520there!/w_300/l_text:Arial_40:Hi%252C%20$(n)/cat.png")
        plain = layered.get("/w_300/l_text:Arial_40:Hi%252C%20You%20there/cat.png")

        assert 0 == difference(written, plain)

    def test_an_unknown_font_comes_with_the_nearest(self, layered: Server) -> None:
        answer = layered.get("/w_300/l_text:Ariel_40:Hello/cat.png")

        assert (400, "unknown_font") == (answer.status, answer.error["code"])
        assert "Arial" in str(answer.error["message"])

    def test_a_font_among_the_originals(self, layered: Server) -> None:
        own = layered.get("/w_300/l_text:own.ttf_40:Hello/cat.png")
        face = Path(FILES[0]).stem
        shipped = layered.get("/w_300/l_text:Georgia_40:Hello/cat.png")

        assert difference(layered.get("/w_300/cat.png"), own) > 1, face
        assert 200 == shipped.status

    def test_fonts_that_are_none(self, layered: Server) -> None:
        missing = layered.get("/w_300/l_text:mine.ttf_40:Hello/cat.png")
        broken = layered.get("/w_300/l_text:broken.ttf_40:Hello/cat.png")
        again = layered.get("/w_300/l_text:broken.ttf_40:Hello/cat.png")

        assert (404, "file_not_found") == (missing.status, missing.error["code"])
        assert "mine.ttf" in str(missing.error["message"])
        assert (415, 415) == (broken.status, again.status)
        assert "broken.ttf" in str(broken.error["message"])


def test_configured_fonts(tmp_path: Path) -> None:
    put(tmp_path / "originals")
    data = (Path(FONTS) / FILES[0]).read_bytes()
    (tmp_path / "brand" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere.ttf").write_bytes(renamed(data, "Elsewhere Grotesk"))
    (tmp_path / "brand" / "deep" / "a.ttf").write_bytes(renamed(data, "Brandon Grotesk"))
    (tmp_path / "brand" / "b.ttf").symlink_to(tmp_path / "elsewhere.ttf")
    with serving(tmp_path, CALOTYPE_RENDER__FONTS='["brand"]') as server:
        plain, *drawn = (
            server.get(f"/w_300{text}/cat.png")
            for text in ("", "/l_text:Brandon%20Grotesk_60:Hi", "/l_text:Elsewhere%20Grotesk_60:Hi")
        )
        unknown = server.get("/w_300/l_text:Brandom%20Grotesk_60:Hi/cat.png")

        assert [True, True] == [difference(plain, text) > 0.5 for text in drawn]
        assert 0 == difference(*drawn)
        assert (400, "unknown_font") == (unknown.status, unknown.error["code"])
        assert "Brandon Grotesk" in str(unknown.error["message"])


class TestTables:
    def test_colours_go_through_a_table(self, layered: Server) -> None:
        plain = layered.get("/w_300/cat.png")
        negative = layered.get("/w_300/l_lut:tables:negative.cube/cat.png")
        expected = [255 - value for value in pixel(plain, 100, 100)]

        assert max(abs(a - b) for a, b in zip(expected, pixel(negative, 100, 100), strict=True)) <= 1

    def test_tables_that_are_none(self, layered: Server) -> None:
        missing = layered.get("/w_300/l_lut:tables:none.cube/cat.png")
        broken = layered.get("/w_300/l_lut:tables:broken.cube/cat.png")

        assert (404, "file_not_found") == (missing.status, missing.error["code"])
        assert (422, "broken_image") == (broken.status, broken.error["code"])


class TestDefaults:
    def test_a_default_stands_in_for_what_is_missing(self, layered: Server) -> None:
        answer = layered.get("/w_120/d_stamp.png/people/nobody.jpg")

        assert (120, 120) == (picture(answer).width, picture(answer).height)
        assert "image/jpeg" == answer.headers["content-type"]
        assert answer.headers["cache-control"].startswith("public, max-age=0, s-maxage=5")
        assert "asset-stamp" in answer.headers["surrogate-key"].split()
        assert 2 == len(answer.headers["surrogate-key"].split())

    def test_what_is_there_needs_none(self, layered: Server) -> None:
        answer = layered.get("/d_stamp.png,w_120/cat.jpg")

        assert (120, 90) == (picture(answer).width, picture(answer).height)
        assert "asset-cat" == answer.headers["surrogate-key"]
        assert "s-maxage=31536000" in answer.headers["cache-control"]

    def test_nothing_stands_in_for_what_is_broken(self, layered: Server) -> None:
        assert 415 == layered.get("/d_stamp.png,w_120/text.jpg").status
        assert 422 == layered.get("/d_stamp.png,w_120/broken.jpg").status

    def test_a_missing_default_is_named_too(self, layered: Server) -> None:
        answer = layered.get("/d_none.png,w_120/nobody.jpg")

        assert (404, "not_found") == (answer.status, answer.error["code"])
        assert "nobody.jpg" in str(answer.error["message"])
        assert "none.png" in str(answer.error["message"])
        assert "asset-nobody asset-none" == answer.headers["surrogate-key"]

    def test_the_picture_itself_takes_over(self, quick: Server) -> None:
        before = quick.get("/d_stamp.png,w_120/late.png")
        photograph(200, 100).write_to_file(str(quick.data_dir / "originals" / "late.png"))
        after = other_when(quick, "/d_stamp.png,w_120/late.png", before)

        assert (120, 60) == (picture(after).width, picture(after).height)
        assert "asset-late" == after.headers["surrogate-key"]


def test_all_sources_are_read_at_once_and_once_each(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    path = "/w_300/l_dog,w_50/fl_layer_apply,g_west/u_new0,w_400/l_text:Arial_30:Hi/e_trim/cat.jpg"
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db")
    with serving(tmp_path / "one", **common) as server:
        counter.delay_seconds = 0.2
        statuses = ask_together([server], path, clients=40)
        names = ("cat.jpg", "dog.jpg", "new0.jpg")

        assert [200] * 40 == statuses
        assert [1, 1, 1] == [counter.reads(name) for name in names]
        assert 3 == counter.most_reading
        assert 1 == server.metric("calotype_renders_total")
        assert 1 == server.metric("calotype_looks_total", kind="trim", outcome="looked")


def test_a_stampede_over_two_instances(
    counter: Counter, s3_bucket: S3Server, valkey: str, postgres_url: str, tmp_path: Path
) -> None:
    path = "/e_trim/w_300/l_dog,w_50/fl_layer_apply,g_west/cat.jpg"
    common = settings(counter, s3_bucket, valkey, tmp_path / "unused.db")
    common["CALOTYPE_METADATA__URL"] = postgres_url
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(tmp_path / name, **common)) for name in ("one", "two")]
        statuses = ask_together(servers, path, clients=80)
        looked = [server.metric("calotype_looks_total", kind="trim", outcome="looked") for server in servers]

        assert [200] * 80 == statuses
        assert [1, 1] == [counter.reads(name) for name in ("cat.jpg", "dog.jpg")]
        assert 1 == total(servers, "calotype_renders_total")
        assert 1 == sum(looked)


def test_what_was_seen_is_known_to_the_next_server(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db")
    with serving(tmp_path / "one", **common) as first:
        made = first.get("/e_trim/w_300/cat.jpg")
    with serving(tmp_path / "two", **common) as second:
        again = second.get("/e_trim/w_200/cat.jpg")
        looks = [
            second.metric("calotype_looks_total", kind="trim", outcome=word)
            for word in ("looked", "recalled")
        ]

        assert [200, 200] == [made.status, again.status]
        assert [0, 1] == looks


def test_a_bucket_that_is_down_leaves_layers_as_they_were(
    counter: Counter, s3_bucket: S3Server, valkey: str, tmp_path: Path
) -> None:
    path = "/w_300/l_dog,w_50/fl_layer_apply,g_west/cat.jpg"
    common = settings(counter, s3_bucket, valkey, tmp_path / "facts.db")
    with serving(tmp_path / "one", **common, CALOTYPE_CACHE__FRESH_SECONDS="0.1") as server:
        fresh = server.get(path)
        time.sleep(0.3)
        counter.failing = True
        stale = [server.get(path) for _ in range(5)]
        unknown = server.get("/w_300/l_new1,w_50/fl_layer_apply,g_west/cat.jpg")
        counter.failing = False

        assert [(200, fresh.body)] * 5 == [(answer.status, answer.body) for answer in stale]
        assert all(a.headers["cache-control"].startswith("public, max-age=0, s-maxage=5") for a in stale)
        assert (503, "storage_unavailable") == (unknown.status, unknown.error["code"])
