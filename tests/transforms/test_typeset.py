"""Texts as they are drawn: what is planned is what comes out, and it looks as it was asked for."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyvips import Image

from tests.transforms.rendering import picture, rendered
from tests.transforms.texts import BOOK, block, difference, drawn, ink, size
from transforms.errors import InvalidValue, LimitExceeded, TransformError
from transforms.fontbook import asset_family, asset_runs
from transforms.fontfile import renamed
from transforms.fonts import CONFIGURATION
from transforms.fonts import FOLDER as SHIPPED_FOLDER
from transforms.looks import LOOKS
from transforms.text import TextBlock, read_style, text_block
from transforms.typeset import draw, measure

FOLDER = Path(SHIPPED_FOLDER)
RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)
LINES = "The quick brown fox jumps over the lazy dog and runs away again"


@pytest.mark.parametrize(
    "layer",
    [
        "Arial_1:i",
        "Arial_13.5:Hello",
        "Times_40_bold_italic:fjord",
        "Arial_40_underline:gone",
        "Arial_40_strikethrough:gone",
        "Arial_20_letter_spacing_-3:tight",
        "Arial_30_line_spacing_-9.5:one%0Atwo",
        "Arial_20_justify:" + LINES,
        "Arial_20:שלום 123",
        "Arial_20_antialias_none:x",
        "Arial_20_stroke:x",
        "Arial_20:中",
    ],
)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"no_trim": True},
        {"width": 90},
        {"width": 90, "height": 40, "background": RED},
        {"border": (2.5, RED)},
        {"background": (0, 0, 0, 64), "border": (3, RED), "no_trim": True},
    ],
)
def test_what_is_measured_is_drawn(layer, options):
    image = drawn(layer, **options)

    assert (image.width, image.height) == size(layer, **options)
    assert (image.bands, image.format, image.interpretation) == (4, "uchar", "srgb")
    assert ink(image) > 0


def test_the_box_is_that_of_the_ink():
    image = drawn("Arial_80:Hx")
    left, top, width, height = image.extract_band(3).find_trim(background=[0], threshold=10)

    assert left <= 1 and top <= 1
    assert image.width - width <= 2 and image.height - height <= 2


def test_letters_are_as_wide_as_in_the_font_meant():
    """Arial's own, in 2048ths of the size: H 1479, e 1139, l 455, o 1139; 1854 above the line, 434 below."""
    width, height = size("Arial_200:Hello", no_trim=True)

    assert width == pytest.approx(200 * (1479 + 1139 + 2 * 455 + 1139) / 2048, abs=2)
    assert height == pytest.approx(200 * (1854 + 434) / 2048, abs=3)


def test_the_size_is_in_pixels():
    _, height = size("Arial_100:H")

    assert height == pytest.approx(100 * 1409 / 2048, abs=1)


def test_bold_has_more_ink_and_italic_leans():
    regular, bold, italic = (drawn(f"Arial_60{kind}:Hill") for kind in ("", "_bold", "_italic"))

    assert ink(bold) > 1.2 * ink(regular)
    assert italic.width > regular.width
    assert italic.height == pytest.approx(regular.height, abs=1)


def test_serif_is_another_face():
    assert size("Times_60:Hill") != size("Arial_60:Hill")
    assert size("Georgia_60:Hill") == size("Times_60:Hill")


def test_an_underline_runs_below_all_of_the_line():
    plain, under = drawn("Arial_50:no on"), drawn("Arial_50_underline:no on")
    rows = [under.extract_band(3).crop(1, y, under.width - 2, 1).min() for y in range(under.height)]

    assert under.height > plain.height
    assert 255 in rows[plain.height - 2 :]


def test_a_strike_runs_through_the_middle():
    struck = drawn("Arial_50_strikethrough:nnn nnn")
    rows = [struck.extract_band(3).crop(1, y, struck.width - 2, 1).min() for y in range(struck.height)]

    assert 255 in rows[struck.height // 4 : struck.height * 3 // 4]


def test_letters_are_spaced_by_pixels():
    width, height = size("Arial_40:spaced")

    assert size("Arial_40_letter_spacing_10:spaced") == (pytest.approx(width + 50, abs=1), height)
    assert size("Arial_40_letter_spacing_-2:spaced") == (pytest.approx(width - 10, abs=1), height)


@pytest.mark.parametrize("spacing", [10, 1, -7])
def test_lines_are_spaced_by_pixels(spacing):
    width, height = size("Arial_40:Hx%0AHx%0AHx")

    assert size(f"Arial_40_line_spacing_{spacing}:Hx%0AHx%0AHx") == (width, height + 2 * spacing)


def test_lines_break_where_the_width_ends():
    whole = size("Arial_20:" + LINES)
    width, height = size("Arial_20:" + LINES, width=150)

    assert whole[0] > 500 and whole[1] < 25
    assert 100 < width <= 150
    assert height > 4 * 20


def test_a_long_word_is_broken_rather_than_longer_than_the_line():
    width, height = size("Arial_20:Donaudampfschiff", width=80)

    assert width <= 80
    assert height > 30


def test_what_is_too_much_for_the_height_is_cut():
    width, height = size("Arial_20:" + LINES, width=150, height=60)
    shown = drawn("Arial_20:" + LINES, width=150, height=60)

    assert (width, height) == (shown.width, shown.height)
    assert width <= 150 and 30 < height <= 60
    assert size("Arial_20:" + LINES, width=150, height=400) == size("Arial_20:" + LINES, width=150)


def test_a_box_that_holds_nothing_shows_one_letter():
    image = drawn("Arial_40:Hello", width=5, height=5)

    assert ink(image) > 10


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"width": 100}, True),
        ({"width": 100, "height": 40}, True),
        ({"width": 100, "height": 20}, False),
        ({"width": 30}, False),
    ],
)
def test_overflow_is_an_error_where_it_is_not_allowed(options, fits):
    layer = "Arial_20:Hello wide World"
    if fits:
        width, height = size(layer, disallow_overflow=True, **options)
        assert width <= options["width"] and height <= options.get("height", 1000)
        return
    with pytest.raises(InvalidValue, match="the text needs ") as refusal:
        size(layer, disallow_overflow=True, **options)

    assert refusal.value.code == "text_overflow"


