"""Plans, in the words of `explain`: the file of cases, what plans share, and what they keep apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.inventing import planned
from transforms.errors import TransformError
from transforms.frame import Frame, ImageInfo
from transforms.limits import Limits
from transforms.load import loaded_frame
from transforms.operations import Focus, Rect, Resample
from transforms.parser import parse
from transforms.plan import RenderPlan, digest_text, explain

CASES = Path(__file__).parents[1] / "cases" / "plans.txt"


def read_original(line: str) -> ImageInfo:
    """The facts in the first line of a plan: `4000x3000 jpg 12 frames alpha orientation 6`."""
    size, format, *words = line.split()[1:]
    width, height = map(int, size.split("x"))
    counted = next((word for word in ("frames", "pages") if word in words), None)
    return ImageInfo(
        format,
        width,
        height,
        pages=int(words[words.index(counted) - 1]) if counted else 1,
        animated=counted == "frames",
        alpha="alpha" in words,
        orientation=int(words[words.index("orientation") + 1]) if "orientation" in words else 1,
    )


def read_cases() -> list[tuple[str, str]]:
    """Recipe and expected plan of each block of the file; lines that start with # are prose."""
    lines = [line for line in CASES.read_text().splitlines() if not line.startswith("#")]
    blocks = "\n".join(lines).strip().split("\n\n")
    return [(recipe, plan) for recipe, _, plan in (block.strip().partition("\n") for block in blocks) if plan]


def answer(recipe: str, original: ImageInfo) -> str:
    """The plan's explanation, or why there is none."""
    try:
        return explain(planned(parse(recipe), original))
    except TransformError as error:
        return f"refused    {error.code}: {error}"


def plan(recipe: str, original: ImageInfo | None = None, format: str | None = None) -> RenderPlan:
    return planned(parse(recipe), original or ImageInfo("jpg", 4000, 3000), format=format)


@pytest.mark.parametrize(("recipe", "expected"), read_cases())
def test_a_plan_reads_as_in_the_manual(recipe: str, expected: str) -> None:
    original, _, rest = expected.partition("\n")
    given = answer(recipe, read_original(original))

    assert (rest if rest.startswith("refused") else expected) == given


@pytest.mark.parametrize(
    ("recipe", "original", "format", "expected"),
    [
        ("w_20", ImageInfo("jpg", 40, 30), None, "jpg"),
        ("w_20", ImageInfo("jpg", 40, 30), "webp", "webp"),
        ("f_avif,w_20", ImageInfo("jpg", 40, 30), "webp", "avif"),
        ("f_avif/f_png", ImageInfo("jpg", 40, 30), None, "png"),
        ("f_auto", ImageInfo("webp", 40, 30), None, "webp"),
        ("f_auto", ImageInfo("webp", 40, 30), "avif", "avif"),
        ("w_20", ImageInfo("svg", 40, 30, alpha=True), None, "png"),
        ("w_20", ImageInfo("svg", 40, 30, alpha=True), "svg", "png"),
        ("w_20", ImageInfo("heic", 40, 30), None, "jpg"),
        ("w_20", ImageInfo("heic", 40, 30, alpha=True), None, "png"),
    ],
)
def test_the_format_is_written_given_or_the_originals(
    recipe: str, original: ImageInfo, format: str | None, expected: str
) -> None:
    assert expected == plan(recipe, original, format).save.format


def test_an_animation_plays_on_where_the_given_format_can() -> None:
    moving = ImageInfo("gif", 40, 30, pages=5, animated=True)

    assert [5, 5, 1] == [plan("w_20", moving, format).result.pages for format in ("webp", None, "avif")]


def test_the_result_has_alpha_only_where_the_format_has() -> None:
    cutout = ImageInfo("png", 40, 30, alpha=True)

    assert [True, False] == [plan("w_20", cutout, format).result.alpha for format in ("webp", "jpg")]


def test_lengths_may_not_come_to_nothing() -> None:
    refused = answer("w_iw_sub_4000", ImageInfo("jpg", 4000, 3000))

    assert "refused    invalid_value: w_iw_sub_4000 comes to 0 pixels; a size is more than 0" == refused


def test_autos_that_reach_the_plan_are_as_without_a_client() -> None:
    assert plan("c_limit,dpr_auto,w_auto").operations == ()


def one_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


sizes = one_of("1 2 7 100 333 8192 65535 0.001 0.5 1.0 1.22 100.0 iw ih_div_3 iw_mul_ih ar_mul_100")
offsets = one_of("0 1 -1 10 -104 65535 -65535 0.5 -0.5 3.0 iw_div_2 w_sub_ih")
values = {
    "c": one_of("scale fit limit mfit fill lfill pad lpad mpad crop thumb"),
    "w": sizes,
    "h": sizes,
    "ar": one_of("1 16:9 1.5 0.001 65535 1:65535 ar_mul_0 iar"),
    "g": one_of("north south_east center west xy_center auto auto:face"),
    "x": offsets,
    "y": offsets,
    "z": one_of("0.1 1 1.5 100"),
    "dpr": one_of("0.1 1 2.0 100 auto"),
    "a": one_of("90 -90 180.hflip vflip auto_left auto_right ignore exif"),
    "b": one_of("red white transparent rgb:00ff0080"),
    "f": one_of("jpg png webp avif gif tiff auto"),
    "q": one_of("1 80 45.5 auto auto:eco 80:444"),
    "pg": one_of("1 2 7"),
    "fl": one_of("lossy progressive ignore_aspect_ratio keep_iptc.strip_profile"),
}
components = st.fixed_dictionaries({}, optional=values).map(
    lambda written: ",".join(f"{key}_{value}" for key, value in written.items())
)
recipes = st.lists(components.filter(bool), max_size=4).map("/".join)
sides = st.integers(1, 40) | st.integers(1, 12_000)
originals = st.builds(
    ImageInfo,
    format=one_of("jpg png webp avif gif tiff svg"),
    width=sides,
    height=sides,
    pages=st.integers(1, 150),
    animated=st.booleans(),
    alpha=st.booleans(),
    orientation=st.integers(1, 8),
    progressive=st.booleans(),
)


@given(recipes, originals)
@settings(max_examples=500, deadline=None)
def test_a_plan_holds_its_own_promises(recipe: str, original: ImageInfo) -> None:
    try:
        made = plan(recipe, original)
    except TransformError as refusal:
        assert str(refusal)
        return
    limits = Limits()
    frame = loaded_frame(made.load, original)
    assert frame.pixels <= limits.max_intermediate_pixels
    for operation in made.operations:
        if isinstance(operation, Resample):
            assert_inside(operation.window, frame)
        frame = operation.frame_after(frame)
        assert min(frame.width, frame.height) >= 1
        assert frame.pixels <= limits.max_intermediate_pixels
    assert (frame.width, frame.height) == (made.result.width, made.result.height)
    assert max(frame.width, frame.height) <= limits.max_output_side
    assert frame.width * frame.height <= limits.max_output_pixels
    assert explain(made).startswith("original ")
    assert digest_text(made) == digest_text(plan(recipe, original))


def assert_inside(window: Rect | Focus, frame: Frame) -> None:
    assert 0 < window.width <= frame.width + 1e-6
    assert 0 < window.height <= frame.height + 1e-6
    if isinstance(window, Rect):
        assert 0 <= window.left <= frame.width - window.width + 1e-6
        assert 0 <= window.top <= frame.height - window.height + 1e-6
