"""Remote originals over HTTP: what good and bad servers come to, and how often they are asked."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import cloudinary.utils
import pytest
import pyvips

from tests.attack.hostile_origin import PICTURE, Origin, hostile_origin
from tests.edge.conftest import put_originals
from tests.services.calotype import Server, serving


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    """A server of originals on a thread of its own."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), Origin()
    stop = asyncio.Event()

    async def serve() -> None:
        async with hostile_origin() as started:
            found.host, found.port, found.seen = started.host, started.port, started.seen
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield found
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


def settings(origin: Origin) -> dict[str, str]:
    return {
        "CALOTYPE_FETCH__ENABLED": "true",
        "CALOTYPE_FETCH__ALLOW_HOSTS": '["127.0.0.1"]',
        "CALOTYPE_FETCH__ALLOW_PORTS": f"[80, {origin.port}]",
        "CALOTYPE_FETCH__ALLOW_NETWORKS": '["127.0.0.0/8"]',
        "CALOTYPE_FETCH__TIMEOUT_SECONDS": "1",
        "CALOTYPE_FETCH__CONNECT_SECONDS": "0.05",
        "CALOTYPE_FETCH__MAX_BYTES": "1 MB",
        "CALOTYPE_SERVER__WORKERS": "2",
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, origin: Origin) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fetch")
    put_originals(folder / "originals")
    with serving(folder, **settings(origin)) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("logo.png", 200, ""),
        ("typed-html.jpg", 200, ""),
        ("untold-length", 200, ""),
        ("to-logo", 200, ""),
        ("hop-3", 200, ""),
        ("chunks", 200, ""),
        ("page.html", 415, "unsupported_format"),
        ("empty", 415, "unsupported_format"),
        ("cut-picture", 422, "broken_image"),
        ("cut-short", 502, "origin_failed"),
        ("old", 502, "origin_failed"),
        ("bomb", 502, "origin_failed"),
        ("many-lines", 502, "origin_failed"),
        ("endless-head", 502, "origin_failed"),
        ("loop", 502, "origin_failed"),
        ("hop-4", 502, "origin_failed"),
        ("500", 502, "origin_failed"),
        ("403", 502, "origin_failed"),
        ("404", 404, "not_found"),
        ("410", 404, "not_found"),
        ("large", 413, "original_too_large"),
        ("endless", 413, "original_too_large"),
        ("claims-too-much", 413, "original_too_large"),
        ("drip", 504, "origin_timeout"),
        ("silent", 504, "origin_timeout"),
    ],
)
def test_what_comes_of_it(server: Server, origin: Origin, path: str, status: int, code: str) -> None:
    answer = server.get(f"/fetch/w_100/{origin.url(path)}")

    assert status == answer.status
    assert status == 200 or code == answer.error["code"]
    assert status == 404 or str(origin.port) not in answer.headers.get("x-cld-error", "")
    assert "set-cookie" not in answer.headers


def test_one_original_however_it_is_named(server: Server, origin: Origin) -> None:
    url = origin.url("logo.png?once")
    spellings = [quote(url, safe=":/"), quote(url, safe=""), quote(url.replace("//", "/", 1), safe="/")]
    spellings += [quote(url, safe=":/").replace("http", "HTTP", 1)]
    paths = [f"/{door}/w_64/{spelling}" for door in ("fetch", "demo/image/fetch") for spelling in spellings]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(server.get, paths * 4))

    assert {404} == {answer.status for answer in answers}
    # What is not there is remembered by each of two processes.
    assert origin.paths().count("logo.png?once") <= 2


def test_one_fetch_for_all_who_ask(server: Server, origin: Origin) -> None:
    before = origin.paths().count("hop-2")
    with ThreadPoolExecutor(32) as pool:
        paths = [f"/fetch/w_{number % 8 + 100},f_png/{origin.url('hop-2')}" for number in range(64)]
        answers = list(pool.map(server.get, paths))

    assert ({200}, before + 1) == ({answer.status for answer in answers}, origin.paths().count("hop-2"))


def test_a_picture_is_as_it_was_sent(server: Server, origin: Origin) -> None:
    answer = server.get(f"/fetch/{origin.url('logo.png')}")
    small = server.get(f"/demo/image/fetch/w_50,f_webp/v1/{quote(origin.url('logo.png'), safe='')}")
    image = pyvips.Image.new_from_buffer(small.body, "")

    assert (PICTURE, "image/png") == (answer.body, answer.headers["content-type"])
    assert (50, "image/webp") == (image.width, small.headers["content-type"])
    assert answer.headers["surrogate-key"] == small.headers["surrogate-key"]
    assert answer.headers["surrogate-key"].startswith("asset-")