def test_untrimmed_text_keeps_its_lines_and_bearings():
    trimmed, whole = size("Arial_100:x"), size("Arial_100:x", no_trim=True)
    two, three = (size(f"Arial_100:{text}", no_trim=True)[1] for text in ("x%0Ax", "x%0Ax%0A"))

    assert whole[0] > trimmed[0] and whole[1] == pytest.approx(115, abs=2)
    assert (two, three) == (2 * whole[1], 3 * whole[1])
    assert size("Arial_100: x ", no_trim=True)[0] == pytest.approx(whole[0] + 2 * 27.8, abs=2)


def weight_left_and_right(image: Image, top: int, height: int) -> tuple[float, float]:
    row = image.extract_band(3).crop(0, top, image.width, height)
    half = image.width // 2
    return row.crop(0, 0, half, height).avg(), row.crop(image.width - half, 0, half, height).avg()


@pytest.mark.parametrize(
    ("align", "text", "left", "right"),
    [
        ("", "iii%0Ammmmmm", True, False),
        ("_left", "iii%0Ammmmmm", True, False),
        ("_start", "iii%0Ammmmmm", True, False),
        ("_right", "iii%0Ammmmmm", False, True),
        ("_end", "iii%0Ammmmmm", False, True),
        ("_center", "iiii%0Ammmmmm", True, True),
        ("", "ששש%0Aשששששששש", False, True),
        ("_start", "ששש%0Aשששששששש", False, True),
        ("_end", "ששש%0Aשששששששש", True, False),
        ("_left", "ששש%0Aשששששששש", True, False),
        ("_right", "ששש%0Aשששששששש", False, True),
    ],
)
def test_lines_keep_to_their_side(align, text, left, right):
    image = drawn(f"Arial_30{align}:{text}")
    weights = weight_left_and_right(image, 0, 20)

    assert (weights[0] > 0, weights[1] > 0) == (left, right)


def test_justified_lines_reach_both_sides():
    ragged = drawn("Arial_20:" + LINES, width=200)
    justified = drawn("Arial_20_justify:" + LINES, width=200)
    reach = [
        max(x for x in range(image.width) if image.extract_band(3).crop(x, line * 23, 1, 17).max() > 100)
        for image in (ragged, justified)
        for line in (0, 1, 2)
    ]

    assert max(reach[:3]) - min(reach[:3]) > 4
    assert max(reach[3:]) - min(reach[3:]) <= 3


def test_a_text_is_never_markup():
    tags = drawn("Arial_30:<b>x</b>")
    plain = drawn("Arial_30:x")

    assert tags.width > 4 * plain.width
    assert size("Arial_30:%26amp;")[0] > 2 * size("Arial_30:%26")[0]
    assert size("Arial_30:</span></span>")[0] > 100


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        ("Arial_2000:" + "Hello" * 20, {}),
        ("Arial_20:" + "Hello" * 700, {}),
        ("Arial_200:" + "a%0A" * 500, {}),
        ("Arial_100:" + "Hello " * 500, {"width": 10}),
        ("Arial_20_letter_spacing_500:" + "a" * 500, {}),
        ("Arial_20_line_spacing_2000:" + "a%0A" * 50, {}),
        ("Arial_20:" + "中" * 3000, {}),
    ],
)
def test_a_text_that_would_be_too_large_is_refused(layer, options):
    with pytest.raises(LimitExceeded) as refusal:
        size(layer, **options)

    assert refusal.value.code == "text_too_large"


@pytest.mark.parametrize("text", ["", "%20", "%0A%0A", "\u200b", "\u200d\u2060"])
def test_a_text_that_shows_nothing_is_refused(text):
    with pytest.raises(InvalidValue) as refusal:
        size(f"Arial_20:{text}")

    assert refusal.value.code == "empty_text"


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
PIECES = ("a", "Wide", "שלום", "<b>", "&", "e\u0301", "\n", "中", "\u202e")
STYLES = ("Arial_9", "Times_31_bold_underline", "Arial_20_center_line_spacing_-30", "Arial_1_italic")


