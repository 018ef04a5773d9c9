"""The formats that come with extras: read, written, and refused by name where an extra is missing."""

from __future__ import annotations

import pytest

from tests.transforms.rendering import difference, patch, picture, planned, rendered, shown
from transforms import extras
from transforms.codecs.jxl import distance
from transforms.errors import BrokenImage, LimitExceeded, NotOffered, OriginalTooLarge
from transforms.formats import FORMATS
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.probe import probe

WRITTEN = [f.name for f in FORMATS.values() if f.extra is not None and f.written]
READ = [f.name for f in FORMATS.values() if f.extra is not None]
STARTS = {
    "jxl": b"\xff\x0a",
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n",
    "bmp": b"BM",
    "ico": b"\0\0\1\0",
    "tga": b"TRUEVISION-XFILE.\0",
    "pdf": b"%PDF-1.7\n",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}


def pdf(*pages: tuple[int, int, str]) -> bytes:
    """A document whose pages (width and height in points, colour) are filled to their edges (ISO 32000-1)."""
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"]
    for number, (width, height, color) in enumerate(pages):
        drawing = f"{color} rg 0 0 {width} {height} re f"
        box = f"/MediaBox[0 0 {width} {height}]"
        objects.append(f"<</Type/Page/Parent 2 0 R{box}/Contents {4 + 2 * number} 0 R>>")
        objects.append(f"<</Length {len(drawing)}>>\nstream\n{drawing}\nendstream")
    body, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return (
        body + f"{head}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF".encode()
    )


RED, BLUE = "1 0 0", "0 0 1"
DOCUMENT = pdf((144, 72, RED), (72, 72, BLUE))
"""Two pages: 2 by 1 inches, and 1 by 1."""


def whole(name: str) -> bytes:
    """An original in a format that comes with an extra."""
    if name in ("pdf", "heic"):
        return DOCUMENT if name == "pdf" else picture("photo.heic")
    return rendered(f"f_{name},w_100", "photo.webp").body


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize(
    "original", ["photo.webp", "gray.jpg", "alpha.png", "gray-alpha.png", "one-bit.png", "p3.png"]
)
def test_what_is_written_reads_as_the_picture(name: str, original: str) -> None:
    body = rendered(f"f_{name},q_95,w_60", original).body
    info = probe(body)
    kind = "png24" if name == "bmp" else "png32"
    expected = shown(f"cs_srgb,f_png,fl_{kind},w_60", original)
    found = shown(f"f_png,fl_{kind}", body)

    assert (name, 60) == (info.format, info.width)
    assert difference(expected.flatten(), found.flatten()) < 5


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("size", [(1, 1), (3, 250), (17, 1)])
def test_odd_sizes(name: str, size: tuple[int, int]) -> None:
    original = patch((200, 30, 90), *size).pngsave_buffer()
    made = rendered(f"f_{name}", original)
    info = probe(made.body)

    assert size == (made.width, made.height) == (info.width, info.height)


@pytest.mark.parametrize("name", ["jxl", "jp2"])
def test_a_lower_quality_is_a_smaller_file(name: str) -> None:
    sizes = [len(rendered(f"f_{name},q_{quality}", "photo.webp").body) for quality in (10, 50, 90)]

    assert sorted(sizes) == sizes and sizes[0] < sizes[2] / 3


def test_the_best_jxl_is_lossless() -> None:
    assert 0 == difference(
        shown("f_png", "photo.webp"), shown("f_png", rendered("f_jxl,q_100", "photo.webp").body)
    )


def test_distances_are_those_of_libjxl() -> None:
    assert [0.0, 1.0, 1.9, 6.4, 25.0] == [round(distance(q), 2) for q in (100, 90, 80, 30, 0)]


def test_a_jxl_beats_a_jpeg() -> None:
    """XYB is what makes it; one of the bindings writes without."""
    jxl, jpg = (len(rendered(f"f_{name},q_80,w_200", "photo.webp").body) for name in ("jxl", "jpg"))

    assert jxl < jpg


def test_heic_is_read() -> None:
    expected, found = shown("f_png,w_96", "photo.webp"), shown("f_png", "photo.heic")

    assert difference(expected, found) < 8


