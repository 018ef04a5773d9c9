"""How effects of tone and colour are written."""

import re
from pathlib import Path

import pytest

from tests.transforms.rendering import picture, planned
from transforms.actions.tones import TONES
from transforms.errors import InvalidValue, TransformError
from transforms.parser import parse
from transforms.plan import digest_text
from transforms.probe import probe

CORPUS = Path(__file__).parents[1] / "data" / "transformations.txt"
NAMES = "|".join(sorted((effect.code for effect in TONES), key=len, reverse=True))
WRITTEN = sorted(
    {
        found
        for line in CORPUS.read_text(encoding="utf-8").splitlines()
        for found in re.findall(rf"(?:{NAMES})(?::[^,/$]+)?(?=[,/]|$)", line)
    }
    - {"e_art", "e_colorize:N"}
)
"""What the corpus has, but for a look without a name and a placeholder."""


@pytest.mark.parametrize("text", WRITTEN)
def test_the_corpus_reads_back(text):
    recipe = parse(text)

    assert recipe == parse(str(recipe))


@pytest.mark.parametrize(
    "text",
    [
        *("e_sepia:30", "e_contrast:50", "e_contrast:-50", "e_contrast:level_150;type_linear", "e_contrast"),
        *("e_improve:outdoor:10", "e_improve:indoor", "e_fill_light:10:20", "e_assist_colorblind:xray"),
        *("e_tint", "e_tint:20", "e_tint:equalize:80:blue:green:5p", "e_tint:60:rgb:01fe88:32p:blue:64p"),
        *("e_tint:100:red:0p:white:35p:blue:40p:black:60p", "e_tint:100:0000FF:0p:FF1493:100p"),
        *("e_replace_color:red", "e_replace_color:maroon:80:2b38aa", "e_replace_color:rgb:f00:50:rgb:00f"),
        *("e_theme:color_black:photosensitivity_30", "e_theme:color_rgb:ff9900", "e_hue:12.5"),
        "e_recolor:0.1:0.2:0.3:0.4:0.5:0.6:0.7:0.8:0.9",
    ],
)
def test_canonical_as_written(text):
    assert text == str(parse(text))


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("e_sepia:-10", "e_sepia:1"),
        ("e_sepia:200", "e_sepia:100"),
        ("e_brightness:-200", "e_brightness:-99"),
        ("e_brightness:80", "e_brightness"),
        ("e_gamma:999", "e_gamma:150"),
        ("e_blackwhite:50", "e_blackwhite"),
        ("e_improve:50", "e_improve:outdoor:50"),
        ("e_improve:outdoor", "e_improve"),
        ("e_contrast:level_50;type_sigmoidal", "e_contrast:50"),
        ("e_contrast:type_linear;level_999", "e_contrast:level_200;type_linear"),
        ("e_simulate_colorblind:deuteranopia", "e_simulate_colorblind"),
        ("e_theme:photosensitivity_100:color_red", "e_theme:color_red"),
        ("e_tint:60", "e_tint"),
        ("e_tint:equalize", "e_tint:equalize"),
    ],
)
def test_one_canonical_form(written, canonical):
    assert canonical == str(parse(written))


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("e_art", None),
        ("e_art:hokusia", "hokusai"),
        ("e_simulate_colorblind:deuteranopa", "deuteranopia"),
        ("e_contrast:levle_5", "level"),
        ("e_contrast:level_5;type_liner", "linear"),
        ("e_contrast:level_5;level_6", None),
        ("e_improve:outdor", "outdoor"),
        ("e_improve:10:20", None),
        ("e_improve:indoor:10:20", None),
        ("e_sepia:much", None),
        ("e_sepia:1:2", None),
        ("e_tint:80:blu", "blue"),
        ("e_tint:80:5p:blue", None),
        ("e_tint:80:blue:5p:6p", None),
        ("e_tint:1" + ":red" * 11, None),
        ("e_recolor", None),
        ("e_recolor:1:2:3", None),
        ("e_recolor:1:0:0:0:1:0:0:0:x", None),
        ("e_replace_color", None),
        ("e_replace_color:red:30:blue:5", None),
        ("e_replace_color:crimsn", "crimson"),
        ("e_assist_colorblind:xry", "xray"),
        ("e_theme", None),
        ("e_theme:colour_black", "color"),
        ("e_theme:color_black:color_red", None),
        ("e_grayscale:1", None),
    ],
)
def test_what_does_not_read(written, nearest):
    with pytest.raises(TransformError) as refused:
        parse(written)

    assert isinstance(refused.value, InvalidValue)
    assert nearest == refused.value.nearest


def test_equal_colors_make_one_plan():
    def key(text):
        return digest_text(planned(text, probe(picture("detail.jpg"))))

    assert key("e_replace_color:red:50:rgb:0000ff") == key("e_replace_color:rgb:f00:50:blue")
    assert key("e_tint:60:red:blue") == key("e_tint:60:f00:0000FF")
    assert key("e_theme:color_black") == key("e_theme:color_000000")
    assert key("e_tint:60:red:blue") != key("e_tint:60:red:lime")
