"""Each limit, on both of its sides."""

from __future__ import annotations

import pytest

from transforms.errors import LimitExceeded, OriginalTooLarge
from transforms.frame import ImageInfo
from transforms.limits import Limits, check_original
from transforms.parser import parse
from transforms.plan import make_plan

PHOTO = ImageInfo("png", 400, 300)
MOVING = ImageInfo("gif", 100, 100, pages=20, animated=True)
DRAWING = ImageInfo("svg", 100, 100, alpha=True)


@pytest.mark.parametrize(
    ("limits", "original", "allowed", "refused", "code"),
    [
        (Limits(max_output_side=1000), PHOTO, "w_1000", "w_1001", "output_side_too_long"),
        (Limits(max_output_pixels=480_000), PHOTO, "w_800", "w_802", "output_too_large"),
        (Limits(max_aspect=20), PHOTO, "h_10,w_200", "h_10,w_220", "aspect_too_extreme"),
        (Limits(), PHOTO, "f_webp,h_100,w_8192", "f_webp,h_100,w_8193", "output_side_too_long"),
        (
            Limits(max_output_side=20_000, max_aspect=20_000),
            PHOTO,
            "f_webp,h_10,w_16383",
            "f_webp,h_10,w_16384",
            "output_side_too_long",
        ),
        (
            Limits(max_intermediate_pixels=250_000),
            PHOTO,
            "c_pad,h_500,w_500/w_50",
            "c_pad,h_501,w_501/w_50",
            "intermediate_too_large",
        ),
        (
            Limits(max_intermediate_side=1000),
            PHOTO,
            "c_pad,h_10,w_1000/w_50",
            "c_pad,h_10,w_1001/w_50",
            "intermediate_side_too_long",
        ),
        (Limits(max_animation_pixels=200_000), MOVING, "w_100", "w_101", "animation_too_large"),
    ],
)
def test_the_frames_of_a_plan_are_bounded(
    limits: Limits, original: ImageInfo, allowed: str, refused: str, code: str
) -> None:
    make_plan(parse(allowed), original, limits=limits)
    with pytest.raises(LimitExceeded) as refusal:
        make_plan(parse(refused), original, limits=limits)

    assert code == refusal.value.code


@pytest.mark.parametrize(
    ("allowed", "refused", "code"),
    [
        (("jpg", 10_000, 10_000), ("jpg", 10_001, 10_000), "original_too_large"),
        (("jpg", 10_000, 10_000, True), ("jpg", 10_001, 10_000, True), "original_too_large"),
        (("png", 5_000, 5_000, True), ("png", 5_001, 5_000, True), "interlaced_png_too_large"),
        (("png", 5_001, 5_000), ("png", 10_001, 10_000), "original_too_large"),
        (("avif", 8_000, 4_000), ("avif", 8_001, 4_000), "avif_too_large"),
        (("gif", 12_337, 62), ("gif", 12_337, 1), "aspect_too_extreme"),
        (("svg", 100_000, 100_000), ("svg", 100_000, 100), "aspect_too_extreme"),
    ],
)
def test_originals_are_bounded(
    allowed: tuple[str, int, int], refused: tuple[str, int, int], code: str
) -> None:
    check_original(info(*allowed), Limits())
    with pytest.raises(OriginalTooLarge) as refusal:
        check_original(info(*refused), Limits())

    assert code == refusal.value.code


@pytest.mark.parametrize(
    ("limits", "allowed", "refused", "code"),
    [
        (Limits(max_frames=19), "pg_1", "w_50", "too_many_frames"),
        (Limits(max_frames=19), "f_png", "f_webp", "too_many_frames"),
        (Limits(max_animation_pixels=9_999), "f_avif", "w_5", "animation_too_large"),
        (
            Limits(max_animation_pixels=9_999, max_intermediate_pixels=10_000),
            "pg_1",
            "w_5",
            "animation_too_large",
        ),
    ],
)
def test_an_animation_that_came_too_large_is_the_originals_fault(
    limits: Limits, allowed: str, refused: str, code: str
) -> None:
    make_plan(parse(allowed), MOVING, limits=limits)
    with pytest.raises(OriginalTooLarge) as refusal:
        make_plan(parse(refused), MOVING, limits=limits)

    assert code == refusal.value.code


def info(format: str, width: int, height: int, progressive: bool = False) -> ImageInfo:
    return ImageInfo(format, width, height, progressive=progressive)


def test_a_plan_is_not_made_for_an_original_that_is_too_large() -> None:
    with pytest.raises(OriginalTooLarge):
        make_plan(parse("w_100"), ImageInfo("jpg", 20_000, 20_000))


def test_a_drawing_is_rendered_no_larger_than_its_limit() -> None:
    limits = Limits(max_svg_raster_pixels=40_000)
    plan = make_plan(parse("w_1000"), DRAWING, limits=limits)

    assert (200, 200, 1000) == (plan.load.width, plan.load.height, plan.result.width)
    assert plan.notes


def test_a_drawing_that_is_not_scaled_must_be_within_the_limit() -> None:
    limits = Limits(max_svg_raster_pixels=9_999)
    with pytest.raises(OriginalTooLarge) as refusal:
        make_plan(parse("c_mpad,h_200,w_200"), DRAWING, limits=limits)

    assert "svg_raster_too_large" == refusal.value.code


def test_what_is_written_may_be_large_when_the_result_is_small() -> None:
    plan = make_plan(parse("c_limit,h_65535,w_65535/w_60000/c_fill,h_100,w_100"), PHOTO)

    assert "100x100" == str(plan.result)


def test_a_side_rounded_down_is_forgiven_half_a_pixel() -> None:
    strip = ImageInfo("png", 3800, 20)

    assert "250x1" == str(make_plan(parse("w_250"), strip).result)


def test_a_message_names_what_was_asked_and_the_bound() -> None:
    with pytest.raises(LimitExceeded) as refusal:
        make_plan(parse("w_10000"), ImageInfo("jpg", 400, 300))

    assert "the result would be 10000x7500; a side may have at most 8,192 pixels" == str(refusal.value)


@pytest.mark.parametrize(
    ("original", "asked", "kind"),
    [(ImageInfo("jpg", 11, 1298), "w_100", OriginalTooLarge), (PHOTO, "w_9000", LimitExceeded)],
)
def test_a_slender_original_is_too_large_itself(
    original: ImageInfo, asked: str, kind: type[LimitExceeded | OriginalTooLarge]
) -> None:
    """A hundred wide is nothing to be refused for asking; nine thousand wide is."""
    with pytest.raises(kind, match=r"would be .*at most 8,192") as refusal:
        make_plan(parse(asked), original)

    assert "output_side_too_long" == refusal.value.code