@pytest.mark.parametrize(
    ("transformation", "size", "color"),
    [
        ("f_png", (300, 150), [255, 0, 0]),
        ("dn_72,f_png", (144, 72), [255, 0, 0]),
        ("dn_300,f_png", (600, 300), [255, 0, 0]),
        ("dn_idn,f_png", (300, 150), [255, 0, 0]),
        ("f_png,w_77", (77, 39), [255, 0, 0]),
        ("f_png,w_900", (900, 450), [255, 0, 0]),
        ("c_crop,dn_72,f_png,h_20,w_30", (30, 20), [255, 0, 0]),
        ("f_png,pg_2", (300, 150), [0, 0, 255]),
        ("f_png,pg_2-7", (300, 150), [0, 0, 255]),
    ],
)
def test_pages_of_a_pdf(transformation: str, size: tuple[int, int], color: list[int]) -> None:
    page = shown(transformation, DOCUMENT)

    assert size == (page.width, page.height)
    assert color == page(page.width // 2, page.height // 2)


def test_a_page_of_another_shape_is_fitted_into_the_first() -> None:
    page = shown("f_png,pg_2", DOCUMENT)

    assert [255, 255, 255] == page(20, 75) == page(280, 75)
    assert [0, 0, 255] == page(80, 75) == page(220, 75)


def test_facts_of_a_pdf() -> None:
    info = probe(DOCUMENT)

    assert ("pdf", 300, 150, 2, False, False) == (
        info.format,
        info.width,
        info.height,
        info.pages,
        info.animated,
        info.alpha,
    )


def test_a_pdf_becomes_what_is_not_written_as_pdf() -> None:
    assert "png" == rendered("w_30", DOCUMENT).format


def test_a_huge_page_is_rendered_small_or_not_at_all() -> None:
    info = probe(pdf((14_400, 14_400, RED)))
    with pytest.raises(OriginalTooLarge, match="the drawing would be rendered at"):
        make_plan(parse("f_png"), info)

    assert 50 == make_plan(parse("f_png,w_50"), info).load.width


def test_a_density_past_the_limit_of_rasters_is_refused() -> None:
    with pytest.raises((OriginalTooLarge, LimitExceeded)):
        planned("dn_2400,f_png", probe(pdf((612, 792, RED))))


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7])
def test_what_breaks_off_is_refused(name: str, part: float) -> None:
    data = whole(name)
    cut = data[: int(len(data) * part)] + (b"TRUEVISION-XFILE.\0" if name == "tga" else b"")

    with pytest.raises(BrokenImage):
        rendered("f_png,w_10", STARTS[name] if name != "tga" and len(cut) < 12 else cut)


@pytest.mark.parametrize("name", READ)
def test_rubbish_is_refused(name: str) -> None:
    with pytest.raises(BrokenImage):
        probe(STARTS[name] if name in ("pdf", "tga") else STARTS[name] + b"\x99" * 60)


@pytest.mark.parametrize("name", READ)
def test_an_original_is_refused_by_the_name_of_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = whole(name)
    monkeypatch.setattr(extras, "installed", lambda extra: False)
    with pytest.raises(NotOffered, match=rf"pip install 'calotype\[{FORMATS[name].extra}\]'") as refused:
        probe(data)

    assert "extra_missing" == refused.value.code


@pytest.mark.parametrize("name", WRITTEN)
def test_a_result_is_refused_by_the_name_of_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    info = probe(picture("photo.webp"))
    monkeypatch.setattr(extras, "installed", lambda extra: False)
    with pytest.raises(
        NotOffered, match=rf"f_{name} needs .*pip install 'calotype\[{FORMATS[name].extra}\]'"
    ):
        make_plan(parse(f"f_{name},w_20"), info)


def test_every_extra_is_in_the_packaging() -> None:
    assert {f.extra for f in FORMATS.values()} - {None} == set(extras.EXTRAS)


def test_an_icon_that_is_too_large_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="at most 256"):
        planned("f_ico,w_300", probe(picture("detail.jpg")))
