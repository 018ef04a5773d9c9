"""Variants made of a small copy of their original: which may be, and that they look the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from pyvips import Image

from transforms.frame import ImageInfo
from transforms.likeness import ssim
from transforms.limits import Limits
from transforms.mezzanine import MezzanineTerms, from_mezzanine, likeness_question, mezzanine_plan
from transforms.operations import Focus, Resample
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, explain, make_plan
from transforms.probe import probe
from transforms.render import look, render

DANDELION = (Path(__file__).parents[2] / "origin" / "samples" / "dandelion.jpg").read_bytes()
LARGE = ImageInfo("jpg", 6000, 4000)
LIMITS = Limits()
TERMS = MezzanineTerms()
SMALL = MezzanineTerms(min_pixels=100_000, side=400)
"""Terms by which the sample is large."""


def direct(transformation: str, original: ImageInfo = LARGE) -> RenderPlan:
    return make_plan(parse(transformation), original)


def of_copy(plan: RenderPlan, terms: MezzanineTerms = TERMS) -> RenderPlan | None:
    copy = mezzanine_plan(plan.mezzanine_of or plan.original, terms, LIMITS)
    return from_mezzanine(plan, copy, terms, LIMITS) if copy is not None else None


@pytest.mark.parametrize(
    "transformation",
    [
        "w_300",
        "w_800",
        "c_fill,h_200,w_300",
        "c_crop,g_south_east,h_0.5,w_0.5/w_300",
        "a_90/w_300",
        "e_sepia,w_300",
    ],
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_small_variants_are_made_of_it(transformation: str, orientation: int) -> None:
    plan = direct(transformation, replace(LARGE, orientation=orientation))
    made = of_copy(plan)

    assert made is not None
    assert plan.result == made.result
    assert ("jpg", 1, 1600) == (made.load.format, made.original.orientation, made.original.width)
    assert digest_text(plan) != digest_text(made)
    assert "mezzanine" in explain(made)


@pytest.mark.parametrize(
    "transformation",
    [
        "w_801",
        "w_2000",
        "c_crop,h_400,w_600/w_300",
        "a_ignore/w_300",
        "fl_keep_iptc/w_300",
        "e_sepia",
        "",
    ],
)
def test_what_is_not_in_it_is_made_of_the_original(transformation: str) -> None:
    assert of_copy(direct(transformation, replace(LARGE, orientation=6))) is None


def test_what_draws_the_eye_is_looked_for_in_the_original() -> None:
    plan = direct("w_300")
    first = plan.operations[0]
    assert isinstance(first, Resample)
    focused = replace(plan, operations=(replace(first, window=Focus(200, 200)),))

    assert of_copy(plan) is not None and of_copy(focused) is None


@pytest.mark.parametrize(
    "original",
    [
        ImageInfo("jpg", 2400, 1600),
        ImageInfo("jpg", 3000, 2500),
        ImageInfo("png", 6000, 4000),
        ImageInfo("webp", 6000, 4000, alpha=True),
        ImageInfo("webp", 6000, 4000, pages=3, animated=True, delays=(1, 1, 1)),
        ImageInfo("jpg", 6000, 4000, color="cmyk"),
        ImageInfo("jpg", 6000, 4000, color="p3"),
        ImageInfo("avif", 6000, 4000, bits=10),
        ImageInfo("svg", 6000, 4000),
    ],
)
def test_which_originals_have_none(original: ImageInfo) -> None:
    assert mezzanine_plan(original, TERMS, LIMITS) is None


def test_a_variant_that_is_made_of_one_is_not_made_of_another() -> None:
    made = of_copy(direct("w_300"))

    assert made is not None and of_copy(made) is None


@pytest.mark.parametrize(
    "transformation", ["w_100", "c_fill,h_60,w_80", "c_crop,g_south_east,h_0.5,w_0.5/w_50"]
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_it_looks_like_that_of_the_original(transformation: str, orientation: int) -> None:
    data = turned(orientation)
    plan = direct(f"{transformation}/f_png", probe(data))
    made, copy = of_copy(plan, SMALL), mezzanine_plan(probe(data), SMALL, LIMITS)
    assert made is not None and copy is not None
    small = render(copy, data).body
    one, other = (Image.new_from_buffer(each.body, "") for each in (render(plan, data), render(made, small)))

    assert (one.width, one.height) == (other.width, other.height)
    assert ssim(one, other) > 0.93


def test_how_alike_it_is_is_seen_by_a_worker() -> None:
    info = probe(DANDELION)
    copy = mezzanine_plan(info, SMALL, LIMITS)
    assert copy is not None
    good = render(copy, DANDELION).body
    bad = Image.new_from_buffer(good, "").gaussblur(8).jpegsave_buffer(Q=92)
    seen = []
    for body in (good, bad):
        name = hashlib.sha256(body).hexdigest()
        seen.append(look(likeness_question(info, copy, name, SMALL, LIMITS), DANDELION, {name: body})[0][0])

    assert seen[0] > 0.98 > 0.9 > seen[1]


def turned(orientation: int) -> bytes:
    """The sample, to be turned by whoever shows it."""
    image = Image.new_from_buffer(DANDELION, "").copy()
    image.set_type(Image.new_from_buffer(DANDELION, "").get_typeof("width"), "orientation", orientation)
    body: bytes = image.jpegsave_buffer(Q=90)
    return body
