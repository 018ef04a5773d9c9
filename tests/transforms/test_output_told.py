"""What is said of a picture instead of it. The hashes are held against those of their authors."""

from __future__ import annotations

import base64
import json

import pytest
from pyvips import GValue, Image

from tests.transforms.rendering import difference, framed, patch, pixels, rendered, shown
from transforms.formats import FORMATS
from transforms.hashes import blurhash, thumbhash

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
ORIGINALS = ("photo.webp", "gray.jpg", "alpha.png", "gray-alpha.png", "p3.png", "spinner.gif", "logo.svg")
BLURHASH = "LzDAT#H%O.jKKBjJw_jvN|wyWpSN"
THUMBHASHES = [
    (32, 16, 3, "a0c40d448c6086777788878677876070f60337"),
    (16, 32, 4, "585686330617608c5a8878579098024a216c026c777977"),
]
TOLD = [name for name, format in FORMATS.items() if format.told]


def text(transformation: str, original: bytes | str) -> str:
    return rendered(transformation, original).body.decode("ascii")


def number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 83 + DIGITS.index(digit)
    return value


def drawn(width: int, height: int, channels: int) -> Image:
    """Waves and ramps, in as many channels."""
    cells = (
        (x * y % 256, x * 7 % 256, 255 - y * 7, (x * x + y * 5) % 256)
        for y in range(height)
        for x in range(width)
    )
    flat = bytes(value for cell in cells for value in cell[:channels])
    return Image.new_from_memory(flat, width, height, channels, "uchar").copy(interpretation="srgb")


def test_a_blurhash_is_that_of_its_authors() -> None:
    """By `blurhash` 1.1.5 of PyPI."""
    assert BLURHASH == blurhash(drawn(32, 16, 3))


@pytest.mark.parametrize(("width", "height", "channels", "expected"), THUMBHASHES)
def test_a_thumbhash_is_that_of_its_author(width: int, height: int, channels: int, expected: str) -> None:
    """By `thumbhash` 0.1.1 of npm."""
    assert expected == thumbhash(drawn(width, height, channels)).hex()


@pytest.mark.parametrize("color", [(255, 0, 0), (12, 200, 90), (255, 255, 255), (0, 0, 0)])
def test_the_mean_of_a_blurhash_is_the_colour(color: tuple[int, int, int]) -> None:
    found = text("f_blurhash", patch(color, 40, 30).pngsave_buffer())

    assert 28 == len(found) and found.startswith("L")
    assert color == tuple(number(found[2:6]).to_bytes(3, "big"))


def test_a_blurhash_stands_on_the_background() -> None:
    clear = patch((0, 0, 0, 0), 20, 20).pngsave_buffer()

    assert [b"\xff\xff\xff", b"\xff\x00\x00"] == [
        number(text(f"{behind}f_blurhash", clear)[2:6]).to_bytes(3, "big") for behind in ("", "b_red,")
    ]


@pytest.mark.parametrize("original", ORIGINALS)
def test_a_thumbhash_knows_shape_and_alpha(original: str) -> None:
    data = base64.b64decode(text("f_thumbhash,w_60", original))
    image = shown("f_png,w_60", original)

    assert (image.width > image.height) == bool(data[4] & 0x80)
    assert (image.hasalpha() and image.extract_band(image.bands - 1).min() < 255) == bool(data[2] & 0x80)


@pytest.mark.parametrize("original", ORIGINALS)
def test_a_preview_is_the_picture_made_tiny(original: str) -> None:
    found = text("f_lqip", original)
    head, _, body = found.partition(",")
    tiny = pixels(base64.b64decode(body))

    assert "data:image/webp;base64" == head
    assert 32 == max(tiny.width, tiny.height) and len(found) < 1_500
    whole = shown("f_png,fl_png32,cs_srgb", original).flatten()
    small = whole.thumbnail_image(tiny.width, height=tiny.height, size="force")
    tiny = tiny.flatten() if tiny.hasalpha() else tiny
    assert difference(small, tiny) < 18


