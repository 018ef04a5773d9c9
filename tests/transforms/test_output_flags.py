"""What the flags, `cs`, `dn`, `dl` and `pg` make of the file."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
import pyvips
from PIL import Image as PillowImage
from pyvips import Image

from tests.transforms.rendering import difference, framed, patch, picture, pixels, planned, rendered, shown
from transforms.codecs.apng import chunks_of
from transforms.errors import InvalidValue
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.probe import probe

GRAY, GRAY_ALPHA, RGB, RGBA, PALETTE = 0, 4, 2, 6, 3
"""Colour types (PNG, 11.2.1)."""


def color_type(body: bytes) -> int:
    return body[25]


def tiff_tag(body: bytes, tag: int) -> int:
    """A short of the first directory of a little-endian TIFF."""
    (at,) = struct.unpack_from("<I", body, 4)
    (count,) = struct.unpack_from("<H", body, at)
    entries = struct.iter_unpack("<HHII", body[at + 2 :][: 12 * count])
    return next(value for found, _, _, value in entries if found == tag)


def pillow_frames(body: bytes) -> list[PillowImage.Image]:
    """Every frame as another decoder sees it."""
    with PillowImage.open(BytesIO(body)) as opened:
        frames = []
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            frames.append(opened.convert("RGBA"))
    return frames


@pytest.mark.parametrize(
    ("original", "flag", "type_"),
    [
        ("detail.jpg", "png8", PALETTE),
        ("alpha.png", "png8", PALETTE),
        ("gray.jpg", "png24", RGB),
        ("alpha.png", "png24", RGB),
        ("gray-alpha.png", "png24", RGB),
        ("detail.jpg", "png24", RGB),
        ("gray.jpg", "png32", RGBA),
        ("detail.jpg", "png32", RGBA),
        ("alpha.png", "png32", RGBA),
        ("gray-alpha.png", "png32", RGBA),
    ],
)
def test_the_kinds_of_png(original: str, flag: str, type_: int) -> None:
    body = rendered(f"f_png,fl_{flag},w_40", original).body

    assert type_ == color_type(body)


def test_a_png_of_three_channels_stands_on_the_background() -> None:
    red, white = (shown(f"{text}f_png,fl_png24", "alpha.png") for text in ("b_red,", ""))
    clear = pixels("alpha.png").extract_band(3)

    for image, color in ((red, [255, 0, 0]), (white, [255, 255, 255])):
        where = (clear == 0).ifthenelse((image != color).bandor(), 0)
        assert 0 == where.max()


def test_the_flags_of_png_say_nothing_of_a_jpeg() -> None:
    assert rendered("f_jpg,fl_png8,w_40", "detail.jpg").body == rendered("f_jpg,w_40", "detail.jpg").body


def test_any_format_takes_a_palette_where_nobody_sees_it() -> None:
    drawing, photograph = (
        rendered(f"f_png,fl_any_format,q_auto,w_{width}", name).body
        for name, width in (("flat.png", 100), ("photo.webp", 100))
    )

    assert (PALETTE, RGB) == (color_type(drawing), color_type(photograph))


@pytest.mark.parametrize(("flag", "compression", "bits"), [("tiff8_lzw", 5, None), ("group4", 4, 1)])
def test_the_kinds_of_tiff(flag: str, compression: int, bits: int | None) -> None:
    body = rendered(f"f_tiff,fl_{flag},w_64", "alpha.png").body

    assert compression == tiff_tag(body, 259)
    assert bits is None or bits == tiff_tag(body, 258)
    assert 64 == pixels(body).width


def test_a_fax_is_black_and_white() -> None:
    fax = shown("f_tiff,fl_group4", "detail.jpg")
    levels = set(bytes(fax.write_to_memory()))

    assert ({0, 255}, 1) == (levels, fax.bands)


def test_a_fax_looks_like_the_picture() -> None:
    half = patch((0, 0, 0), 20, 10).join(patch((255, 255, 255), 20, 10), "horizontal")
    fax = shown("f_tiff,fl_group4", half.pngsave_buffer())

    assert (0, 255) == (fax(5, 5)[0], fax(35, 5)[0])


@pytest.mark.parametrize("flag", ["apng", "animated"])
@pytest.mark.parametrize("name", ["spinner.gif", "spinner.webp", "partial.gif"])
def test_an_apng_moves_as_the_original_does(flag: str, name: str) -> None:
    made = rendered(f"f_png,fl_{flag},w_20", name)
    expected = pillow_frames(rendered("f_webp,q_100,w_20", name).body)
    frames = pillow_frames(made.body)

    assert len(expected) == len(frames) == made.pages
    for one, other in zip(frames, expected, strict=True):
        one, other = (Image.new_from_memory(f.tobytes(), *f.size, 4, "uchar").flatten() for f in (one, other))
        assert difference(one, other) < 9


def test_an_apng_is_put_together_by_the_book() -> None:
    body = rendered("dl_70,f_png,fl_apng", "spinner.gif").body
    found = list(chunks_of(body))
    kinds = [kind for kind, _ in found]
    frames = probe(picture("spinner.gif")).pages
    controls = [struct.unpack(">IIIIIHHBB", data) for kind, data in found if kind == b"fcTL"]
    numbers = [struct.unpack(">I", data[:4])[0] for kind, data in found if kind in (b"fcTL", b"fdAT")]

    assert kinds.index(b"acTL") < kinds.index(b"IDAT")
    assert frames == struct.unpack(">II", dict(found)[b"acTL"])[0] == len(controls)
    assert list(range(len(numbers))) == numbers
    assert {(70, 1000)} == {(control[5], control[6]) for control in controls}


def test_equal_frames_of_an_apng_cost_a_pixel() -> None:
    red, blue = patch((255, 0, 0), 30, 20), patch((0, 0, 255), 30, 20)
    original = framed([red, red, blue], [50, 60, 70]).webpsave_buffer(lossless=True, keep="none")
    info = probe(original)
    body = rendered("f_png,fl_apng", original).body
    controls = [struct.unpack(">IIIIIHHBB", d)[1:5] for k, d in chunks_of(body) if k == b"fcTL"]

    assert info.pages == len(controls)
    assert (30, 20, 0, 0) == controls[0] == controls[-1]


def test_a_png_of_an_animation_is_a_still_unless_asked() -> None:
    body = rendered("f_png", "spinner.gif").body

    assert b"acTL" not in {kind for kind, _ in chunks_of(body)}


@pytest.mark.parametrize(
    ("written", "frames"),
    [
        ("pg_3", [2]),
        ("pg_2-4", [1, 2, 3]),
        ("pg_2;4", [1, 3]),
        ("pg_4;2", [1, 3]),
        ("pg_-2;5-", None),
        ("pg_3-900", None),
    ],
)
def test_frames_are_picked(written: str, frames: list[int] | None) -> None:
    count = probe(picture("spinner.gif")).pages
    frames = frames or {"pg_-2;5-": [0, 1, *range(4, count)], "pg_3-900": [*range(2, count)]}[written]
    whole = pixels("spinner.gif", n=-1)
    made = rendered(f"f_webp,{written},q_100", "spinner.gif")
    found = pixels(made.body, n=-1)

    assert len(frames) == made.pages
    height = whole.get_page_height()
    for number, frame in enumerate(frames):
        expected = whole.crop(0, frame * height, whole.width, height).flatten()
        assert difference(expected, found.crop(0, number * height, whole.width, height).flatten()) < 6


def test_picked_frames_keep_their_times() -> None:
    frames = [patch((shade, 0, 0), 20, 20) for shade in (0, 60, 120, 180, 240)]
    original = framed(frames, [10, 20, 30, 40, 50]).gifsave_buffer()
    picked, all_alike = (
        pixels(rendered(f"{text}f_gif,pg_2;4-5", original).body, n=-1) for text in ("", "dl_200,")
    )

    assert [20, 40, 50] == picked.get("delay")
    assert [200, 200, 200] == all_alike.get("delay")


def test_the_first_of_several_pages_is_taken() -> None:
    assert shown("f_png,pg_2-3", "pages.tiff").avg() == shown("f_png,pg_2", "pages.tiff").avg()


def test_pages_that_are_not_there_are_refused() -> None:
    with pytest.raises(InvalidValue, match="the original has 1 page"):
        planned("pg_2-5", probe(picture("detail.jpg")))


def test_frames_after_scaling_are_the_same_as_scaling_after_picking() -> None:
    scaled = pixels(rendered("c_fill,f_webp,g_north,h_10,pg_2;4,q_100,w_16", "spinner.gif").body, n=-1)

    assert (16, 20, 10) == (scaled.width, scaled.height, scaled.get_page_height())


@pytest.mark.parametrize(
    ("format", "written", "dots"), [("jpg", "dn_300", 300), ("png", "dn_72.0", 72), ("tiff", "dn_20", 20)]
)
def test_density_is_told(format: str, written: str, dots: int) -> None:
    body = rendered(f"{written},f_{format},w_50", "detail.jpg").body

    assert dots == round(pixels(body).xres * 25.4)


@pytest.mark.parametrize(
    ("transformation", "size"),
    [("dn_72", (1.0, 1.0)), ("dn_idn", (1.0, 1.0)), ("dn_144", (2.0, 2.0)), ("dn_36", (0.5, 0.5))],
)
def test_a_drawing_is_rendered_at_its_density(transformation: str, size: tuple[float, float]) -> None:
    natural = probe(picture("logo.svg"))
    made = rendered(transformation, "logo.svg")

    assert (natural.width * size[0], natural.height * size[1]) == (made.width, made.height)


def test_a_drawing_is_as_large_as_asked_at_any_density() -> None:
    plain, dense = (shown(f"{text}w_333", "logo.svg") for text in ("", "dn_300,"))

    assert difference(plain, dense) < 1


@pytest.mark.parametrize("format", ["jpg", "tiff"])
@pytest.mark.parametrize("original", ["detail.jpg", "alpha.png", "gray.jpg"])
def test_ink(format: str, original: str) -> None:
    made = rendered(f"cs_cmyk,f_{format},w_60", original)
    ink = pixels(made.body)
    back = ink.icc_transform("srgb", input_profile="cmyk", intent="relative")
    light = shown("f_png,fl_png24,w_60", original)

    assert ("cmyk", 4) == (ink.interpretation, ink.bands)
    assert difference(back, light) < 12


@pytest.mark.parametrize("written", ["keep_cmyk", "copy", "cmyk"])
def test_ink_is_kept_where_there_was_some(written: str) -> None:
    assert "cmyk" == pixels(rendered(f"cs_{written},f_jpg,w_40", "cmyk.jpg").body).interpretation


@pytest.fixture(scope="module")
def printed() -> bytes:
    """Plain black, cyan and paper, with a profile that is not libvips' own."""
    ink = pixels("detail.jpg").icc_transform("cmyk", intent="relative", input_profile="srgb")
    black = ink.draw_rect([0, 0, 0, 255], 0, 0, 60, 60, fill=True)
    profile = bytearray(black.get("icc-profile-data"))
    # The day it was made, which nobody reads (ICC.1:2022, 7.2.8).
    profile[24:26] = (1999).to_bytes(2, "big")
    black = black.copy()
    black.set_type(pyvips.GValue.blob_type, "icc-profile-data", bytes(profile))
    return bytes(black.tiffsave_buffer(keep="icc"))


