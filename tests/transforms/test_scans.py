"""Progressive JPEGs without the scans that a small picture cannot show."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyvips import Image

from tests.transforms.rendering import difference, picture, pixels
from transforms.codecs.jpg import Jpg
from transforms.errors import TransformError
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.plan import RenderPlan, explain, make_plan
from transforms.probe import probe
from transforms.render import render
from transforms.scans import SCANS, Scans, first_scans

DOGS = (Path(__file__).parents[2] / "origin" / "samples" / "dogs.jpg").read_bytes()
PROGRESSIVE = Image.new_from_buffer(DOGS, "").jpegsave_buffer(Q=90, interlace=True)
COARSE = Image.new_from_buffer(DOGS, "").jpegsave_buffer(Q=75, interlace=True)
COARSEST = Image.new_from_buffer(DOGS, "").jpegsave_buffer(Q=60, interlace=True)
FLAT = Image.new_from_buffer(DOGS, "").jpegsave_buffer(Q=74, interlace=True, quant_table=3)
"""Its steps for brightness are those for colour."""
SMALL = Image.new_from_buffer(DOGS, "").thumbnail_image(120).jpegsave_buffer(Q=80, interlace=True)


def scan_count(data: bytes) -> int:
    return probe(data).scans


def in_both_ways(transformation: str, data: bytes) -> list[Image]:
    plans = [make_plan(parse(transformation), probe(data), drop_scans=drop) for drop in (True, False)]
    assert [True, False] == [plan.load.scans != "all" for plan in plans]
    return [pixels(render(plan, data).body) for plan in plans]


def few_scans(data: bytes) -> bytes:
    return first_scans(data, "few")


def of(data: bytes, *, width: int) -> RenderPlan:
    return make_plan(parse(f"w_{width}"), probe(data))


def test_half_of_the_scans_stay() -> None:
    few = few_scans(PROGRESSIVE)

    assert (SCANS, SCANS // 2) == (scan_count(PROGRESSIVE), scan_count(few))
    assert len(few) < len(PROGRESSIVE) / 2
    assert few is few_scans(few)


def test_what_stands_before_the_pixels_stays() -> None:
    turned = Image.new_from_buffer(picture("orientation-6.jpg"), "")
    profiled = turned.resize(4).jpegsave_buffer(interlace=True, profile="srgb")
    few = Image.new_from_buffer(few_scans(profiled), "")

    assert few_scans(profiled) is not profiled
    assert (6, True) == (few.get("orientation"), bool(few.get_typeof("icc-profile-data")))


@pytest.mark.parametrize(
    "transformation", ["w_300", "c_fill,h_100,w_100", "c_thumb,g_north,h_90,w_160", "w_7"]
)
def test_a_small_picture_is_hardly_another(transformation: str) -> None:
    few, full = in_both_ways(f"{transformation},f_png", PROGRESSIVE)

    assert (few.width, few.height) == (full.width, full.height)
    assert difference(few, full) < 2


def test_it_is_planned_and_told() -> None:
    widths = [2056 // ratio for ratio in (3, 4, 5, 6, 20)]
    told = "load       shrink 2 few scans"

    assert explain(of(PROGRESSIVE, width=2056 // 6)).splitlines()[1].startswith(told)
    assert ["all", "first", "first", "few", "few"] == [
        of(PROGRESSIVE, width=width).load.scans for width in widths
    ]


def test_without_them_it_is_planned_in_full() -> None:
    small = parse("w_100")
    unlike = ImageInfo("jpg", 2000, 1000, scans=SCANS + 1)
    plans = [make_plan(small, probe(PROGRESSIVE), drop_scans=False), make_plan(small, unlike)]

    assert ["all", "all"] == [plan.load.scans for plan in plans]


@pytest.mark.parametrize(
    ("data", "scans", "left"),
    [
        (PROGRESSIVE, "few", 5),
        (PROGRESSIVE, "first", 8),
        (COARSE, "few", 8),
        (COARSE, "first", 8),
        (FLAT, "few", 8),
        (FLAT, "first", SCANS),
        (COARSEST, "few", 8),
        (COARSEST, "first", SCANS),
        (PROGRESSIVE, "all", SCANS),
    ],
)
def test_the_coarser_its_steps_the_more_stay(data: bytes, scans: Scans, left: int) -> None:
    assert left == scan_count(first_scans(data, scans))


@pytest.mark.parametrize(("data", "left"), [(PROGRESSIVE, 5), (COARSE, 8)])
def test_steps_of_two_bytes_are_read(data: bytes, left: int) -> None:
    wide = data
    for number in (0, 1):
        narrow = b"\xff\xdb\x00\x43" + bytes([number])
        start = wide.index(narrow)
        steps = b"".join(bytes([0, step]) for step in wide[start + 5 : start + 69])
        wide = wide[:start] + b"\xff\xdb\x00\x83" + bytes([0x10 | number]) + steps + wide[start + 69 :]

    assert left == scan_count(first_scans(wide, "few"))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"interlace": True, "optimize_scans": True, "trellis_quant": True},
    ],
)
def test_another_order_of_scans_is_left_alone(options: dict[str, bool]) -> None:
    data = Image.new_from_buffer(DOGS, "").thumbnail_image(300).jpegsave_buffer(**options)

    assert data is few_scans(data)


@pytest.mark.parametrize("space", ["b-w", "cmyk"])
def test_other_components_are_left_alone(space: str) -> None:
    data = (
        Image.new_from_buffer(DOGS, "")
        .thumbnail_image(300)
        .colourspace(space)
        .jpegsave_buffer(interlace=True)
    )

    assert data is few_scans(data)


def test_restart_intervals_are_part_of_a_scan() -> None:
    data = Image.new_from_buffer(DOGS, "").thumbnail_image(640)
    restarting = data.jpegsave_buffer(interlace=True, restart_interval=5)
    few, full = in_both_ways("w_50,f_png", restarting)

    assert 8 == scan_count(few_scans(restarting))
    assert difference(few, full) < 2


def test_what_is_behind_the_picture_is_left_out() -> None:
    assert few_scans(SMALL) == few_scans(SMALL + b"\xff\xd8\xff\xda junk \xff\xd9")


def test_surprises_are_left_alone() -> None:
    start = SMALL.index(b"\xff\xda")
    twelve_bits = SMALL.replace(b"\xff\xc2\x00\x11\x08", b"\xff\xc2\x00\x11\x0c")
    unknown = SMALL[:start] + b"\xff\xdc" + struct.pack(">HH", 4, 120) + SMALL[start:]
    surprises = [b"", SMALL[:2], SMALL[:-2], SMALL[: start + 30], twelve_bits, unknown, picture("photo.webp")]

    assert all(data is few_scans(data) for data in surprises)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damage_never_breaks_it(draws: st.DataObject) -> None:
    damaged = bytearray(SMALL)
    for at in draws.draw(st.lists(st.integers(2, len(SMALL) - 1), max_size=6)):
        damaged[at] = draws.draw(st.sampled_from([0, 0xFF, 0xD9, 0xDA, 0xC4, 0xD0, damaged[at] ^ 1]))
    data = bytes(damaged[: draws.draw(st.integers(len(SMALL) // 2, len(SMALL)))])
    few = few_scans(data)

    assert few is data or (few.startswith(b"\xff\xd8") and few.endswith(b"\xff\xd9") and len(few) < len(data))


@given(st.integers(600, len(SMALL) - 1), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_a_damaged_picture_is_shown_or_refused(at: int, value: int) -> None:
    damaged = SMALL[:at] + bytes([value]) + SMALL[at + 1 :]
    try:
        plan = make_plan(parse("w_12,f_png"), probe(damaged))
        shown = pixels(render(plan, damaged).body)
    except TransformError as refusal:
        assert refusal.code
        return

    assert (plan.result.width, plan.result.height) == (shown.width, shown.height)


def test_the_codec_reads_what_is_left() -> None:
    plan = of(PROGRESSIVE, width=200)

    assert 2056 // plan.load.shrink == Jpg().load(PROGRESSIVE, plan.load).width
