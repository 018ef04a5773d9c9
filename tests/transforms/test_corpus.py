"""Every line of the corpus is read, or refused by name."""

from __future__ import annotations

from collections import Counter

import pytest

from proxy.url import read_delivery_url
from tests.transforms.corpus import LINES, NAMED, PATHS, SLIPS, outcome, read
from transforms import lexer
from transforms.catalog import KEYS
from transforms.errors import NotOffered
from transforms.parser import is_component, parse

READ_AT_LEAST = 1_460
"""How many lines are within the language. This only ever grows."""

SHORTER = {
    "co_lightblue,e_outline:outer:100": "co_lightblue,e_outline:100",
    "co_orange,e_outline:outer:15:200": "co_orange,e_outline:15:200",
    "co_red,e_outline:inner_fill:5": "co_red,e_outline:inner_fill",
    "co_rgb:0066ff,e_outline:outer:15:200": "co_rgb:0066ff,e_outline:15:200",
    "e_auto_color:100": "e_auto_color",
    "e_blackwhite:50": "e_blackwhite",
    "e_cartoonify:50:bw": "e_cartoonify:bw",
    "e_contrast:level_50;type_sigmoidal": "e_contrast:50",
    "e_improve:outdoor": "e_improve",
    "e_outline:outer:20:200": "e_outline:20:200",
    "e_sepia:-10": "e_sepia:1",
    "e_sharpen:100": "e_sharpen",
    "e_shear:20.0:0.0": "e_shear:20",
    "e_shear:20:0": "e_shear:20",
    "e_simulate_colorblind:deuteranopia": "e_simulate_colorblind",
    "fl_streaming_attachment:my_streaming_video%2Emp4": "fl_streaming_attachment:my_streaming_video%252Emp4",
}
"""What an SDK writes longer than needed, or past a limit: defaults go, and a limit is what counts."""


def test_every_line_is_read_or_refused_by_name() -> None:
    counts = Counter(map(outcome, LINES))

    assert (0, len(SLIPS)) == (counts["unknown"], counts["slip"])
    assert counts["read"] >= READ_AT_LEAST


@pytest.mark.parametrize("line", SLIPS)
def test_slips_stand_in_the_corpus(line: str) -> None:
    assert line in LINES


def test_the_canonical_form_reads_back() -> None:
    for line in LINES:
        if outcome(line) == "read":
            recipe = read(line)

            assert recipe == parse(str(recipe), named=NAMED), line
            assert str(recipe) == str(parse(str(recipe), named=NAMED)), line


def test_refusals_name_what_they_refuse() -> None:
    """The first word of the answer stands in the line, up to its colon: `/video/upload/`, `fps_`."""
    for line in LINES:
        if outcome(line) == "refused by name":
            with pytest.raises(NotOffered) as refused:
                read(line)
            name = str(refused.value).split(" ")[0].partition(":")[0].replace("l_video", "_video")

            assert name in f"/{line}", str(refused.value)
            assert "not offered" in str(refused.value)


def test_every_transformation_falls_into_components() -> None:
    for line in LINES:
        if not line.startswith(PATHS):
            components = list(lexer.components(line))
            assert components
            assert all(is_component(segment) for segment in line.split("/") if segment), line
            assert {piece.key for pieces in components for piece in pieces} <= KEYS, line


def in_order(component: str) -> str:
    """The parameters of a component as SDKs sort them: conditions, variables, then all by their text."""
    first = {"if": 0, "$": 1}
    parameters = filter(None, set(component.split(",")))
    return ",".join(sorted(parameters, key=lambda p: (first.get(p[: 2 - p.startswith("$")], 2), p)))


def test_what_the_sdks_write_is_canonical() -> None:
    """Where an SDK sorted the parameters, the canonical form is what it wrote, character by character."""
    longer = {}
    for line in LINES:
        if not line.startswith((*PATHS, "bl_")) and outcome(line) == "read" and "t_" not in line:
            written, canonical = line.strip("/").split("/"), str(parse(line)).split("/")
            pairs = zip(map(in_order, written), canonical, strict=True)
            longer |= {as_sorted: shorter for as_sorted, shorter in pairs if as_sorted != shorter}

    assert longer == SHORTER


def test_paths_lead_back_to_themselves() -> None:
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
