"""Every line of the corpus is read, or refused by name.

The lines are transformations and delivery paths that public SDK suites expect; a few are slips on purpose or
speak of named transformations that only their authors have.
"""

from collections import Counter
from pathlib import Path

import pytest

from proxy.url import InvalidUrl, read_delivery_url
from transforms import lexer
from transforms.catalog import KEYS
from transforms.errors import InvalidValue, NotOffered, TransformError, UnknownParameter
from transforms.parser import is_component, parse

CORPUS = Path(__file__).parents[1] / "data" / "transformations.txt"
LINES = CORPUS.read_text(encoding="utf-8").splitlines()
PATHS = tuple(f"{name}/" for name in ("image", "images", "video", "raw", "files", "iu"))

READ_AT_LEAST = 555
"""How many lines are within the language so far. This only ever grows."""

NAMED = dict.fromkeys(
    (
        *("named", "name1", "name2", "name with spaces", "named with spaces", "blip", "foobar", "_foobar"),
        *("image_ratings", "passport_photo", "sample_named_transform", "sample_named_transform2"),
        *(
            "demo_combined",
            "fit_100x150",
            "jpg_with_quality_30",
            "crop_400x400",
            "product_thumb",
            "thumbnail",
        ),
        "vignette_angle",
    ),
    "c_fill,h_150,w_200",
)

SLIPS = {
    "b_color": InvalidValue,
    "b_frames": InvalidValue,
    "c_thumb,g_up,h_80,w_80": InvalidValue,
    "fl_first_flag,fl_second_flag,l_sample": UnknownParameter,
    "fl_my_flag:17": UnknownParameter,
    "fl_whatever": UnknownParameter,
    "w_auto:min:max": InvalidValue,
    "w_auto:min:max:step": InvalidValue,
    "image/upload/fl_abc.def/test": UnknownParameter,
    "image/upload/fl_abc.efg/test": UnknownParameter,
    "image/upload/w_abc/sample.jpg": InvalidValue,
    "image/upload/s--AbCdEfGhI--/sample.jpg": InvalidUrl,
    "image/upload/v1234/folder/file.jpg#": InvalidUrl,
}
"""Lines that really do not read, and why: a placeholder, a made-up flag, a signature of nine characters."""


def transformation_of(line):
    return read_delivery_url(f"/{line}").transformation if line.startswith(PATHS) else line


def outcome(line):
    try:
        recipe = parse(transformation_of(line), named=NAMED)
    except NotOffered:
        return "refused by name"
    except TransformError as error:
        assert SLIPS.get(line) is type(error), f"{line}: {error}"
        return "slip"
    assert recipe == parse(str(recipe), named=NAMED), line
    return "read"


def test_every_line_is_read_or_refused_by_name(capsys):
    counts = Counter(map(outcome, LINES))

    with capsys.disabled():
        print(
            f" {len(LINES)} lines: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))} "
        )
    assert len(SLIPS) == counts["slip"]
    assert counts["read"] >= READ_AT_LEAST
    assert counts["refused by name"] <= len(LINES) - len(SLIPS) - READ_AT_LEAST


@pytest.mark.parametrize("line", SLIPS)
def test_slips_stand_in_the_corpus(line):
    assert line in LINES


def test_every_transformation_falls_into_components():
    for line in LINES:
        if not line.startswith(PATHS):
            components = list(lexer.components(line))
            assert components
            assert all(is_component(segment) for segment in line.split("/") if segment), line
            assert {piece.key for pieces in components for piece in pieces} <= KEYS, line


def test_what_the_sdks_write_is_canonical():
    """Where an SDK sorted the parameters, the canonical form is what it wrote, character by character."""
    for line in LINES:
        if line.startswith(PATHS) or outcome(line) != "read" or "t_" in line:
            continue
        as_sorted = "/".join(",".join(sorted(set(filter(None, c.split(","))))) for c in line.split("/"))

        assert as_sorted == str(parse(line))


def test_paths_lead_back_to_themselves():
    for line in LINES:
        if line.startswith(PATHS) and outcome(line) == "read":
            url = read_delivery_url(f"/{line}")
            recipe = parse(url.transformation, named=NAMED)
            again = read_delivery_url(url.canonical(recipe))

            assert (url.name, url.delivery_type, recipe) == (
                again.name,
                again.delivery_type,
                parse(again.transformation),
            )
