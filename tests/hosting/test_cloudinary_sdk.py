"""Cloudinary's own SDK, untouched, as a client of `calotype serve` over real HTTP."""

from __future__ import annotations

import base64
import http.server
import io
import json
import os
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cloudinary
import pytest
from cloudinary import api, exceptions, uploader, utils
from PIL import Image

from tests.services.calotype import Server, serving
from tests.services.s3 import S3Server

KEY, SECRET = "123456789012345", "a-secret-of-the-tests"
PRESETS = {
    "open": {"unsigned": True, "folder": "crowd", "tags": ["sent"], "allowed_formats": ["jpg", "png"]},
    "press": {"folder": "press", "tags": ["news"], "eager": ["c_fill,f_webp,h_20,w_30"]},
    "small": {"transformation": "c_limit,w_32", "format": "png", "return_delete_token": True},
}


def picture(width: int = 64, height: int = 48, shade: int = 0, format: str = "JPEG") -> bytes:
    image = Image.effect_noise((width, height), 40 + shade).convert("RGB")
    image.paste((shade * 7 % 256, shade * 13 % 256, 90), (0, 0, width // 2, height // 2))
    out = io.BytesIO()
    image.save(out, format, quality=90)
    return out.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG of three bytes a pixel."""
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(out, "PNG", compress_level=0)
    return out.getvalue()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    """A web server that has one picture."""
    body = picture(shade=99)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/far.jpg", body
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, source: tuple[str, bytes]) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("cloudinary"), **settings(source[0])) as running:
        yield running


def settings(source: str) -> dict[str, str]:
    return {
        "CALOTYPE_HOSTING__KEYS": json.dumps([{"key": KEY, "secret": SECRET, "owner": "ana"}]),
        "CALOTYPE_HOSTING__PRESETS": json.dumps(PRESETS),
        "CALOTYPE_FETCH__ENABLED": "true",
        "CALOTYPE_FETCH__ALLOW_HOSTS": json.dumps(["127.0.0.1"]),
        "CALOTYPE_FETCH__ALLOW_PORTS": json.dumps([urlsplit(source).port]),
        "CALOTYPE_FETCH__ALLOW_NETWORKS": json.dumps(["127.0.0.0/8"]),
    }


@pytest.fixture(autouse=True)
def sdk(server: Server) -> Iterator[None]:
    configure(server)
    yield
    cloudinary.reset_config()


def configure(server: Server) -> None:
    cloudinary.config(
        cloud_name="calotype", api_key=KEY, api_secret=SECRET, upload_prefix=server.url, secure=False
    )


def fetched(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_file_is_uploaded_and_delivered_at_once(server: Server, tmp_path: Path) -> None:
    (tmp_path / "My cat.jpg").write_bytes(data := picture(shade=1))
    before = datetime.now(UTC) - timedelta(seconds=2)

    answer = uploader.upload(
        str(tmp_path / "My cat.jpg"),
        public_id="pets/cat",
        tags=["a", "b"],
        context={"alt": "a = b | c", "caption": "Ü"},
        phash=True,
        return_delete_token=True,
    )

    assert ("pets/cat", 64, 48, "jpg", "image", "upload", len(data)) == tuple(
        answer[name] for name in ("public_id", "width", "height", "format", "resource_type", "type", "bytes")
    )
    assert ["a", "b"] == answer["tags"]
    assert {"custom": {"alt": "a = b | c", "caption": "Ü"}} == answer["context"]
    assert "My cat" == answer["original_filename"]
    assert utils.verify_api_response_signature(answer["public_id"], answer["version"], answer["signature"])
    assert before <= datetime.fromisoformat(answer["created_at"])
    assert answer["delete_token"] and answer["placeholders"]["blurhash"] and len(answer["phash"]) == 16
    assert f"{server.url}/calotype/image/upload/v{answer['version']}/pets/cat.jpg" == answer["url"]
    assert (200, data) == fetched(answer["url"])
    url, _ = utils.cloudinary_url("pets/cat", width=20, crop="scale", format="png", version=answer["version"])
    assert 200 == fetched(url.replace("http://res.cloudinary.com", server.url))[0]


def test_the_same_bytes_are_the_same_picture(server: Server) -> None:
    data = picture(shade=2)
    first, second = uploader.upload(data), uploader.upload(data)

    assert (first["public_id"], True) == (second["public_id"], second["existing"])
    third = uploader.upload(data, public_id="another")
    assert ("another", None) == (third["public_id"], third.get("existing"))


@pytest.mark.parametrize("kind", ["data", "stream", "url"])
def test_every_way_to_send_it(source: tuple[str, bytes], kind: str) -> None:
    data = source[1] if kind == "url" else picture(shade=3)
    uri = "data:image/jpeg;base64," + base64.b64encode(data).decode()
    sent = {"data": uri, "stream": io.BytesIO(data), "url": source[0]}[kind]

    answer = uploader.upload(sent, public_id=f"ways/{kind}", signature_algorithm="sha256")

    assert (200, data) == fetched(answer["url"])
    assert utils.verify_api_response_signature(
        answer["public_id"], answer["version"], answer["signature"], algorithm="sha256"
    )


@pytest.mark.parametrize("options", [{"resource_type": "image"}, {}])
def test_a_large_file_comes_in_parts(tmp_path: Path, options: dict[str, Any]) -> None:
    (tmp_path / "large.png").write_bytes(data := noise(1400, 1300))

    answer = uploader.upload_large(
        str(tmp_path / "large.png"), public_id=f"big/{len(options)}", chunk_size=5_000_000, **options
    )

    assert (f"big/{len(options)}", len(data), True) == (answer["public_id"], answer["bytes"], answer["done"])
    assert (200, data) == fetched(answer["url"])


def test_unsigned_uploads_by_a_preset(server: Server) -> None:
    answer = uploader.unsigned_upload(picture(shade=5), "open", public_id="me")

    assert ("crowd/me", ["sent"]) == (answer["public_id"], answer["tags"])
    again = uploader.unsigned_upload(picture(shade=6), "open", public_id="me")
    assert True is again["existing"]
    with pytest.raises(exceptions.AuthorizationRequired, match="whitelisted"):
        uploader.unsigned_upload(picture(), "press")
    with pytest.raises(exceptions.BadRequest, match="eager parameter is not allowed"):
        uploader.unsigned_upload(picture(), "open", eager=[{"width": 10, "crop": "scale"}])
    with pytest.raises(exceptions.BadRequest, match="expected one of jpg, png"):
        uploader.unsigned_upload(picture(format="GIF"), "open")


def test_presets_and_incoming_transformations(server: Server) -> None:
    news = uploader.upload(picture(shade=7), upload_preset="press", use_filename=True, filename="x y.jpg")
    small = uploader.upload(picture(shade=8), upload_preset="small", public_id="small")

    assert news["public_id"].startswith("press/x_y_") and ["news"] == news["tags"]
    assert [("c_fill,f_webp,h_20,w_30", "webp", 30, 20)] == [
        (e["transformation"], e["format"], e["width"], e["height"]) for e in news["eager"]
    ]
    assert (32, 24, "png") == (small["width"], small["height"], small["format"])
    removed = uploader.call_api("delete_by_token", {"token": small["delete_token"]})
    assert {"result": "ok"} == _without_id(removed)
    layers = [
        {"width": 60, "height": 40, "crop": "fill", "gravity": "auto"},
        {"overlay": news["public_id"].replace("/", ":"), "width": 20, "gravity": "south_east"},
        {"overlay": {"text": "Hi", "font_family": "Arial", "font_size": 12}, "color": "white"},
    ]
    marked = uploader.upload(picture(shade=12), transformation=layers, format="webp")
    assert (60, 40, "webp") == (marked["width"], marked["height"], marked["format"])
    with pytest.raises(exceptions.BadRequest, match="a layer shows 'nothing'"):
        uploader.upload(picture(shade=12), transformation={"overlay": "nothing"})
    assert 410 == fetched(small["url"])[0]


def test_eager_now_and_later(server: Server) -> None:
    sizes = [
        {"width": 20, "height": 20, "crop": "fill", "gravity": "auto"},
        {"width": 10, "crop": "scale", "format": "png"},
    ]

    now = uploader.upload(picture(shade=9), public_id="eager", eager=sizes)
    later = uploader.explicit("eager", type="upload", eager=[{"effect": "sepia"}], eager_async=True, tags="t")

    assert [(20, 20, "jpg"), (10, 8, "png")] == [(e["width"], e["height"], e["format"]) for e in now["eager"]]
    for each in now["eager"]:
        status, body = fetched(each["secure_url"])
        assert (200, each["bytes"]) == (status, len(body))
    assert ("processing", ["t"]) == (later["eager"][0]["status"], later["tags"])
    assert 200 == fetched(later["eager"][0]["url"])[0]
    details = api.resource("eager", phash=True, colors=True, image_metadata=True)
    made = [each["transformation"] for each in details["derived"]]
    assert {"e_sepia", "c_scale,w_10", "c_limit,h_320,w_320"} <= set(made)
    assert now["etag"] == details["etag"] and details["colors"]
    with pytest.raises(exceptions.BadRequest, match="eager"):
        uploader.upload(picture(), eager="w_wrong")


def test_rename_and_destroy(server: Server) -> None:
    one = uploader.upload(picture(shade=10), public_id="old")
    uploader.upload(picture(shade=11), public_id="taken")
    assert 200 == fetched(f"{server.url}/w_10/old.jpg")[0]

    with pytest.raises(exceptions.BadRequest, match="already exists"):
        uploader.rename("old", "taken")
    renamed = uploader.rename("old", "new/name")

    assert ("new/name", one["asset_id"]) == (renamed["public_id"], renamed["asset_id"])
    assert 410 == fetched(one["url"])[0]
    assert 200 == fetched(renamed["url"])[0]
    assert "taken" == uploader.rename("new/name", "taken", overwrite=True)["public_id"]
    assert {"result": "ok"} == _without_id(uploader.destroy("taken", invalidate=True))
    for spelling in ("/taken", "/w_10/taken.jpg", "/calotype/image/upload/v1/taken.jpg"):
        assert 410 == fetched(server.url + spelling)[0]
    assert {"result": "not found"} == _without_id(uploader.destroy("taken"))
    with pytest.raises(exceptions.NotFound):
        uploader.rename("nothing", "x")


def test_tags_and_context(server: Server) -> None:
    ids = [uploader.upload(picture(shade=20 + n), public_id=f"tagged/{n}")["public_id"] for n in range(2)]

    assert ids == uploader.add_tag("red,round", ids)["public_ids"]
    assert {"red", "round"} == set(api.resource(ids[0])["tags"])
    uploader.remove_tag("round", ids[:1])
    assert ["red"] == api.resource(ids[0])["tags"]
    uploader.replace_tag("blue", ids[:1])
    assert ["blue"] == api.resource(ids[0])["tags"]
    uploader.add_tag("blue", ids[1:], exclusive=True)
    assert ids[1:] == [r["public_id"] for r in api.resources_by_tag("blue")["resources"]]
    assert {"blue", "red", "round"} <= set(api.tags(max_results=500)["tags"])
    uploader.remove_all_tags(ids)
    assert [] == api.resource(ids[1])["tags"]
    uploader.add_context({"k": "v|w=x"}, ids)
    assert ids == sorted(r["public_id"] for r in api.resources_by_context("k", "v|w=x")["resources"])
    uploader.remove_all_context(ids)
    assert "context" not in api.resource(ids[0])
    assert [] == uploader.add_tag("x", ["nothing"])["public_ids"]


def test_resources_are_listed_with_cursors(server: Server) -> None:
    for n in range(5):
        uploader.upload(
            picture(shade=30 + n), public_id=f"list/{n}", tags="listed", metadata={"rank": str(n)}
        )
    found: list[str] = []
    cursor: str | None = None
    for _ in range(5):
        page = api.resources(type="upload", prefix="list/", max_results=2, next_cursor=cursor, tags=True)
        found += [each["public_id"] for each in page["resources"]]
        if (cursor := page.get("next_cursor")) is None:
            break

    assert [f"list/{n}" for n in range(5)] == found
    assert page.rate_limit_remaining and page.rate_limit_reset_at
    newest = api.resources(max_results=2)["resources"]
    assert ["list/4", "list/3"] == [each["public_id"] for each in newest]
    oldest = api.resources_by_tag("listed", direction="asc", max_results=1)["resources"]
    assert "list/0" == oldest[0]["public_id"]
    since = api.resource("list/3")["created_at"]
    assert api.resources(direction="asc", start_at=since)["resources"]
    by_ids = api.resources_by_ids(["list/1", "nothing"], metadata=True)["resources"]
    assert [("list/1", {"rank": "1"})] == [(r["public_id"], r["metadata"]) for r in by_ids]
    asset_id = by_ids[0]["asset_id"]
    assert "list/1" == api.resource_by_asset_id(asset_id)["public_id"]
    assert "list/1" == api.resources_by_asset_ids([asset_id])["resources"][0]["public_id"]
    assert {"name": "list", "path": "list"} in api.root_folders()["folders"]
    with pytest.raises(exceptions.BadRequest, match="cursor"):
        api.resources(next_cursor="nonsense")
    with pytest.raises(exceptions.BadRequest, match="max_results"):
        api.resources(max_results=501)
    with pytest.raises(exceptions.NotFound):
        api.resource("nothing")


def test_update_and_delete(server: Server) -> None:
    for n in range(4):
        uploader.upload(picture(shade=40 + n), public_id=f"away/{n}", moderation="manual" if n == 3 else None)

    changed = api.update("away/0", tags=["x", "y"], context={"a": "1"}, custom_coordinates=[1, 2, 30, 20])
    assert (["x", "y"], {"custom": {"a": "1"}}, {"custom": [[1, 2, 30, 20]]}) == (
        changed["tags"],
        changed["context"],
        changed["coordinates"],
    )
    assert 404 == fetched(f"{server.url}/away/3")[0]
    pending = api.resources_by_moderation("manual", "pending")["resources"]
    assert ["away/3"] == [each["public_id"] for each in pending]
    assert "approved" == api.update("away/3", moderation_status="approved")["moderation"][0]["status"]
    assert 200 == fetched(f"{server.url}/away/3")[0]
    assert {"away/0": "deleted", "nothing": "not_found"} == api.delete_resources(["away/0", "nothing"])[
        "deleted"
    ]
    derived = api.resource("away/1")["derived"][0]["id"]
    assert {derived: "deleted"} == api.delete_derived_resources([derived])["deleted"]
    gone = api.delete_resources_by_prefix("away/")
    assert ({f"away/{n}": "deleted" for n in (1, 2, 3)}, False) == (gone["deleted"], gone["partial"])
    assert 410 == fetched(f"{server.url}/away/1")[0]


def test_named_transformations_and_the_rest(server: Server) -> None:
    assert "ok" == api.ping()["status"]
    assert api.usage()["objects"]["usage"] >= 0
    assert ["open", "press", "small"] == [each["name"] for each in api.upload_presets()["presets"]]
    assert {"unsigned": True} == {"unsigned": api.upload_preset("open")["unsigned"]}
    with pytest.raises(exceptions.NotAllowed, match="scope 'admin'"):
        api.create_transformation("tiny", {"width": 8, "crop": "scale"})
    with pytest.raises(Exception, match=r"501.*not offered"):
        api.upload_mappings()
    with pytest.raises(exceptions.Error, match="resource_type video"):
        uploader.upload(picture(), resource_type="video")
    with pytest.raises(exceptions.BadRequest, match="ocr: it is not offered"):
        uploader.upload(picture(), ocr="adv_ocr")
    with pytest.raises(exceptions.AuthorizationRequired):
        api.ping(api_secret="wrong")
    with pytest.raises(exceptions.AuthorizationRequired, match="Invalid Signature"):
        uploader.upload(picture(), api_secret="wrong")
    with pytest.raises(exceptions.AuthorizationRequired, match="Invalid cloud_name other"):
        uploader.upload(picture(), cloud_name="other")
    with pytest.raises(exceptions.BadRequest, match="public_id"):
        uploader.upload(picture(), public_id="a//b")
    assert server.metric("calotype_uploads_total", result="stored") > 0
    assert server.metric("calotype_upload_bytes_total") > 0


def test_on_postgresql_and_s3(
    tmp_path: Path, source: tuple[str, bytes], postgres_url: str, s3_bucket: S3Server
) -> None:
    stored = {"kind": "s3", "bucket": s3_bucket.bucket, **s3_bucket.settings}
    elsewhere = {
        "CALOTYPE_METADATA__URL": postgres_url,
        "CALOTYPE_HOSTING__STORAGE": json.dumps(stored),
        "CALOTYPE_SERVER__WORKERS": "2",
    }
    with serving(tmp_path, **settings(source[0]), **elsewhere) as server:
        configure(server)
        data = noise(1400, 1300)
        answer = uploader.upload_large(io.BytesIO(data), public_id="a/b", chunk_size=5_000_000, tags="t")
        uploader.add_context({"k": "v"}, ["a/b"])
        uploader.rename("a/b", "a/c")
        one = api.resources_by_tag("t", context=True)["resources"][0]

        assert ("a/c", {"custom": {"k": "v"}}) == (one["public_id"], one["context"])
        assert [{"name": "a", "path": "a"}] == api.root_folders()["folders"]
        assert (200, data) == fetched(one["url"])
        assert 410 == fetched(answer["url"])[0]
        assert {"a/c": "deleted"} == api.delete_resources_by_prefix("a/")["deleted"]
        assert [410] * 4 == [fetched(one["url"])[0] for _ in range(4)]
        assert "a/c" == uploader.upload(picture(shade=60), public_id="a/c")["public_id"]
        assert [200] * 4 == [fetched(f"{server.url}/w_10/a/c.jpg")[0] for _ in range(4)]


def test_owners_are_apart(tmp_path: Path) -> None:
    keys = [
        {"key": "ana", "secret": "first", "owner": "ana"},
        {"key": "bob", "secret": "second", "owner": "bob"},
        {"key": "reader", "secret": "third", "owner": "ana", "scopes": ["read"]},
        {"key": "root", "secret": "fourth", "owner": "root", "scopes": ["admin"]},
    ]
    bob, reader, root = ({"api_key": each["key"], "api_secret": each["secret"]} for each in keys[1:])
    with serving(tmp_path, CALOTYPE_HOSTING__KEYS=json.dumps(keys)) as server:
        cloudinary.config(
            cloud_name="calotype", api_key="ana", api_secret="first", upload_prefix=server.url, secure=False
        )
        uploader.upload(picture(shade=1), public_id="hers")

        with pytest.raises(exceptions.AlreadyExists):
            uploader.upload(picture(shade=2), public_id="hers", **bob)
        with pytest.raises(exceptions.NotAllowed):
            uploader.upload(picture(shade=2), **reader)
        with pytest.raises(exceptions.NotAllowed):
            api.delete_resources(["hers"], **reader)
        with pytest.raises(exceptions.NotFound):
            api.resource("hers", **bob)
        assert {"result": "not found"} == _without_id(uploader.destroy("hers", **bob))
        assert [] == uploader.add_tag("x", ["hers"], **bob)["public_ids"]
        assert [] == api.resources(**bob)["resources"]
        assert {"hers": "not_found"} == api.delete_resources(["hers"], **bob)["deleted"]
        assert (
            "hers" == api.resource("hers", **reader)["public_id"] == api.resource("hers", **root)["public_id"]
        )
        api.create_transformation("tiny", {"width": 8, "crop": "scale"}, **root)
        with pytest.raises(exceptions.AlreadyExists):
            api.create_transformation("tiny", {"width": 9, "crop": "scale"}, **root)
        assert "c_scale,w_8" == api.transformation("t_tiny")["info"][0]["raw_transformation"]
        assert 200 == fetched(f"{server.url}/t_tiny/hers.jpg")[0]
        assert ["t_tiny"] == [each["name"] for each in api.transformations()["transformations"]]
        api.delete_transformation("tiny", **root)
        with pytest.raises(exceptions.NotFound):
            api.transformation("t_tiny")


def _without_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "request_id"}
