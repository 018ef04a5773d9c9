"""Effects that change outline, opacity or size: how they are read, printed and refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from transforms.actions.blends import BLENDS
from transforms.actions.shapes import SHAPES
from transforms.errors import InvalidValue
from transforms.parser import parse

CORPUS = Path(__file__).parents[1] / "data" / "transformations.txt"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("e_trim:10", "e_trim"),
        ("e_trim:30:WHITE", "e_trim:30:white"),
        ("e_trim:white", "e_trim:white"),
        ("e_trim:10:white", "e_trim:white"),
        ("e_trim:15:rgb:ff0000", "e_trim:15:rgb:ff0000"),
        ("e_trim:rgb:f00", "e_trim:rgb:f00"),
        ("e_trim:500", "e_trim:100"),
        ("e_trim:-5", "e_trim:0"),
        ("e_outline:outer:100", "e_outline:100"),
        ("e_outline:outer", "e_outline"),
        ("e_outline:5:0", "e_outline"),
        ("e_outline:5:200", "e_outline:5:200"),
        ("e_outline:inner_fill:5:200", "e_outline:inner_fill:5:200"),
        ("e_outline:inner_fill:5", "e_outline:inner_fill"),
        ("e_outline:0", "e_outline:1"),
        ("e_outline:-3:9000", "e_outline:1:2000"),
        ("e_shadow:40", "e_shadow"),
        ("e_shadow:200,y_-3,x_2,co_red", "co_red,e_shadow:100,x_2,y_-3"),
        ("e_dropshadow:spread_50;azimuth_10", "e_dropshadow:azimuth_10"),
        ("e_dropshadow:elevation_95;azimuth_999", "e_dropshadow:azimuth_360;elevation_90"),
        ("e_dropshadow:azimuth_215", "e_dropshadow"),
        ("e_gradient_fade:20", "e_gradient_fade"),
        ("e_gradient_fade:symmetric:20", "e_gradient_fade:symmetric"),
        ("e_gradient_fade:symmetric_pad:50,x_0.20", "e_gradient_fade:symmetric_pad:50,x_0.2"),
        ("e_gradient_fade:101", "e_gradient_fade:100"),
        ("e_opacity_threshold:0", "e_opacity_threshold:1"),
        ("e_opacity_threshold:50", "e_opacity_threshold"),
        ("e_make_transparent:10", "e_make_transparent"),
        ("e_make_transparent:101,co_red", "co_red,e_make_transparent:100"),
        ("e_bgremoval:screen:fff", "e_bgremoval:screen:fff"),
        ("e_bgremoval:rgb:00ff00", "e_bgremoval:rgb:00ff00"),
        ("e_distort:arc:180.0", "e_distort:arc:180"),
        ("e_distort:arc:-400", "e_distort:arc:-360"),
        ("e_distort:01:1:1:99:99:99:99:1", "e_distort:1:1:1:99:99:99:99:1"),
        ("e_shear:20.0:0.0", "e_shear:20"),
        ("e_shear:0:75", "e_shear:0:75"),
        ("e_shear:12.5:-3", "e_shear:12.5:-3"),
    ],
)
def test_canonical_form(written: str, canonical: str) -> None:
    recipe = parse(written)

    assert canonical == str(recipe)
    assert parse(canonical) == recipe


def corpus() -> list[str]:
    """What the SDKs write of these effects, without variables."""
    names = "|".join(effect.code for effect in (*SHAPES, *BLENDS))
    text = CORPUS.read_text(encoding="utf-8")
    return sorted({f for f in re.findall(rf"\b(?:{names})(?![a-z_])[^,/\n]*", text) if "$" not in f})


def test_the_corpus_has_them() -> None:
    assert len(corpus()) > 45


@pytest.mark.parametrize("written", corpus())
def test_what_sdks_write(written: str) -> None:
    """The effect is read, and its canonical form reads back to it."""
    name = written.partition(":")[0]
    effect = next(effect for effect in (*SHAPES, *BLENDS) if effect.code == name)
    read = effect.read(written.partition(":")[2])

    assert read == effect.read(str(read).partition(":")[2])


@pytest.mark.parametrize(
    ("written", "expected", "nearest"),
    [
        ("e_trim:10:whit", "a tolerance from 0 to 100 or a colour", "white"),
        ("e_trim:10:white:3", "a tolerance from 0 to 100 or a colour", "white"),
        ("e_outline:iner", "one of outer, fill, inner, inner_fill", "inner"),
        ("e_outline:inner:wide", "an integer from 1 to 100", None),
        ("e_outline:5:0:3", "more than the 3 arguments", None),
        ("e_shadow:dark", "an integer from 0 to 100", None),
        ("e_dropshadow:azimut_20", "one of azimuth_n, elevation_n, spread_n", "azimuth"),
        ("e_dropshadow:azimuth_x", "an integer from 0 to 360", None),
        ("e_dropshadow:azimuth_1;azimuth_2", "says azimuth twice", None),
        ("e_gradient_fade:symetric", "one of symmetric, symmetric_pad", "symmetric"),
        ("e_gradient_fade:plain", "one of symmetric, symmetric_pad", None),
        ("e_make_transparent:some", "an integer from 0 to 100", None),
        ("e_bgremoval:screan", "screen:, a colour", "screen"),
        ("e_bgremoval:screen:gren", "a colour", "green"),
        ("e_opacity_threshold:half", "an integer from 1 to 100", None),
        ("e_distort", "eight coordinates", None),
        ("e_distort:1:2:3:4:5:6:7", "eight coordinates", None),
        ("e_distort:0:0:10:0:10:x:0:10", "an integer from -32767 to 32767", None),
        ("e_distort:arc", "e_distort:arc: and its degrees", None),
        ("e_distort:arc:5:6", "e_distort:arc: and its degrees", None),
        ("e_distort:arc:round", "a number from -360 to 360", None),
        # Sides that cross, a dent, three corners on a line, and a single point.
        ("e_distort:0:0:10:10:10:0:0:10", "without a dent", None),
        ("e_distort:0:0:10:0:3:3:0:10", "without a dent", None),
        ("e_distort:0:0:10:0:20:0:0:10", "without a dent", None),
        ("e_distort:5:5:5:5:5:5:5:5", "without a dent", None),
        ("e_shear:90", "a right angle", None),
        ("e_shear:0:-270", "a right angle", None),
        ("e_shear:x", "a number from -360 to 360", None),
    ],
)
def test_what_is_refused(written: str, expected: str, nearest: str | None) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse(written)

    assert expected in str(refused.value)
    assert nearest == refused.value.nearest


def test_background_removal_by_a_model_is_still_refused_by_name() -> None:
    """One name begins the other's."""
    names = {effect.code for effect in SHAPES}

    assert "e_background_removal" not in names
    assert "e_bgremoval" in names