@pytest.mark.parametrize("written", ["cs_keep_cmyk", "cs_copy", "cs_cmyk"])
@pytest.mark.parametrize("format", ["jpg", "tiff"])
@pytest.mark.parametrize("effect", ["", "/e_brightness:1"])
def test_ink_keeps_its_profile(written: str, format: str, effect: str, printed: bytes) -> None:
    own = pixels(printed).get("icc-profile-data")
    made = pixels(rendered(f"c_limit,w_200{effect}/f_{format},{written}", printed).body)

    assert ("cmyk", own) == (made.interpretation, made.get("icc-profile-data"))


@pytest.mark.parametrize("format", ["jpg", "tiff"])
def test_plain_black_stays_plain_black(format: str, printed: bytes) -> None:
    made = pixels(rendered(f"a_90/c_limit,w_200/cs_keep_cmyk,f_{format},q_95", printed).body)
    ink = made(made.width - 8, 8)

    assert [0, 0, 0] == pytest.approx(ink[:3], abs=2)
    assert 253 <= ink[3]


@pytest.mark.parametrize("format", ["jpg", "tiff"])
def test_light_made_ink_says_by_which_profile(format: str) -> None:
    made = pixels(rendered(f"cs_cmyk,f_{format},w_60", "detail.jpg").body)
    bare = pixels(rendered(f"cs_cmyk,f_{format},fl_strip_profile,w_60", "detail.jpg").body)

    assert b"CMYK" == made.get("icc-profile-data")[16:20]
    assert not bare.get_typeof("icc-profile-data")
    assert 0 == difference(made, bare)


