"""What goes over the wire, against a real server."""

from __future__ import annotations

import json
import socket
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import pyvips

from tests.edge.conftest import put_originals
from tests.services.calotype import Answer, Server, serving

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def picture(answer: Answer) -> pyvips.Image:
    """The body decoded, or the error it holds."""
    assert answer.status == 200, answer.body[:500]
    return pyvips.Image.new_from_buffer(answer.body, "")


@pytest.mark.parametrize(
    ("path", "mime", "size"),
    [
        ("/w_300,f_avif/cat", "image/avif", (300, 225)),
        ("/w_300/cat.jpg", "image/jpeg", (300, 225)),
        ("/w_300/cat.webp", "image/webp", (300, 225)),
        ("/w_300/cat.png", "image/png", (300, 225)),
        ("/w_300/cat.gif", "image/gif", (300, 225)),
        ("/w_300/cat.tiff", "image/tiff", (300, 225)),
        ("/w_300/photos/pets/dog.webp", "image/webp", (300, 225)),
        ("/image/upload/c_fill,h_100,w_100/cat.jpg", "image/jpeg", (100, 100)),
        ("/demo/image/upload/c_fill,h_100,w_100/v1/cat.jpg", "image/jpeg", (100, 100)),
        ("/c_fill%2Ch_100%2Cw_50,/cat.jpg", "image/jpeg", (50, 100)),
        ("/w_0.5/cat.jpg", "image/jpeg", (400, 300)),
        ("/w_1.0/cat.jpg", "image/jpeg", (800, 600)),
        ("/w_1/cat.jpg", "image/jpeg", (1, 1)),
        ("/w_200/drawing.svg", "image/png", (200, 100)),
        ("/drawing.svg", "image/png", (100, 50)),
        ("/c_pad,h_100,w_100/wide.jpg", "image/jpeg", (100, 100)),
        ("/t_thumb/cat.jpg", "image/jpeg", (50, 50)),
        ("/t_nested/cat.jpg", "image/jpeg", (50, 50)),
        ("/a_90/wide.jpg", "image/jpeg", (300, 1200)),
        ("/w_100,dpr_2.0/cat.jpg", "image/jpeg", (200, 150)),
        ("//w_300//cat.jpg", "image/jpeg", (300, 225)),
        ("/w_300/cat.jpg?_a=BAMAABfi0&x=1", "image/jpeg", (300, 225)),
    ],
)
def test_delivery(server: Server, path: str, mime: str, size: tuple[int, int]) -> None:
    answer = server.get(path)
    image = picture(answer)

    assert mime == answer.headers["content-type"]
    assert size == (image.width, image.height)
    assert str(len(answer.body)) == answer.headers["content-length"]


def test_animation_is_kept_where_the_format_can_move(server: Server) -> None:
    gif = picture(server.get("/w_30/spin.gif"))
    webp = picture(server.get("/w_30/spin.webp"))
    still = picture(server.get("/w_30/spin.jpg"))

    assert (4, 4, 1) == (gif.get("n-pages"), webp.get("n-pages"), 1)
    assert (30, 20) == (still.width, still.height)


def test_the_original_comes_as_it_is(server: Server) -> None:
    original = (server.data_dir / "originals" / "cat.jpg").read_bytes()

    assert original == server.get("/cat.jpg").body
    assert original == server.get("/cat").body
    assert original == server.get("/v1712/cat.jpg").body


def test_two_urls_that_mean_one_picture_share_it(server: Server) -> None:
    tags = {
        server.get(path).headers["etag"]
        for path in (
            "/c_scale,w_400/cat.jpg",
            "/w_400,c_scale/cat.jpg",
            "/w_0.5/cat.jpg",
            "/w_400/cat",
            "/image/upload/w_400/v7/cat.jpg",
            "/c_fit,h_300,w_400/cat.jpg",
        )
    }

    assert len(tags) == 1
    assert tags != {server.get("/w_401/cat.jpg").headers["etag"]}


