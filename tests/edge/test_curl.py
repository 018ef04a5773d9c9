"""A client that is not ours: curl, as the README has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pyvips

from tests.services.calotype import Server


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_curl_gets_an_avif_of_300_pixels(server: Server, tmp_path: Path) -> None:
    told = curl(
        "-o", str(tmp_path / "x.avif"), "-w", "%{http_code} %{content_type}", f"{server.url}/w_300,f_avif/cat"
    )
    image = pyvips.Image.heifload(str(tmp_path / "x.avif"))

    assert "200 image/avif" == told
    assert (300, 225) == (image.width, image.height)


def test_curl_asks_only_for_what_changed(server: Server, tmp_path: Path) -> None:
    etag = tmp_path / "etag"
    url = f"{server.url}/w_300,f_webp/cat"
    first = curl("-o", str(tmp_path / "a"), "--etag-save", str(etag), "-w", "%{http_code}", url)
    again = curl(
        "-o", str(tmp_path / "b"), "--etag-compare", str(etag), "-w", "%{http_code} %{size_download}", url
    )

    assert ("200", "304 0") == (first, again)


def test_curl_continues_a_download(server: Server, tmp_path: Path) -> None:
    url = f"{server.url}/w_300,f_png/cat"
    whole, part = tmp_path / "whole", tmp_path / "part"
    curl("-o", str(whole), url)
    part.write_bytes(whole.read_bytes()[:1000])
    curl("-C", "-", "-o", str(part), url)

    assert whole.read_bytes() == part.read_bytes()