@pytest.mark.parametrize("written", ["no_cmyk", "srgb", "tinysrgb"])
def test_ink_becomes_light_otherwise(written: str) -> None:
    assert "srgb" == pixels(rendered(f"cs_{written},f_jpg,w_40", "cmyk.jpg").body).interpretation


@pytest.mark.parametrize("format", ["png", "webp", "avif"])
def test_what_cannot_hold_ink_stays_light(format: str) -> None:
    made, plain = (rendered(f"{text}f_{format},w_40", "detail.jpg").body for text in ("cs_cmyk,", ""))

    assert plain == made


def test_true_colour_is_not_gray() -> None:
    assert [1, 3] == [
        pixels(rendered(f"{text}f_png,w_40", "gray.jpg").body).bands for text in ("", "cs_srgb:truecolor,")
    ]


@pytest.mark.parametrize("transformation", ["cs_tinysrgb,f_jpg,w_40", "f_jpg,fl_force_icc,w_40"])
@pytest.mark.parametrize("original", ["detail.jpg", "gray.jpg"])
def test_a_profile_is_embedded_where_asked(transformation: str, original: str) -> None:
    plain, tagged = (pixels(rendered(t, original).body) for t in ("f_jpg,w_40", transformation))

    assert (0, True) == (plain.get_typeof("icc-profile-data"), len(tagged.get("icc-profile-data")) < 1000)
    assert difference(plain.colourspace("srgb"), tagged) < 1


