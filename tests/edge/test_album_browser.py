"""An album in a real browser: nothing is refused by its policy, nothing jumps, nothing is too wide."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.edge.test_browser import browser
from tests.services.calotype import Server, serving

__all__ = ["browser"]
SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
_JUMPS = """() => new Promise(told => { let sum = 0;
  new PerformanceObserver(list => { for (const each of list.getEntries()) sum += each.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => told(sum), 100); })"""
_TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"
_SHOWN = """() => Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode(); }))
  .then(() => [...document.images].map(i => [i.alt, i.naturalWidth > 0]))"""


def call(server: Server, path: str, body: dict[str, Any]) -> Any:
    """What a POST to the REST API answers."""
    credentials = base64.b64encode(b"key:a-secret-of-the-tests").decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    data = json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/api/v1{path}", data=data, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an album."""
    keys = json.dumps([{"key": "key", "secret": "a-secret-of-the-tests"}])
    settings = {"CALOTYPE_HOSTING__KEYS": keys, "CALOTYPE_HOSTING__INLINE_WORKERS": "0"}
    names = ["fig.jpg", "dogs.jpg", "logo.png", "spinner.gif"]
    with serving(tmp_path_factory.mktemp("album"), **settings) as server:
        for name in names:
            file = base64.b64encode((SAMPLES / name).read_bytes()).decode()
            call(server, "/images", {"file": file, "public_id": name, "context": {"alt": f"<{name}>"}})
        made = call(server, "/albums", {"title": "<script>alert(1)</script>" * 6, "public_ids": names})
        yield f"{server.url}/a/{made['album_id']}"


@pytest.mark.parametrize("width", [360, 1280])
def test_an_album_is_shown(browser: Browser, album: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("requestfailed", lambda request: said.append(request.url))
    page.goto(album, wait_until="load")
    shown = page.evaluate(_SHOWN)
    jumps, too_wide = page.evaluate(_JUMPS), page.evaluate(_TOO_WIDE)
    page.keyboard.press("Tab")
    focused = page.evaluate("() => document.activeElement.querySelector('img').alt")
    context.close()

    names = ["<fig.jpg>", "<dogs.jpg>", "<logo.png>", "<spinner.gif>"]
    assert [[name, True] for name in names] == shown
    assert ([], 0, False, names[0]) == (said, jumps, too_wide, focused)