@pytest.mark.parametrize("key", ["l", "u"])
def test_layers(server: Server, origin: Origin, key: str) -> None:
    beside = "w_40/fl_layer_apply,g_south_east/f_png/wide.jpg"
    layer = base64.urlsafe_b64encode(origin.url("logo.png").encode()).decode()
    plain = server.get("/w_300/f_png/wide.jpg").body
    shown = server.get(f"/w_300/{key}_fetch:{layer},{beside}")
    put_together = server.get(f"/w_300/$u_!{layer}!/{key}_fetch:$(u),{beside}")

    assert (200, 200) == (shown.status, put_together.status)
    assert plain != shown.body == put_together.body
    assert 2 == len(shown.headers["surrogate-key"].split(" "))


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("404", 404, "layer_not_found"),
        ("500", 502, "origin_failed"),
        ("page.html", 415, "unsupported_format"),
    ],
)
def test_layers_that_are_not_there(server: Server, origin: Origin, path: str, status: int, code: str) -> None:
    layer = base64.urlsafe_b64encode(origin.url(path).encode()).decode()
    answer = server.get(f"/l_fetch:{layer}/fl_layer_apply/cat.jpg")

    assert (status, code) == (answer.status, answer.error["code"])


def test_a_default_image_stands_in(server: Server, origin: Origin) -> None:
    answer = server.get(f"/fetch/d_cat.jpg/w_30,f_png/{origin.url('nobody-has-this')}")

    assert (200, "image/png") == (answer.status, answer.headers["content-type"])


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("https://example.com/a.png", 403, "host_not_allowed"),
        ("http://127.0.0.2/a.png", 403, "host_not_allowed"),
        ("http://127.0.0.1:81/a.png", 403, "port_not_allowed"),
        ("http://user@127.0.0.1/a.png", 400, "invalid_address"),
        ("http://127.1/a.png", 400, "invalid_address"),
        ("ftp://127.0.0.1/a.png", 400, "invalid_address"),
    ],
)
def test_what_may_not_be_fetched(server: Server, address: str, status: int, code: str) -> None:
    answer = server.get(f"/fetch/w_20/{quote(address, safe='')}")

    assert (status, code) == (answer.status, answer.error["code"])
    assert "max-age=" in answer.headers["cache-control"]


def test_fetches_are_counted(server: Server, origin: Origin) -> None:
    server.get(f"/fetch/w_21/{origin.url('404')}?")

    assert server.metric("calotype_fetches_total", outcome="ok") >= 1
    assert server.metric("calotype_origin_stats_total", mount="fetch:") >= 1


def test_what_is_kept_outlives_the_server(tmp_path: Path, origin: Origin) -> None:
    put_originals(tmp_path / "originals")
    path = f"/fetch/w_33/{origin.url('hop-0')}"
    before = origin.paths().count("hop-0")
    for width in (33, 34):
        with serving(tmp_path, **settings(origin)) as server:
            assert server.get(path.replace("w_33", f"w_{width}")).status == 200

    assert before + 1 == origin.paths().count("hop-0")


def test_signed_urls_name_any_host(tmp_path: Path, origin: Origin) -> None:
    """Any public one, but for this test: what SDKs sign, and what we do; for originals and for layers."""
    put_originals(tmp_path / "originals")
    secret = {"id": "site", "secret": "a secret that nobody guesses, 2026"}
    more = {
        "CALOTYPE_FETCH__ALLOW_HOSTS": "[]",
        "CALOTYPE_FETCH__SIGNED": "true",
        "CALOTYPE_SECURITY__SIGNING": "optional",
        "CALOTYPE_SECURITY__KEYS": json.dumps([secret]),
    }
    url = origin.url("logo.png?signed=%26")
    layer = base64.urlsafe_b64encode(origin.url("logo.png").encode()).decode()
    plain = [f"/fetch/w_41/{quote(url, safe=':/')}", f"/l_fetch:{layer}/fl_layer_apply/cat.jpg"]
    sdk, _ = cloudinary.utils.cloudinary_url(
        url, type="fetch", width=42, cloud_name="demo", api_secret=secret["secret"], sign_url=True
    )
    with serving(tmp_path, **{**settings(origin), **more}) as server:
        unsigned = [server.get(path) for path in plain]
        signed = [server.get(urlsplit(server.run("sign", path).strip()).path) for path in plain]
        by_sdk = server.get(urlsplit(sdk).path)
        again = [server.get(path) for path in plain]

    refused = {(answer.status, answer.error["code"]) for answer in (*unsigned, *again)}
    # The picture is not there under that query, but the server was asked.
    assert [404, 200, 404] == [answer.status for answer in (*signed, by_sdk)]
    assert {(403, "host_not_allowed")} == refused
    assert {"logo.png", "logo.png?signed=%26"} <= set(origin.paths())