class TestNegotiation:
    @pytest.mark.parametrize(
        ("accept", "mime"),
        [
            (CHROME, "image/avif"),
            ("image/webp,*/*", "image/webp"),
            ("*/*", "image/jpeg"),
            ("image/avif;q=0,image/webp", "image/webp"),
            ("", "image/jpeg"),
        ],
    )
    def test_f_auto_follows_accept(self, server: Server, accept: str, mime: str) -> None:
        answer = server.get("/w_200,f_auto,q_auto/cat.jpg", {"Accept": accept})

        assert mime == answer.headers["content-type"]
        assert answer.headers["vary"] == "Accept"

    def test_what_moves_never_becomes_a_still(self, server: Server) -> None:
        assert server.get("/f_auto/spin", {"Accept": CHROME}).headers["content-type"] == "image/webp"
        assert server.get("/f_auto/spin", {"Accept": "*/*"}).headers["content-type"] == "image/gif"

    def test_alpha_stays(self, server: Server) -> None:
        base = server.get("/w_100,f_auto/logo", {"Accept": "*/*"})

        assert base.headers["content-type"] == "image/png"
        assert picture(base).hasalpha()

    def test_nothing_varies_that_need_not(self, server: Server) -> None:
        assert "vary" not in server.get("/w_200/cat.jpg", {"Accept": CHROME}).headers
        assert "vary" not in server.get("/cat.jpg", {"Accept": CHROME}).headers

    def test_dpr_auto_reads_the_hint(self, server: Server) -> None:
        plain = server.get("/w_100,dpr_auto/cat.jpg")
        double = server.get("/w_100,dpr_auto/cat.jpg", {"Sec-CH-DPR": "1.7"})

        assert (100, 200) == (picture(plain).width, picture(double).width)
        assert plain.headers["vary"] == double.headers["vary"] == "Sec-CH-DPR, DPR"

    def test_w_auto_reads_the_hint(self, server: Server) -> None:
        hinted = server.get("/w_auto,c_scale/cat.jpg", {"Sec-CH-Width": "190"})

        assert picture(hinted).width == 200
        assert hinted.headers["vary"] == "Sec-CH-Width, Width"

    def test_a_header_outside_vary_changes_nothing(self, server: Server) -> None:
        odd = {"Save-Data": "on", "X-Forwarded-Host": "evil", "Cookie": "a=b", "DPR": "3", "Accept": CHROME}
        plain, other = server.get("/w_210/cat.jpg"), server.get("/w_210/cat.jpg", odd)

        assert plain.body == other.body
        assert plain.headers["etag"] == other.headers["etag"]


class TestConditions:
    def test_an_etag_is_answered_without_rendering(self, server: Server) -> None:
        etag = server.get("/-/explain/w_333/cat.jpg", {"Accept": "application/json"})
        known = json.loads(etag.body)["etag"]
        before = server.metric("calotype_renders_total")
        answer = server.get("/w_333/cat.jpg", {"If-None-Match": f'"other", {known}'})

        assert (304, b"") == (answer.status, answer.body)
        assert known == answer.headers["etag"]
        assert "cache-control" in answer.headers
        assert before == server.metric("calotype_renders_total")

    def test_last_modified(self, server: Server) -> None:
        first = server.get("/w_210/cat.jpg")
        again = server.get("/w_210/cat.jpg", {"If-Modified-Since": first.headers["last-modified"]})
        mtime = (server.data_dir / "originals" / "cat.jpg").stat().st_mtime

        assert int(mtime) == parsedate_to_datetime(first.headers["last-modified"]).timestamp()
        assert again.status == 304

    def test_head_says_what_get_says(self, server: Server) -> None:
        got = server.get("/w_210/cat.jpg")
        head = server.get("/w_210/cat.jpg", method="HEAD")
        same = ("etag", "content-type", "content-length", "cache-control", "last-modified", "accept-ranges")

        assert head.body == b""
        assert [got.headers[name] for name in same] == [head.headers[name] for name in same]

    def test_range(self, server: Server) -> None:
        whole = server.get("/w_210/cat.jpg")
        part = server.get("/w_210/cat.jpg", {"Range": "bytes=10-19"})
        tail = server.get("/w_210/cat.jpg", {"Range": "bytes=-5"})
        past = server.get("/w_210/cat.jpg", {"Range": f"bytes={len(whole.body)}-"})

        assert (206, whole.body[10:20]) == (part.status, part.body)
        assert f"bytes 10-19/{len(whole.body)}" == part.headers["content-range"]
        assert (206, whole.body[-5:]) == (tail.status, tail.body)
        assert (416, f"bytes */{len(whole.body)}") == (past.status, past.headers["content-range"])
        assert "bytes" == whole.headers["accept-ranges"]