@settings(max_examples=60)
@given(
    st.one_of(TEXTS, st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)),
    st.sampled_from(STYLES),
    st.fixed_dictionaries(
        {},
        optional={
            "width": st.integers(1, 200),
            "height": st.integers(1, 60),
            "no_trim": st.booleans(),
            "disallow_overflow": st.booleans(),
            "border": st.just((1.5, RED)),
        },
    ),
)
def test_every_text_is_drawn_as_measured_or_refused(text, style, options):
    read = read_style(style)
    try:
        whole = text_block(BOOK.runs(text, read), read, **options)
        image = draw(whole)
    except TransformError:
        return

    assert (image.copy_memory().width, image.height) == measure(whole)


def test_a_block_is_read_from_what_it_wrote():
    whole = block("Times_20_bold:a\n中", background=RED, border=(2, BLUE), width=30, no_trim=True)

    assert TextBlock.from_json(whole.to_json()) == whole
    assert json.loads(whole.to_json())["width"] == 30


def test_equal_pictures_have_equal_blocks():
    assert block("arial_20.0_left_hinting_full:Hi") == block("Liberation%20Sans_20_left:Hi")
    assert block("arial_20:Hi") != block("arial_20_bold:Hi")


def test_the_look_answers_the_size():
    whole = block("Arial_33:Hello")

    assert LOOKS["text"](None, whole.to_json()) == (tuple(map(float, measure(whole))),)


def test_an_uploaded_font_is_known_to_its_own_text_only(tmp_path):
    """It calls itself as a shipped one, and is another."""
    before = drawn("Arial_40:Hello")
    serif = renamed((FOLDER / "LiberationSerif-Regular.ttf").read_bytes(), "Liberation Sans")
    (tmp_path / "font.ttf").write_bytes(renamed(serif, asset_family("abc")))
    style = read_style("fonts:mine.ttf_40")
    uploaded = draw(text_block(asset_runs("Hello", style, "abc", str(tmp_path / "font.ttf")), style))

    assert difference(uploaded, drawn("Times_40:Hello")) == 0
    assert difference(drawn("Arial_40:Hello"), before) == 0


def test_a_font_without_bold_and_italic_gets_them(tmp_path):
    data = (FOLDER / "LiberationSerif-Regular.ttf").read_bytes()
    path = tmp_path / "font.ttf"
    path.write_bytes(renamed(data, asset_family("def")))
    styles = [read_style(f"x.ttf_40{kind}") for kind in ("", "_bold", "_italic")]
    plain, bold, italic = (draw(text_block(asset_runs("Hill", s, "def", str(path)), s)) for s in styles)

    assert ink(bold) > 1.15 * ink(plain)
    assert italic.width > plain.width + 2


def test_a_font_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "font.ttf").write_bytes(b"no font")
    style = read_style("x.ttf_40")

    with pytest.raises(InvalidValue) as refusal:
        draw(text_block(asset_runs("Hello", style, "0", str(tmp_path / "font.ttf")), style))

    assert refusal.value.code == "broken_font"


CONFINED = """
import resource, sys
sys.path.append(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
import pyvips
pyvips.block_untrusted_set(True)
pyvips.operation_block_set("VipsForeignLoad", True)
import hashlib
from transforms.text import TextBlock
from transforms.typeset import draw
print(hashlib.sha256(draw(TextBlock.from_json(sys.argv[2])).write_to_memory()).hexdigest())
"""


def test_a_worker_that_may_do_nothing_draws_the_same():
    """No home, no file that can be written, no fonts of the system's, and nothing said on the side."""
    whole = block("Arial_40_bold:Hello 中")
    root = str(Path(__file__).parents[2])
    confined = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED, root, whole.to_json()],
        cwd="/",
        env={"PATH": os.environ["PATH"], "FONTCONFIG_FILE": CONFIGURATION},
        capture_output=True,
        text=True,
        check=True,
    )

    assert confined.stdout.strip() == hashlib.sha256(draw(whole).write_to_memory()).hexdigest()
    assert confined.stderr == ""


@pytest.mark.parametrize(
    "transformation",
    [
        "l_text:Arial_20:Hi",
        "l_text:Arial_20_bold:Hi/a_20/fl_layer_apply,g_south",
        "u_text:Times_90:Under%252C%20wide",
        "c_fit,co_white,l_text:Arial_20:a%20text%20of%20many%20words,w_60",
    ],
)
def test_texts_lie_on_pictures(transformation):
    result = Image.new_from_buffer(rendered(f"w_200/{transformation}/f_png", picture("detail.jpg")).body, "")
    without = Image.new_from_buffer(rendered("w_200/f_png", picture("detail.jpg")).body, "")
    left = (result.width - 200) // 2
    changed = result.extract_band(0, n=3).crop(left, 0, 200, without.height) - without

    assert result.height == without.height
    assert (result.width > 200) == transformation.startswith("u_")
    assert (changed.abs().max() > 60) != transformation.startswith("u_")
