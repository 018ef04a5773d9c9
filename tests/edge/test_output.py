"""What the output language makes of answers: types, and the header that tells what a quality came to."""

from __future__ import annotations

import json

import pytest
from pyvips import Image

from tests.services.calotype import Server


def quality(server: Server, path: str) -> dict[str, float]:
    """Calotype-Quality, read as the structured field it is."""
    answer = server.get(path)
    assert answer.status == 200, answer.body[:300]
    parts = (part.partition("=") for part in answer.headers["calotype-quality"].split(", "))
    return {name: float(value or 1) for name, _, value in parts} | {"length": float(len(answer.body))}


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_a_size_is_kept_and_told(server: Server, format: str) -> None:
    told = quality(server, f"/w_400,f_{format},q_auto:bytes_9k/cat.jpg")

    assert told["bytes"] == told["length"] <= 9000
    assert "missed" not in told


def test_a_likeness_is_kept_and_told(server: Server) -> None:
    told = quality(server, "/w_300,f_webp,q_auto:ssim_98/cat.jpg")

    assert 98 <= told["ssim"] <= 100


def test_what_was_out_of_reach_is_told(server: Server) -> None:
    assert {"q": 1, "missed": 1}.items() <= quality(server, "/w_300,f_jpg,q_auto:bytes_10/cat.jpg").items()


def test_it_is_told_again_from_the_cache(server: Server) -> None:
    path = "/w_310,f_webp,q_auto/cat.jpg"
    first, again = quality(server, path), quality(server, path)

    assert first == again
    assert "hit" in server.get(path).headers["cache-status"]


def test_a_fixed_quality_tells_nothing(server: Server) -> None:
    assert "calotype-quality" not in server.get("/w_300,q_70/cat.jpg").headers


@pytest.mark.parametrize(
    ("format", "mime"),
    [
        ("blurhash", "text/plain; charset=utf-8"),
        ("thumbhash", "text/plain; charset=utf-8"),
        ("lqip", "text/plain; charset=utf-8"),
        ("palette", "application/json"),
        ("json", "application/json"),
    ],
)
def test_what_is_told_instead_of_a_picture(server: Server, format: str, mime: str) -> None:
    answer = server.get(f"/c_fill,h_60,w_80,f_{format}/cat.jpg")

    assert (200, mime) == (answer.status, answer.headers["content-type"])
    assert answer.headers["etag"] and answer.body.isascii()


def test_facts(server: Server) -> None:
    facts = json.loads(server.get("/w_80,f_json/logo.png").body)

    assert (80, 80, "png", True) == (facts["width"], facts["height"], facts["format"], facts["alpha"])


def test_getinfo_tells_the_quality(server: Server) -> None:
    told = json.loads(server.get("/w_200,f_webp,q_auto:bytes_5k,fl_getinfo/cat.jpg").body)

    assert told["output"]["bytes"] == told["output"]["quality"]["bytes"] <= 5000


@pytest.mark.parametrize("flag", ["attachment", "streaming_attachment"])
def test_files_are_saved_under_their_names(server: Server, flag: str) -> None:
    found = server.get(f"/w_30,f_png,fl_{flag}:holiday/cat.jpg").headers["content-disposition"]

    assert found.startswith('attachment; filename="holiday.png"')


def test_a_hash_is_saved_as_text(server: Server) -> None:
    found = server.get("/w_30,f_blurhash,fl_attachment/cat.jpg").headers["content-disposition"]

    assert found.startswith('attachment; filename="cat.txt"')


def test_an_animation_as_apng(server: Server) -> None:
    answer = server.get("/f_png,fl_apng/spin.gif")

    assert "image/png" == answer.headers["content-type"]
    assert b"acTL" in answer.body


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/f_heic/cat.jpg", 501, "f_avif"),
        ("/pg_name:layer/cat.jpg", 501, "PSD"),
        ("/cs_icc:mine.icc/cat.jpg", 404, "file_not_found"),
        ("/cs_icc:text.jpg/cat.jpg", 422, "no ICC profile"),
        ("/q_auto:bytes_x/cat.jpg", 400, "bytes_"),
        ("/q_auto:godo/cat.jpg", 400, "did you mean good?"),
        ("/pg_3/cat.jpg", 400, "the original has 1 page"),
        ("/pg_5-2/cat.jpg", 400, "a span of them"),
        ("/fl_png9/cat.jpg", 400, "did you mean png8?"),
        # Extensions that ask for what is not written, where no original is called so
        ("/w_30/cat.svg", 501, ".svg is known, but not offered here: it is read, but not written; use f_png"),
        ("/cat.heic", 501, "use f_avif or f_jpg, or leave the extension out"),
        ("/w_30/cat.PDF", 501, "use f_png or f_webp"),
        (
            "/w_30/clip.mp4",
            501,
            ".mp4 is known, but not offered here: it is about video or sound; use f_webp",
        ),
        ("/w_30/cat.psd", 501, "use f_auto or another image format"),
        ("/w_30/nobody.xyz", 404, "not_found"),
    ],
)
def test_refusals(server: Server, path: str, status: int, said: str) -> None:
    answer = server.get(path)

    assert status == answer.status
    assert said in answer.body.decode()


def test_an_original_may_be_called_by_any_extension(server: Server) -> None:
    originals = server.data_dir / "originals"
    for name in ("film.mp4", "scan.heic"):
        (originals / name).write_bytes((originals / "wide.jpg").read_bytes())
    paths = (
        "/w_30/film.mp4",
        "/w_30/scan.heic",
        "/w_30/drawing.svg",
        "/f_png/cat.svg",
        "/d_cat.jpg,w_30/no.svg",
    )

    assert [200] * len(paths) == [server.get(path).status for path in paths]


def test_a_profile_among_the_originals(server: Server) -> None:
    profile = bytes(Image.profile_load("p3"))
    (server.data_dir / "originals" / "wide.icc").write_bytes(profile)
    answer = server.get("/cs_icc:wide.icc,w_40/cat.jpg")

    assert 200 == answer.status
    assert profile == bytes(Image.new_from_buffer(answer.body, "").get("icc-profile-data"))


def test_the_original_asked_for_by_a_flag_comes_as_it_is(server: Server) -> None:
    assert (server.data_dir / "originals" / "cat.jpg").read_bytes() == server.get("/fl_original/cat.jpg").body
