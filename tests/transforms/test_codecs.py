from __future__ import annotations

import pytest

from tests.transforms.rendering import patch, picture, pixels, rendered, shown
from transforms.codecs import CODECS
from transforms.errors import BrokenImage, UnsupportedFormat
from transforms.formats import FORMATS, by_extension
from transforms.probe import probe, recognise
from transforms.save import Save

WRITTEN = [name for name, format in FORMATS.items() if format.written and not format.told]
STILLS = [
    "detail.jpg",
    "progressive.jpg",
    "flat.png",
    "interlaced.png",
    "photo.webp",
    "photo.avif",
    "lab.tiff",
]


def test_every_format_has_its_codec() -> None:
    pictures = {name: format for name, format in FORMATS.items() if not format.told}

    assert set(pictures) == set(CODECS)
    assert {f.name for f in pictures.values() if f.written} == {n for n, c in CODECS.items() if c.writes}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("jpg", "jpg"),
        ("JPEG", "jpg"),
        (".jpe", "jpg"),
        ("tif", "tiff"),
        ("webp", "webp"),
        ("HEIF", "heic"),
        ("psd", None),
        ("", None),
    ],
)
def test_formats_by_extension(written: str, name: str | None) -> None:
    found = by_extension(written)

    assert name == (found and found.name)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_recognised(name: str) -> None:
    body = rendered(f"w_50/f_{name}", "photo.webp").body

    assert name == recognise(body).name


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("original", ["photo.webp", "alpha.png", "gray.jpg"])
def test_the_same_bytes_every_time(name: str, original: str) -> None:
    once, again = (rendered(f"w_90/f_{name}", original) for _ in range(2))

    assert once == again


@pytest.mark.parametrize(
    "transformation", ["w_20", "w_900", "f_png", "f_webp", "c_fill,g_auto,h_20,w_20", "a_90"]
)
@pytest.mark.parametrize("name", [*STILLS, "spinner.gif", "spinner.webp", "partial.gif", "logo.svg"])
@pytest.mark.parametrize("part", [0.5, 0.9, 0.99])
def test_a_truncated_file_is_never_half_a_picture(transformation: str, name: str, part: float) -> None:
    data = picture(name)

    with pytest.raises(BrokenImage):
        rendered(transformation, data[: int(len(data) * part)])


@pytest.mark.parametrize(
    ("transformation", "sampling"),
    [
        ("w_400", "4:4:4"),
        ("w_401", "4:2:0"),
        ("q_95,w_500", "4:2:0"),
        ("q_80:420,w_100", "4:2:0"),
        ("q_80:444,w_500", "4:4:4"),
    ],
)
def test_jpeg_chroma(transformation: str, sampling: str) -> None:
    saved = pixels(rendered(transformation, "detail.jpg").body)

    assert sampling == saved.get("jpeg-chroma-subsample")


@pytest.mark.parametrize(
    ("flag", "progressive"),
    [
        ("", False),
        ("/fl_progressive", True),
        ("/fl_progressive:steep", True),
        ("/fl_progressive:none", False),
        ("/q_auto", True),
        ("/fl_progressive:none,q_auto", False),
        ("/q_70", False),
    ],
)
def test_progressive_jpeg(flag: str, progressive: bool) -> None:
    assert progressive == probe(rendered(f"w_200{flag}", "detail.jpg").body).progressive


def test_the_quality_counts() -> None:
    for name in ("jpg", "webp", "avif"):
        low, middle, high = (len(rendered(f"w_200/f_{name},q_{q}", "detail.jpg").body) for q in (20, 60, 95))

        assert low < middle < high, name


def test_lossy_png_has_a_palette() -> None:
    plain, lossy = (pixels(rendered(f"w_200/f_png{flag}", "alpha.png").body) for flag in ("", ",fl_lossy"))

    assert not plain.get_typeof("palette")
    assert lossy.get_typeof("palette")


def test_lossy_gif_is_smaller() -> None:
    frames = [pixels("photo.webp").resize(0.5).linear(1, n).cast("uchar") for n in range(4)]
    animation = frames[0].pagejoin(frames[1:]).webpsave_buffer(lossless=True)
    plain, lossy = (rendered(f"f_gif{flag}", animation) for flag in ("", ",fl_lossy"))

    assert len(lossy.body) < 0.9 * len(plain.body)


def test_svg_is_not_written() -> None:
    with pytest.raises(UnsupportedFormat, match="svg is read, not written"):
        CODECS["svg"].save(pixels("flat.png"), Save("svg"), keep="none")


@pytest.mark.parametrize(("transformation", "side"), [("w_48", 48), ("w_1920", 1920)])
def test_svg_is_drawn_at_the_size_that_is_wanted(transformation: str, side: int) -> None:
    drawn = pixels(rendered(f"{transformation}/f_png", "logo.svg").body)
    direct = pixels("logo.svg", scale=side / 480)

    assert (side, direct.height) == (drawn.width, drawn.height)
    assert (drawn.premultiply() - direct.premultiply()).abs().avg() < 1


def extra_channels(interpretation: str, *channels: int) -> bytes:
    """A TIFF with more channels than its colours and its alpha."""
    return patch(channels, 20, 10, interpretation).tiffsave_buffer()


@pytest.mark.parametrize(
    ("tiff", "expected"),
    [
        (extra_channels("srgb", 200, 100, 50, 255, 30), [200, 100, 50, 255]),
        (extra_channels("srgb", 200, 100, 50, 255, *[7] * 100), [200, 100, 50, 255]),
        (extra_channels("b-w", 200, 255, 50), [200, 200, 200, 255]),
        (extra_channels("cmyk", 0, 0, 0, 0, 255, 30), [255, 255, 255, 255]),
    ],
)
@pytest.mark.parametrize("transformation", ["c_pad,h_20,w_20", "b_red,w_10", "c_fill,g_auto,h_5,w_5"])
def test_masks_and_spot_inks_of_a_tiff_are_left_out(
    tiff: bytes, expected: list[int], transformation: str
) -> None:
    for format in ("png", "jpg"):
        result = shown(f"{transformation}/f_{format},q_100", tiff).colourspace("srgb")

        shows = result(result.width // 2, result.height // 2)
        assert all(abs(a - b) <= 3 for a, b in zip(expected, shows, strict=False)), (shows, format)


@pytest.mark.parametrize("bigtiff", [False, True])
def test_a_tiff_whose_tables_are_cut_off_is_broken(bigtiff: bool) -> None:
    tiff = pixels("photo.webp").tiffsave_buffer(compression="jpeg", bigtiff=bigtiff)

    assert rendered("w_20/f_png", tiff)
    for length in (1, 2, 10):
        with pytest.raises(BrokenImage, match="breaks off"):
            rendered("w_20/f_png", tiff[:-length])
