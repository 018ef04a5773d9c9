"""The scan of bytes before any decoder: what it lets pass, and what it must not believe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.attack.bombs_gif import frame, screen
from tests.attack.bombs_jpeg import flat_scans
from tests.attack.bombs_others import bmp, grid
from tests.attack.bombs_png import packed_text, with_chunks
from tests.attack.bombs_svg import filtered, svg, used
from tests.attack.bombs_tiff import tiff
from tests.attack.making import chunk
from tests.transforms.rendering import PICTURES, picture
from transforms.codecs import CODECS
from transforms.errors import BrokenImage, OriginalTooLarge, TransformError
from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.parser import parse
from transforms.plan import make_plan
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


def test_an_animation_that_lacks_anything_is_refused() -> None:
    data = picture("partial.gif")
    for end in range(20, len(data)):
        with pytest.raises(BrokenImage):
            prescan("gif", data[:end], Limits())

    assert 4 == prescan("gif", data, Limits()).pages


def test_a_still_may_lack_its_end() -> None:
    for end in (b"", b";", b"\0\0\0", b";junk"):
        assert 1 == prescan("gif", screen(1, 1) + frame(1, 1) + end, Limits()).pages


@pytest.mark.parametrize(
    ("limit", "data", "least", "code"),
    [
        ("max_scans", picture("progressive.jpg"), 10, "too_many_scans"),
        ("many_scans", picture("progressive.jpg"), 10, "many_scans_too_large"),
        ("max_many_scans_pixels", flat_scans(100, 100, 11), 10_000, "many_scans_too_large"),
        ("max_original_pixels", picture("detail.jpg"), 800 * 629, "original_too_large"),
        ("max_interlaced_png_pixels", picture("interlaced.png"), 400 * 300, "interlaced_png_too_large"),
        ("max_avif_pixels", picture("photo.avif"), 320 * 252, "avif_too_large"),
        ("max_whole_pixels", bmp(4, 4), 16, "whole_picture_too_large"),
        ("max_pages", picture("partial.gif"), 4, "too_many_pages"),
        ("max_pages", picture("spinner.webp"), 6, "too_many_pages"),
        ("max_pages", picture("pages.tiff"), 3, "too_many_pages"),
        ("max_parts", screen(1, 1) + frame(1, 1) * 5 + b";", 5, "too_many_parts"),
        ("max_parts", with_chunks(chunk(b"juNk", b"") * 5), 9, "too_many_parts"),
        ("max_metadata_bytes", with_chunks(packed_text(5_000)), 5_180, "metadata_too_large"),
        ("max_items", grid(1, 1, 64, 64, 5), 5, "too_many_items"),
        ("max_blocks", tiff({256: 4, 257: 4, 273: (8,) * 4, 279: (1,) * 4}), 4, "too_many_blocks"),
        ("max_svg_bytes", svg("<g/>"), len(svg("<g/>")), "svg_too_many_bytes"),
        ("max_svg_elements", svg("<g/>" * 5), 6, "svg_too_many_elements"),
        ("max_svg_elements", svg(used(2)), 27, "svg_uses_too_many"),
        ("max_svg_depth", svg("<g><g/></g>"), 3, "svg_too_deep"),
        ("max_svg_path_bytes", svg('<path d="M0 0h9"/>'), 6, "svg_path_too_long"),
        ("max_svg_text", svg("<text>words</text>"), 5, "svg_text_too_long"),
        ("max_svg_style_bytes", svg("<style>a{}</style>"), 3, "svg_style_too_large"),
        ("max_svg_style_matches", svg("<style>a{}</style>"), 4, "svg_style_too_large"),
        ("max_svg_milliseconds", filtered("<feFlood/>", 100), 313, "svg_filters_too_costly"),
    ],
)
def test_each_limit_holds_from_its_own_number_on(limit: str, data: bytes, least: int, code: str) -> None:
    """`least` is the smallest setting with which the file is read."""
    assert scanned(data, Limits(**{limit: least}))
    with pytest.raises(OriginalTooLarge) as refusal:
        scanned(
            data,
            Limits(**{limit: least - 1} | ({"max_many_scans_pixels": 1} if limit == "many_scans" else {})),
        )

    assert code == refusal.value.code


def test_filters_bound_the_raster() -> None:
    costly = replace(ImageInfo("svg", 1_000, 1_000, alpha=True), toll=20_000)
    plan = make_plan(parse("w_800"), costly)

    assert (500, 500, 800) == (plan.load.width, plan.load.height, plan.result.width)
    assert plan.notes


@pytest.mark.parametrize(
    ("drawing", "elements", "toll"),
    [
        (svg("<g/>"), 2, 0),
        (svg(used(3)), 64, 0),
        (svg('<g id="a"/><use href="#a"/><use href="#a"/>'), 6, 0),
        (filtered("<feTurbulence/>", 3), 6, 3_300),
        (filtered('<feGaussianBlur id="named"/>', 2), 5, 440),
        (svg('<filter id="f"><feFlood/></filter><style>.a{filter:url(#f)}</style><g class="a b"/>'), 5, 50),
        (svg('<filter id="f"><feFlood/></filter><g style="filter:url(#f)"/>'), 4, 50),
        (svg('<filter id="unused"><feTurbulence/></filter>'), 3, 0),
    ],
)
def test_what_is_used_again_is_counted_again(drawing: bytes, elements: int, toll: int) -> None:
    assert toll == prescan("svg", drawing, Limits(max_svg_elements=elements)).toll
    with pytest.raises(OriginalTooLarge):
        prescan("svg", drawing, Limits(max_svg_elements=elements - 1))