class TestHeaders:
    def test_freshness(self, server: Server) -> None:
        mutable = server.get("/w_210/cat.jpg").headers
        versioned = server.get("/w_210/v17/cat.jpg").headers
        flagged = server.get("/w_210,fl_immutable_cache/cat.jpg").headers

        assert mutable["cache-control"].startswith("public, max-age=300, s-maxage=31536000, stale-while-")
        assert versioned["cache-control"] == "public, max-age=31536000, immutable"
        assert versioned["cache-control"] == flagged["cache-control"]
        assert mutable["cdn-cache-control"].startswith("max-age=31536000")
        assert "surrogate-control" not in mutable

    def test_tags(self, server: Server) -> None:
        headers = server.get("/t_thumb/cat.jpg").headers

        assert headers["surrogate-key"] == "asset-cat t-thumb"
        assert headers["cache-tag"] == "asset-cat,t-thumb"

    def test_safety(self, server: Server) -> None:
        headers = server.get("/w_210/cat.jpg").headers

        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
        assert "set-cookie" not in headers

    def test_cache_status_and_timing(self, server: Server) -> None:
        first = server.get("/w_219/cat.jpg").headers
        again = [server.get("/w_219/cat.jpg").headers for _ in range(12)]

        assert first["cache-status"] == "calotype; fwd=uri-miss; stored"
        assert {"queue", "fetch", "decode", "resize", "encode"} == {
            part.split(";")[0] for part in first["server-timing"].split(", ")
        }
        # Two processes share the port: the second one finds it in Redis first.
        assert {h["cache-status"] for h in again} <= {
            "calotype; hit; detail=memory",
            "calotype; hit; detail=redis",
        }
        assert "calotype; hit; detail=memory" in {h["cache-status"] for h in again}

    def test_attachment(self, server: Server) -> None:
        named = server.get("/w_210,fl_attachment:holiday/cat.jpg").headers["content-disposition"]
        plain = server.get("/w_210,fl_attachment/photos/pets/dog.webp").headers["content-disposition"]

        assert named.startswith('attachment; filename="holiday.jpg"')
        assert plain.startswith('attachment; filename="dog.webp"')

    def test_getinfo(self, server: Server) -> None:
        answer = server.get("/w_200,fl_getinfo/cat.jpg")
        told = json.loads(answer.body)

        assert answer.headers["content-type"] == "application/json"
        assert {"width": 800, "height": 600} == {k: told["input"][k] for k in ("width", "height")}
        assert {"width": 200, "height": 150} == {k: told["output"][k] for k in ("width", "height")}


