"""Many plans of one original, done from as few decodes as can be, make what each makes alone."""

from __future__ import annotations

import pytest

from tests.transforms.rendering import picture
from transforms import series as module
from transforms.errors import BrokenImage
from transforms.limits import Limits
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.probe import probe
from transforms.render import render
from transforms.series import Series
from transforms.sharing import Plans, drawn_by, footprint_of_all, in_order, is_held

SIZES = ("c_fill,g_auto,h_40,w_40", "c_limit,h_50,w_50", "c_limit,h_99,w_99", "c_limit,h_4000,w_4000")
ANY = ("jpg", "webp", "png")


def plans_of(data: bytes, *transformations: str) -> tuple[RenderPlan, ...]:
    """In the order in which they are done."""
    info = probe(data, Limits())
    plans = [make_plan(parse(text), info) for text in transformations]
    return tuple(plans[at] for at in in_order(plans))


@pytest.mark.parametrize(
    ("name", "formats"),
    [
        ("detail.jpg", ANY),
        ("progressive.jpg", ANY),
        ("orientation-6.jpg", ("jpg", "webp")),
        ("cmyk.jpg", ("jpg", "webp", "png")),
        ("alpha.png", ANY),
        ("p3.png", ("jpg", "webp", "gif")),
        ("sixteen.png", ("png", "webp")),
        ("interlaced.png", ("jpg", "png")),
        ("spinner.gif", ("gif", "webp", "jpg")),
        ("photo.webp", ("jpg", "webp")),
        ("turned.avif", ("jpg", "avif")),
        ("pages.tiff", ("jpg", "png")),
        ("logo.svg", ("png", "webp")),
    ],
)
def test_what_is_made_together_is_what_is_made_alone(name: str, formats: tuple[str, ...]) -> None:
    data = picture(name)
    plans = plans_of(data, *(f"{size},f_{format}" for format in formats for size in SIZES))
    series = Series(Plans(plans), data, {})
    together = [series.render(at).body for at in range(len(plans))]

    assert [render(plan, data).body for plan in plans] == together


def test_one_decode_makes_all_sizes_of_one_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard sizes of a PNG, in two formats: eight renditions."""
    decodes: list[object] = []
    data = picture("p3.png")
    plans = plans_of(data, *(f"{size},f_{format}" for size in SIZES for format in ("jpg", "webp")))
    real = module.opened
    monkeypatch.setattr(module, "opened", lambda job, data: decodes.append(job.load) or real(job, data))
    monkeypatch.setattr("transforms.decode.opened", module.opened)
    series = Series(Plans(plans), data, {})
    for at in range(len(plans)):
        series.render(at)

    assert [plans[0].load] == decodes


def test_a_picture_that_breaks_off_is_refused_in_every_size() -> None:
    data = picture("detail.jpg")
    plans = plans_of(data, "c_limit,w_90", "c_limit,w_95", "c_limit,f_webp,w_95")
    series = Series(Plans(plans), data[: len(data) // 2], {})
    for at in range(len(plans)):
        with pytest.raises(BrokenImage):
            series.render(at)

    assert is_held(plans[0], plans[1:])


def test_what_is_too_large_to_be_held_is_decoded_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = plans_of(picture("p3.png"), "c_limit,w_50", "c_limit,w_60")
    together = footprint_of_all(plans)
    assert is_held(plans[0], plans[1:])
    monkeypatch.setattr("transforms.sharing.MOST_HELD_BYTES", 1000)

    assert not is_held(plans[0], plans[1:])
    assert footprint_of_all(plans) < together


def test_what_is_alike_is_done_in_turn() -> None:
    info = probe(picture("detail.jpg"), Limits())
    texts = ("w_20,f_webp", "w_99,f_webp", "w_20,f_jpg", "w_99,f_jpg", "w_50,f_jpg")
    plans = [make_plan(parse(text), info) for text in texts]
    drawn = [drawn_by(plans[at]) for at in in_order(plans)]

    assert len(set(map(str, drawn))) == sum(
        str(one) != str(other) for one, other in zip(drawn, [None, *drawn[:-1]], strict=True)
    )