@pytest.mark.parametrize(("written", "wide"), [("", True), ("cs_copy,", True), ("cs_srgb,", False)])
def test_wide_colours_become_narrow_where_asked(written: str, wide: bool) -> None:
    made = pixels(rendered(f"{written}f_png", "p3.png").body)

    assert wide == bool(made.get_typeof("icc-profile-data"))


@pytest.mark.parametrize(
    ("flags", "kept"), [("keep_attribution", True), ("keep_iptc", True), ("force_strip.keep_iptc", False)]
)
def test_who_made_it_stays_where_asked(flags: str, kept: bool) -> None:
    fields = pixels(rendered(f"f_jpg,fl_{flags},w_40", "gps.jpg").body).get_fields()

    assert kept == any(field.startswith("exif-ifd0-") and "Artist" in field for field in fields)
    assert not any("GPS" in field for field in fields)


@pytest.mark.parametrize(
    ("transformation", "name", "said"),
    [
        ("f_jpg,fl_png8", "detail.jpg", ("fl_png8 is about png, and the result is jpg",)),
        ("f_png,fl_group4", "detail.jpg", ("fl_group4 is about tiff, and the result is png",)),
        (
            "f_jpg,fl_animated",
            "spinner.gif",
            ("fl_animated: jpg does not move, or one frame was asked for; the first is taken",),
        ),
        (
            "fl_sanitize,w_30",
            "logo.svg",
            ("fl_sanitize: a drawing always becomes pixels, in which nothing can run",),
        ),
        ("pg_2-3", "pages.tiff", ("pg_2-3: of several pages of a document the first is taken, 2",)),
        (
            "f_png,pg_2;4",
            "spinner.gif",
            ("pg_2;4: of several frames of a result that does not move the first is taken, 2",),
        ),
        ("f_webp,pg_2;4", "spinner.gif", ()),
        (
            "f_png,q_auto:bytes_40k",
            "detail.jpg",
            ("q_auto:bytes_40k: png has no quality to choose, and it is made to fit with fewer colours",),
        ),
        ("f_png,q_auto", "detail.jpg", ()),
        ("cs_cmyk,f_png", "detail.jpg", ("cs_cmyk: png cannot hold CMYK, so the result stays sRGB",)),
        ("cs_cmyk,f_jpg", "detail.jpg", ()),
        ("cs_copy,f_webp", "cmyk.jpg", ("cs_copy: webp cannot hold CMYK, so the result becomes sRGB",)),
        ("dl_50,f_png", "detail.jpg", ("dl_50: the result does not move",)),
        ("dl_50,f_webp", "spinner.gif", ()),
        (
            "dn_300,f_webp",
            "detail.jpg",
            ("dn_300: webp cannot say how large it is to be printed",),
        ),
        ("dn_300,f_jpg", "detail.jpg", ()),
        ("dn_100,f_webp", "logo.svg", ()),
    ],
)
def test_what_comes_out_otherwise_is_noted(transformation: str, name: str, said: tuple[str, ...]) -> None:
    assert said == planned(transformation, probe(picture(name))).notes