class TestErrors:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/w_abc/cat.jpg", 400),
            ("/w_99999999999/cat.jpg", 400),
            ("/w_/cat.jpg", 400),
            ("/c_fil,w_100,h_100/cat.jpg", 400),
            ("/w_8000,h_8000,c_scale/cat.jpg", 400),
            ("/..%2fcat.jpg", 400),
            ("/w_300/%2e%2e/cat.jpg", 400),
            ("/%00cat.jpg", 400),
            ("/w_300/nothing", 404),
            ("/-/nothing", 404),
            ("/w_300/text.jpg", 415),
            ("/w_300/broken.jpg", 422),
            ("/e_gen_remove:prompt_cat/cat.jpg", 501),
            ("/demo/video/upload/w_300/cat.mp4", 501),
        ],
    )
    def test_each_says_what_is_wrong(self, server: Server, path: str, status: int) -> None:
        answer = server.get(path)

        assert status == answer.status
        assert {"code", "message", "request_id"} <= answer.error.keys()
        assert answer.headers["content-type"].startswith("application/json")

    def test_the_api_says_it_as_a_problem(self, server: Server) -> None:
        answer = server.get("/api/nothing")
        told = json.loads(answer.body)

        assert (404, "application/problem+json") == (
            answer.status,
            answer.headers["content-type"].split(";")[0],
        )
        assert {"type", "title", "status", "detail", "code", "request_id"} <= told.keys()

    def test_a_refusal_points(self, server: Server) -> None:
        answer = server.get("/c_fill,w_20/c_fil,w_100/cat.jpg")

        assert answer.error["parameter"] == "c_fil"
        assert answer.error["position"] == 12
        assert "fill" in str(answer.error["message"])
        assert "fill" in answer.headers["x-cld-error"]

    def test_refusals_are_kept_for_a_while_and_carry_the_tag(self, server: Server) -> None:
        missing = server.get("/w_300/nothing")

        assert missing.headers["cache-control"] == "public, max-age=60"
        assert missing.headers["surrogate-key"] == "asset-nothing"

    def test_only_get_and_head(self, server: Server) -> None:
        answer = server.get("/w_300/cat.jpg", method="POST")

        assert (405, "GET, HEAD") == (answer.status, answer.headers["allow"])

    def test_a_url_too_long(self, server: Server) -> None:
        assert 414 == server.get("/w_300/" + "x" * 5000).status

    def test_how_long_a_url_may_be_can_be_set(self, tmp_path: Path) -> None:
        put_originals(tmp_path / "originals")
        with serving(tmp_path, CALOTYPE_SERVER__MAX_URL_BYTES="6000") as server:
            statuses = [
                server.get(f"{prefix}/w_300/cat.jpg?{'x' * length}").status
                for length in (5000, 6000)
                for prefix in ("", "/-/explain")
            ]

        assert [200, 200, 414, 414] == statuses

    def test_no_byte_of_a_broken_picture_is_served(self, server: Server) -> None:
        for path in ("/w_300/broken.jpg", "/c_crop,w_10,h_10/broken.jpg", "/f_webp/broken.jpg"):
            assert server.get(path).status == 422


class TestOperations:
    def test_live_and_ready(self, server: Server) -> None:
        ready = json.loads(server.get("/-/ready").body)

        assert server.get("/-/live").status == 200
        assert ready["status"] == "ready"
        assert {"renderer", "sandbox", "redis", "metadata", "mounts", "derived"} == set(ready["checks"])
        assert {"ok"} == {said for name, said in ready["checks"].items() if name != "sandbox"}

    def test_metrics_are_one_truth(self, server: Server) -> None:
        before = server.metric("calotype_requests_total", route="deliver", status="200")
        for _ in range(20):
            server.get("/w_210/cat.jpg")

        assert before + 20 == server.metric("calotype_requests_total", route="deliver", status="200")

    @pytest.mark.parametrize(
        "name",
        [
            "calotype_requests_total",
            "calotype_cache_total",
            "calotype_renders_total",
            "calotype_render_seconds_count",
            "calotype_origin_reads_total",
            "calotype_render_queue_depth",
            'calotype_render_lane_depth{lane="long"}',
            "calotype_render_cost_error_count",
            'calotype_coalesced_total{scope="decode"}',
        ],
    )
    def test_metric_is_there(self, server: Server, name: str) -> None:
        server.get("/w_211/cat.jpg")

        assert name in server.get("/-/metrics").body.decode()

    def test_explain(self, server: Server) -> None:
        text = server.get("/-/explain/c_fill,h_150,w_200/f_webp/cat.jpg").body.decode()

        assert "800x600 jpg" in text or "800x600 jpeg" in text
        assert "c_fill" in text
        assert "webp" in text

    def test_explain_tells_the_cost_and_the_lane(self, server: Server) -> None:
        short, long = (
            server.get(f"/-/explain/{recipe}/cat.jpg").body.decode()
            for recipe in ("w_200", "f_png,q_auto:bytes_40k,w_3000")
        )

        assert "costs      about " in short
        assert "in the lane of long renders" not in short
        assert "; in the lane of long renders" in long

    def test_log_lines_are_json_with_the_request_id(self, server: Server) -> None:
        request_id = server.get("/w_217/cat.jpg").headers["x-request-id"]
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
        mine = [line for line in lines if line.get("request_id") == request_id]

        assert ["/w_217/cat.jpg"] == [line["path"] for line in mine if "path" in line]


def test_a_request_is_answered_on_a_kept_connection(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        reader = connection.makefile("rb")
        for _ in range(3):
            connection.sendall(b"GET /w_210/cat.jpg HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.readline().startswith(b"HTTP/1.1 200")
            length = 0
            while (line := reader.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert len(reader.read(length)) == length
