"""Text layers as they are written: the style, the words and their escapes, variables."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InvalidValue
from transforms.kinds.base import Misread
from transforms.text import TextStyle, fill, read_style, read_text, split_layer, variables_in, write_text
from transforms.textstyle import NAMED_WORDS, WORDS

CORPUS = Path(__file__).parent.parent / "data" / "transformations.txt"
LAYERS = sorted(set(re.findall(r"[lu]_text:([^/,\n]*)", CORPUS.read_text(encoding="utf-8"))))

STYLES = [
    ("Arial_50", "Arial_50"),
    ("Times%20New%20Roman_109_line_spacing_1", "Times%20New%20Roman_109_line_spacing_1"),
    ("Exo%202_66_bold", "Exo%202_66_bold"),
    ("my_own_font_12.50", "my_own_font_12.5"),
    ("notosansjp-medium.otf_55", "notosansjp-medium.otf_55"),
    ("fonts:brand.ttf_40_bold", "fonts:brand.ttf_40_bold"),
    ("Arial_18_underline_italic_bold", "Arial_18_bold_italic_underline"),
    (
        "Arial_18_line_spacing_-3.5_letter_spacing_-2_center",
        "Arial_18_center_letter_spacing_-2_line_spacing_-3.5",
    ),
    ("Arial_18_hinting_full_antialias_none_stroke_end", "Arial_18_end_stroke_antialias_none_hinting_full"),
    ("Arial_18_normal_none_left", "Arial_18_left"),
    ("Arial_18_letter_spacing_0", "Arial_18"),
    ("Arial_18_stroke_bo_2px_solid_white_bold", "Arial_18_bold_stroke_bo_2px_solid_white"),
    ("Arial_18_stroke_bo_2px_solid_rgb:ff0000", "Arial_18_stroke_bo_2px_solid_rgb:ff0000"),
    ("Arial_0", "Arial_1"),
    ("Arial_99999", "Arial_2000"),
    ("hello", "hello"),
    ("font_size", "font_size"),
    ("%E3%82%B4%E3%82%B7%E3%83%83%E3%82%AF_20", "%E3%82%B4%E3%82%B7%E3%83%83%E3%82%AF_20"),
]


@pytest.mark.parametrize(("written", "canonical"), STYLES)
def test_a_style_prints_in_the_order_of_the_sdks(written, canonical):
    style = read_style(written)

    assert str(style) == canonical
    assert read_style(canonical) == style


def test_a_style_says_everything():
    style = read_style(
        "verdana_1_bold_italic_strikethrough_center_stroke_bo_2px_solid_white"
        "_letter_spacing_2.3_line_spacing_3.2_antialias_fast_hinting_slight"
    )

    assert style == TextStyle(
        font="verdana",
        size=1,
        weight="bold",
        style="italic",
        decoration="strikethrough",
        align="center",
        stroke="stroke_bo_2px_solid_white",
        letter_spacing=2.3,
        line_spacing=3.2,
        antialias="fast",
        hinting="slight",
    )


@pytest.mark.parametrize(
    ("written", "told", "nearest"),
    [
        ("", "has no style", None),
        ("_50", "has no style", None),
        ("Arial_50_bolt", "no keyword 'bolt'", "bold"),
        ("Arial_50_bold_light", "two things of a text's weight", None),
        ("Arial_50_left_right", "two things of a text's align", None),
        ("Arial_50_letter_10", "letter_spacing_ takes a number", None),
        ("Arial_50_letter_spacing_wide", "letter_spacing_ takes a number from -500 to 500", None),
        ("Arial_50_line_spacing", "line_spacing_ takes a number", None),
        ("Arial_50_antialias_subpixels", "antialias_ takes one of none, gray", "subpixel"),
        ("Arial_50_hinting", "hinting_ takes one of", None),
        ("Arial_50_stroke_bo_2em_solid_red", "is not a border", None),
        ("Ar%FFial_50", "is not UTF-8", None),
    ],
)
def test_a_wrong_style_is_refused(written, told, nearest):
    with pytest.raises(Misread) as refusal:
        read_style(written)

    assert told in refusal.value.reason
    assert refusal.value.nearest == nearest


KEYWORDS = {name: st.sampled_from(("", *words)) for name, words in {**WORDS, **NAMED_WORDS}.items()}
NUMBERS = st.integers(-400, 400).map(lambda tenths: tenths / 10)
FONTS = st.text(st.characters(codec="utf-8", categories=["L", "Zs"], include_characters=".-"), min_size=1)


@given(
    st.builds(
        TextStyle,
        font=FONTS.filter(str.isprintable),
        size=st.integers(1, 2000).map(float),
        letter_spacing=NUMBERS,
        line_spacing=NUMBERS,
        **KEYWORDS,
    )
)
def test_every_style_reads_back(style):
    assert read_style(str(style)) == style


@pytest.mark.parametrize(
    ("text", "style", "words"),
    [
        ("Arial_20:Hello", "Arial_20", "Hello"),
        ("Arial_20:at 10:30", "Arial_20", "at 10:30"),
        ("Arial_20:see x.ttf_20:y", "Arial_20", "see x.ttf_20:y"),
        ("fonts:brand.ttf_40:Hello:you", "fonts:brand.ttf_40", "Hello:you"),
        ("Arial_20_stroke_bo_1px_solid_rgb:fff_bold:Hi", "Arial_20_stroke_bo_1px_solid_rgb:fff_bold", "Hi"),
        ("caption:Hello", "caption", "Hello"),
        ("hello", "hello", ""),
    ],
)
def test_style_and_words_are_parted(text, style, words):
    assert split_layer(text) == (style, words)


def test_only_a_font_file_is_an_asset():
    assert read_style("fonts:brand.TTF_20").font_asset == "fonts/brand.TTF"
    assert read_style("Arial_20").font_asset is None


@pytest.mark.parametrize("layer", LAYERS)
def test_every_text_of_the_corpus_reads(layer):
    style, words = split_layer(layer)

    assert read_style(str(read_style(style))) == read_style(style)
    assert read_text(write_text(read_text(words))) == read_text(words)


def test_the_corpus_has_texts():
    assert len(LAYERS) >= 35


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Hello%20World%252C%20Nice%20to%20meet%20you%3F", "Hello World, Nice to meet you?"),
        ("he%252C%252F%20llo", "he,/ llo"),
        ("abc%252C%CE%B1%CE%B2%CE%B3%252F%D7%90%D7%91%D7%92", "abc,αβγ/אבג"),
        ("$(start)Hello%20$(name)%252C%20%24%28no%20%29$(end)", "$(start)Hello $(name), $(no )$(end)"),
        ("50%25%20off", "50% off"),
        ("two%0Alines", "two\nlines"),
        ("", ""),
    ],
)
def test_words_of_the_sdks_print_as_they_came(raw, text):
    assert read_text(raw) == text
    assert write_text(text) == raw


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("two%250Alines", "two\nlines"),
        ("two%0D%0Alines", "two\nlines"),
        ("Cool%25F0%259F%2598%258D", "Cool\N{SMILING FACE WITH HEART-SHAPED EYES}"),
        ("50%25de", "50%de"),
        ("100%", "100%"),
        ("%25C3%2528", "%C3("),
        ("raw 【中文】!", "raw 【中文】!"),
        ("%24(name)", "$(name)"),
    ],
)
def test_other_spellings_read_alike(raw, text):
    assert read_text(raw) == text


@pytest.mark.parametrize("raw", ["%FF", "a%00b", "a%2500b", "a\x1bb", "a%C2%80"])
def test_what_no_text_can_show_is_refused(raw):
    with pytest.raises(Misread):
        read_text(raw)


WRITABLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


@given(st.one_of(WRITABLE, st.text(st.sampled_from("%2C4E9A,/$(n)é\n"), max_size=12)))
def test_every_text_reads_back(text):
    assert read_text(write_text(text)) == text


@given(WRITABLE)
def test_what_is_written_parts_nothing(text):
    assert not set(",/ ?#\n") & set(write_text(text))


def test_variables_are_filled_once():
    text = "$(greeting) $(name), $(count) of $(share): $(no ) $5"

    assert variables_in(text) == ("greeting", "name", "count", "share")
    values = {"greeting": "Hi $(name)", "name": "<Ana>", "count": 3.0, "share": 0.25}
    assert fill(text, values) == "Hi $(name) <Ana>, 3 of 0.25: $(no ) $5"


def test_a_variable_that_is_not_there_is_told():
    with pytest.raises(InvalidValue, match=r"\$\(titel\)") as refusal:
        fill("$(titel)", {"title": "x"})

    assert refusal.value.nearest == "title"
