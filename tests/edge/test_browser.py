"""A client that is not ours: a real browser chooses from `<picture>` and `srcset`, and shows what it got."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.services.calotype import Server

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_PAGE = """<!doctype html><title>srcset</title><body style="margin:0">
<picture>
  <source type="image/avif" srcset="{url}/w_200,f_avif/cat 200w, {url}/w_400,f_avif/cat 400w" sizes="200px">
  <source type="image/webp" srcset="{url}/w_200,f_webp/cat 200w" sizes="200px">
  <img id="picture" src="{url}/w_200/cat.jpg" width="200">
</picture>
<img id="auto" src="{url}/w_200,f_auto,q_auto/cat.jpg">
<img id="animated" src="{url}/w_60,f_auto/spin">
<img id="missing" src="{url}/w_60/nothing.jpg">
</body>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert executable, "no chromium found: `make test` installs it where it can"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page_url(server: Server, tmp_path: Path) -> Iterator[str]:
    """A page on another origin that shows pictures of the server."""
    (tmp_path / "index.html").write_text(_PAGE.format(url=server.url))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}/index.html"
        http.shutdown()
        thread.join(5)


def shown(page: Page, name: str) -> dict[str, Any]:
    """Which address the browser chose for an image, and the size of what it decoded."""
    found: dict[str, Any] = page.evaluate(
        """name => { const i = document.getElementById(name);
           return {chosen: i.currentSrc, width: i.naturalWidth, height: i.naturalHeight}; }""",
        name,
    )
    return found


@pytest.mark.parametrize(("scale", "chosen"), [(1, "/w_200,f_avif/cat"), (2, "/w_400,f_avif/cat")])
def test_a_browser_picks_avif_of_the_right_width(
    browser: Browser, server: Server, page_url: str, scale: int, chosen: str
) -> None:
    context = browser.new_context(device_scale_factor=scale)
    page = context.new_page()
    types: dict[str, str] = {}
    page.on(
        "response",
        lambda r: types.update({r.url.removeprefix(server.url): r.headers.get("content-type", "")}),
    )
    page.goto(page_url, wait_until="load")
    picture, auto, animated = (shown(page, name) for name in ("picture", "auto", "animated"))
    missing = shown(page, "missing")
    context.close()

    assert server.url + chosen == picture["chosen"]
    # With `w` descriptors the natural width is in CSS pixels of the slot.
    assert 200 == picture["width"]
    assert "image/avif" == types[chosen]
    assert "image/avif" == types["/w_200,f_auto,q_auto/cat.jpg"]
    assert (200, 150) == (auto["width"], auto["height"])
    assert "image/webp" == types["/w_60,f_auto/spin"]
    assert (60, 40) == (animated["width"], animated["height"])
    assert 0 == missing["width"]