def test_a_palette_tells_colours_and_shares() -> None:
    red, blue = patch((220, 30, 40), 30, 20), patch((20, 60, 200), 10, 20)
    found = json.loads(text("f_palette", red.join(blue, "horizontal").pngsave_buffer()))

    assert [{"color": "#dc1e28", "share": 0.75}, {"color": "#143cc8", "share": 0.25}] == found


def test_a_palette_leaves_out_what_is_not_there() -> None:
    nothing, half = patch((0, 0, 0, 0), 20, 20), patch((9, 99, 199, 255), 20, 20)

    assert [] == json.loads(text("f_palette", nothing.pngsave_buffer()))
    joined = nothing.join(half, "horizontal").pngsave_buffer()
    assert [{"color": "#0963c7", "share": 1.0}] == json.loads(text("f_palette", joined))


@pytest.mark.parametrize("original", ORIGINALS)
def test_a_palette_has_at_most_six_colours(original: str) -> None:
    found = json.loads(text("f_palette", original))
    shares = [entry["share"] for entry in found]

    assert 1 <= len(found) <= 6
    assert sorted(shares, reverse=True) == shares and 0.9 < sum(shares) <= 1.001


def test_facts_are_those_of_the_result() -> None:
    facts = json.loads(text("c_fill,f_json,h_50,w_80", "spinner.gif"))
    alone = {name: text(f"c_fill,f_{name},h_50,w_80", "spinner.gif") for name in ("blurhash", "thumbhash")}
    palette = json.loads(text("c_fill,f_palette,h_50,w_80", "spinner.gif"))

    assert (80, 50, "gif", 12, True) == tuple(
        facts[n] for n in ("width", "height", "format", "pages", "alpha")
    )
    assert alone == {name: facts[name] for name in alone}
    assert (palette, palette[0]["color"]) == (facts["palette"], facts["dominant_color"])


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (2, 1)])
def test_odd_sizes(name: str, size: tuple[int, int]) -> None:
    for channels in ((90,), (90, 120), (1, 2, 3), (1, 2, 3, 60)):
        mode = "b-w" if len(channels) < 3 else "srgb"
        made = rendered(f"f_{name}", patch(channels, *size, interpretation=mode).pngsave_buffer())

        assert size == (made.width, made.height)
        assert made.body


@pytest.mark.parametrize("name", TOLD)
def test_the_first_frame_is_told(name: str) -> None:
    red, blue = patch((255, 0, 0), 20, 20), patch((0, 0, 255), 20, 20)
    moving = framed([red, blue], [100, 100]).webpsave_buffer(lossless=True)

    if name != "json":
        assert text(f"f_{name}", red.pngsave_buffer()) == text(f"f_{name}", moving)


@pytest.mark.parametrize("name", ["blurhash", "thumbhash", "lqip"])
@pytest.mark.parametrize("turn", ["", "a_ignore,"])
def test_what_is_told_is_turned_once(name: str, turn: str) -> None:
    lying = drawn(32, 16, 3).resize(6).copy()
    lying.set_type(GValue.gint_type, "orientation", 6)
    stored = lying.jpegsave_buffer(Q=95)
    seen = rendered(f"{turn}f_png", stored).body

    assert text(f"f_{name}", seen) == text(f"{turn}f_{name}", stored)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 500), (500, 3)])
@pytest.mark.parametrize("color", [(200, 90, 40), (255, 255, 255), (200, 90, 40, 0), (200, 90, 40, 128)])
def test_a_tiny_picture_of_one_colour_has_no_waves(size: tuple[int, int], color: tuple[int, ...]) -> None:
    """Of few pixels all cosines are that of the mean: they would be as loud as it is."""
    data = bytes(patch(color, *size).write_to_buffer(".png"))
    blurred = rendered("f_blurhash", data).body.decode()
    thumb = base64.b64decode(rendered("f_thumbhash", data).body)
    light, chroma = thumb[2] >> 2 & 31, int.from_bytes(thumb[3:5], "little") >> 3 & 0xFFF

    assert "0123456789ABCDEF".find(blurred[1]) >= 0
    assert (0, 0) == (light, chroma)
