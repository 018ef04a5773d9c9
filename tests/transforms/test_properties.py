"""What holds for every recipe and every original, tried with random ones."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pyvips import Image

from tests.transforms.inventing import planned
from tests.transforms.languages import EFFECTS, PARAMETERS, examples, recipes
from tests.transforms.rendering import framed, patch
from tests.transforms.samples import KINDS
from transforms import offline
from transforms.catalog import OFFERED
from transforms.composite import Composite
from transforms.errors import TransformError
from transforms.formats import FORMATS
from transforms.frame import ImageInfo
from transforms.knowledge import Details, Loaded, SourceId
from transforms.limits import Limits, check_on_the_way
from transforms.load import loaded_frame
from transforms.operations import Operation
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, explain
from transforms.recipe import Recipe
from transforms.render import render
from transforms.rewrites import frames_through

DETAILS = Details(tags=("sale",), context=(("a", "b"),), coordinates=(1.0, 1.0, 10.0, 10.0))

cases = settings(
    derandomize=True,
    deadline=None,
    max_examples=250,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def read(text: str) -> Recipe:
    """The recipe, where it reads: the tests of the parser are about those that do not."""
    try:
        return parse(text)
    except TransformError as refusal:
        event(f"does not read: {refusal.code}")
        assume(False)
        raise


def test_every_key_is_tried() -> None:
    assert set(OFFERED) <= set(PARAMETERS)


@given(st.one_of(recipes, examples))
@cases
def test_the_canonical_form_reads_back(text: str) -> None:
    recipe = read(text)

    assert recipe == parse(str(recipe))
    assert str(recipe) == str(parse(str(recipe)))


@given(recipes, st.integers())
@cases
def test_the_order_of_parameters_is_no_matter(text: str, seed: int) -> None:
    recipe, shuffled = read(text), parse("/".join(in_another_order(text.split("/"), random.Random(seed))))

    assert recipe == shuffled
    assert str(recipe) == str(shuffled)
    original = ImageInfo("png", 300, 200, alpha=True)
    assert answer(recipe, original) == answer(shuffled, original)


def in_another_order(components: list[str], chance: random.Random) -> list[str]:
    return [",".join(chance.sample(parts, len(parts))) for parts in (c.split(",") for c in components)]


def answer(recipe: Recipe, original: ImageInfo) -> str:
    """What decides the pixels, or why there are none."""
    try:
        return digest_text(planned(recipe, original, faces=2, details=DETAILS))
    except TransformError as refusal:
        return f"{refusal.code}: {refusal}"


sides = st.one_of(st.integers(1, 40), st.integers(200, 4_000), st.integers(1, 20_000))
originals = st.builds(
    ImageInfo,
    format=st.sampled_from([name for name, format in FORMATS.items() if format.read]),
    width=sides,
    height=sides,
    pages=st.integers(1, 150),
    animated=st.booleans(),
    alpha=st.booleans(),
    orientation=st.integers(1, 8),
    progressive=st.booleans(),
    color=st.sampled_from(["srgb", "gray", "p3", "cmyk"]),
)


@given(recipes, originals, originals, st.integers(0, 3))
@cases
def test_planning_raises_nothing_but_its_own_errors(
    text: str, original: ImageInfo, logo: ImageInfo, faces: int
) -> None:
    recipe = read(text)
    try:
        plan = planned(recipe, original, faces=faces, logo=logo, details=DETAILS)
    except TransformError as refusal:
        event(f"refused: {refusal.code}")
        assert str(refusal)
        assert refusal.position is None or 0 <= refusal.position < len(text)
        return
    event("planned")
    assert_within_limits(plan)
    assert explain(plan).startswith("original ")
    assert digest_text(plan) == digest_text(
        planned(parse(str(recipe)), original, faces=faces, logo=logo, details=DETAILS)
    )


def assert_within_limits(plan: RenderPlan) -> None:
    limits = Limits()
    frame = loaded_frame(plan.load, plan.original)
    assert frame.pixels <= limits.max_intermediate_pixels
    for operation in plan.operations:
        frame = operation.frame_after(frame)
        assert min(frame.width, frame.height) >= 1
        check_on_the_way((frame,), limits)
        assert_layers_within_limits(operation, limits)
    assert (frame.width, frame.height) == (plan.result.width, plan.result.height)
    assert max(frame.width, frame.height) <= limits.max_output_side
    assert frame.width * frame.height <= limits.max_output_pixels


def assert_layers_within_limits(operation: Operation, limits: Limits) -> None:
    if isinstance(operation, Composite) and isinstance(base := operation.layer.base, Loaded):
        check_on_the_way((loaded_frame(base.load, base.original),), limits)
        check_on_the_way(
            frames_through(operation.layer.operations, loaded_frame(base.load, base.original)), limits
        )
        for inner in operation.layer.operations:
            assert_layers_within_limits(inner, limits)


# Rendered for real


@cache
def film() -> bytes:
    frames = [patch((n * 40,), 40, 30, "b-w") for n in range(3)]
    return bytes(framed(frames, [100] * 3).write_to_buffer(".gif"))


@cache
def original_of(name: str) -> bytes:
    return film() if name == "film" else bytes(KINDS[name].write_to_buffer(".png"))


def find(source: SourceId) -> bytes:
    if source.kind == "file":
        return b"0 4095\n" + b"0 0 0\n" * 8
    return original_of("colour with alpha")


SMALL = Limits(max_output_pixels=300_000, max_intermediate_pixels=600_000)
"""So that no random recipe takes long."""


@given(recipes, st.sampled_from(["film", *KINDS]))
@settings(cases, max_examples=120)
def test_what_comes_out_is_what_was_planned(text: str, name: str) -> None:
    recipe, data = read(text), original_of(name)
    try:
        settled = offline.settle(recipe, data, find=find, details=DETAILS, limits=SMALL)
    except TransformError as refusal:
        event(f"refused: {refusal.code}")
        return
    event("rendered")
    assert_rendered_as_planned(settled, data)


def assert_rendered_as_planned(settled: offline.Settled, data: bytes) -> None:
    plan = settled.plan
    rendition = render(plan, data, settled.layers)
    expected = (plan.save.format, plan.result.width, plan.result.height, plan.result.pages)

    assert expected == (rendition.format, rendition.width, rendition.height, rendition.pages)
    if not FORMATS[rendition.format].told and FORMATS[rendition.format].extra is None:
        image = Image.new_from_buffer(rendition.body, "")
        image.copy_memory()
        assert expected[1:3] == (image.width, image.height), settled.plan


@pytest.mark.parametrize("name", ["film", "gray with alpha", "wide gamut", "one half clear pixel", "line"])
def test_every_example_renders_on_every_kind_of_picture(name: str) -> None:
    """Or is refused by the core's own errors."""
    for example in EFFECTS:
        data = original_of(name)
        try:
            settled = offline.settle(parse(example), data, find=find, details=DETAILS, limits=SMALL)
        except TransformError as refusal:
            assert str(refusal)
        else:
            assert_rendered_as_planned(settled, data)
