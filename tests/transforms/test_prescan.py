"""The scan of bytes before any decoder: what it lets pass, and what it must not believe."""

from __future__ import annotations

import pytest

from tests.transforms.rendering import PICTURES, picture
from transforms.codecs import CODECS
from transforms.errors import BrokenImage, OriginalTooLarge, TransformError
from transforms.limits import Limits
from transforms.prescan import SCANS, prescan
from transforms.probe import probe, recognise

SAMPLES = sorted(file.name for file in PICTURES.iterdir() if file.suffix != ".md")
SIZED = [name for name in SAMPLES if not name.endswith((".svg", ".pdf"))]


def scanned(data: bytes, limits: Limits | None = None) -> object:
    return prescan(recognise(data).name, data, limits or Limits())


def test_every_format_is_scanned() -> None:
    assert list(CODECS) == list(SCANS)


@pytest.mark.parametrize("name", SIZED)
def test_a_scan_finds_what_the_decoder_finds(name: str) -> None:
    info = probe(picture(name))
    claimed = prescan(info.format, picture(name), Limits())

    assert {info.width, info.height} == {claimed.width, claimed.height}
    assert (info.pages, info.scans) == (claimed.pages, claimed.scans)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_anywhere_is_refused_or_read_and_nothing_else(name: str) -> None:
    data = picture(name)
    for end in range(16, len(data), max(1, len(data) // 200)):
        try:
            claimed = scanned(data[:end])
        except TransformError:
            continue

        assert claimed


def test_a_gif_is_whole_or_a_still_that_only_lacks_its_end() -> None:
    data = picture("partial.gif")
    still = picture("partial.gif")[: data.index(b"\x21\xff\x0b")]
    for end in range(20, len(data)):
        with pytest.raises(BrokenImage):
            prescan("gif", data[:end], Limits())

    assert 4 == prescan("gif", data, Limits()).pages
    assert b"NETSCAPE" not in still


@pytest.mark.parametrize(("most", "allowed"), [(10, True), (9, False)])
def test_scans_of_a_jpeg_are_bounded(most: int, allowed: bool) -> None:
    limits = Limits(max_scans=most)
    if allowed:
        assert 10 == prescan("jpg", picture("progressive.jpg"), limits).scans
        return
    with pytest.raises(OriginalTooLarge) as refusal:
        prescan("jpg", picture("progressive.jpg"), limits)

    assert "too_many_scans" == refusal.value.code