def test_an_animation_never_becomes_a_strip() -> None:
    opaque = framed([patch((9, 9, 200), 20, 20), patch((200, 9, 9), 20, 20)], [80, 80])
    made = rendered("f_png,fl_apng.lossy", opaque.webpsave_buffer(lossless=True))

    assert ("png", 20, 20, 2) == (made.format, made.width, made.height, made.pages)


def test_what_says_nothing_changes_nothing() -> None:
    """Flags that describe what happens anyway share the plan of the recipe without them."""
    info = probe(picture("detail.jpg"))
    plain = make_plan(parse("w_40"), info)
    silent = ("original", "rasterize", "sanitize", "ignore_mask_channels", "preserve_transparency", "awebp")

    for flag in silent:
        assert plain == make_plan(parse(f"fl_{flag},w_40"), info)
    for text in ("dl_100", "dn_idn", "cs_copy", "cs_no_cmyk", "fl_png8", "fl_group4", "fl_any_format"):
        assert plain == make_plan(parse(f"{text},w_40"), info), text


@pytest.mark.parametrize("format", ["gif", "webp"])
@pytest.mark.parametrize(("effect", "plays"), [("", 3), ("e_loop,", 0), ("e_loop:0,", 1), ("e_loop:3,", 4)])
def test_how_often_it_plays(format: str, effect: str, plays: int) -> None:
    made = pixels(rendered(f"{effect}f_{format},w_20", "spinner.webp").body, n=-1)

    assert plays == made.get("loop")


def test_how_often_an_apng_plays() -> None:
    body = rendered("e_loop:3,f_png,fl_apng,w_20", "spinner.webp").body

    assert 4 == struct.unpack(">II", dict(chunks_of(body))[b"acTL"])[1]
