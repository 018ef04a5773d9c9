"""Second encodes: smaller, and no worse to look at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ssimulacra2 import compute_ssimulacra2

from tests.transforms.rendering import picture, pixels
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, explain, make_plan
from transforms.probe import probe
from transforms.render import render
from transforms.rendition import Rendition
from transforms.second import SECOND, second_save

DANDELION = (Path(__file__).parents[2] / "origin" / "samples" / "dandelion.jpg").read_bytes()


def second(transformation: str, data: bytes = DANDELION) -> tuple[RenderPlan, RenderPlan | None]:
    """The plan of a request, and that of its second encode."""
    recipe = parse(transformation)
    plan = make_plan(recipe, probe(data))
    save = second_save(plan.save, recipe)
    return plan, replace(plan, save=save) if save is not None else None


def score(made: Rendition, folder: Path) -> float:
    """SSIMULACRA2 of a result of DANDELION at that size against the same without loss."""
    exact, result = str(folder / "exact.png"), str(folder / "result.png")
    lossless = render(make_plan(parse(f"w_{made.width},f_png"), probe(DANDELION)), DANDELION)
    pixels(lossless.body).pngsave(exact, keep="none")
    pixels(made.body).pngsave(result, keep="none")
    return float(compute_ssimulacra2(exact, result))


@pytest.mark.parametrize("format", SECOND)
def test_it_is_smaller_and_looks_no_worse(format: str, tmp_path: Path) -> None:
    plan, again = second(f"w_320,f_{format}")
    assert again is not None
    before, after = render(plan, DANDELION), render(again, DANDELION)

    assert len(after.body) < 0.97 * len(before.body)
    assert score(after, tmp_path) > score(before, tmp_path) - 0.5
    assert (before.width, before.height, before.format) == (after.width, after.height, after.format)
    assert len(after.body) == dict(after.notes)["bytes"]


def test_it_is_the_same_each_time() -> None:
    _, again = second("w_100,q_auto,f_webp")
    assert again is not None

    assert render(again, DANDELION).body == render(again, DANDELION).body


@pytest.mark.parametrize(
    ("transformation", "progressive"),
    [("w_100,f_jpg", "steep"), ("fl_progressive:none,w_100,f_jpg", None), ("w_100,q_auto,f_jpg", "steep")],
)
def test_a_jpeg_builds_up_unless_it_must_not(transformation: str, progressive: str | None) -> None:
    _, again = second(transformation)
    assert again is not None

    assert progressive == again.save.progressive
    assert (progressive is not None) == bool(pixels(render(again, DANDELION).body).get_typeof("interlaced"))


@pytest.mark.parametrize(
    "transformation", ["w_100,f_png", "w_100,f_gif", "f_jpg,q_auto:bytes_4k,w_100", "cs_cmyk,f_jpg,w_100"]
)
def test_what_gains_nothing_has_no_second(transformation: str) -> None:
    assert second(transformation)[1] is None


def test_there_is_no_third() -> None:
    recipe = parse("w_100,f_webp")
    again = second("w_100,f_webp")[1]
    assert again is not None

    assert second_save(again.save, recipe) is None


def test_it_has_a_key_and_an_explanation_of_its_own() -> None:
    plan, again = second("w_100,f_avif")
    assert again is not None

    assert digest_text(plan) != digest_text(again)
    assert "save       avif q=60 thorough" == explain(again).splitlines()[-1]


@pytest.mark.parametrize("name", ["alpha.png", "gray.jpg", "gray-alpha.png", "p3.png"])
@pytest.mark.parametrize("format", SECOND)
def test_every_kind_of_picture_can_have_one(name: str, format: str) -> None:
    data = picture(name)
    plan, again = second(f"w_60,f_{format}", data)
    assert again is not None
    before, after = render(plan, data), render(again, data)

    assert len(after.body) <= 1.2 * len(before.body)
    assert pixels(before.body).bands == pixels(after.body).bands
