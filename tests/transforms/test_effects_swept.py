"""Every effect on every kind of original, at two sizes: none fails, and what a picture is made of stays."""

from __future__ import annotations

from functools import cache

import pytest

from tests.transforms.rendering import layer, picture, pixels
from transforms import offline
from transforms.actions import EFFECTS
from transforms.actions.blend import Blend
from transforms.codecs.apng import chunks_of
from transforms.color import PROFILE
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.render import render

STILLS = ("p3.png", "sixteen.png", "gray-alpha.png", "alpha.png", "cmyk.jpg")
MOVING = ("spinner.gif", "spinner.webp")
SIZES = ("c_limit,w_9", "c_limit,w_40")
SLOW = ("e_vectorize", "e_oil_paint", "e_cartoonify")
"""What takes so long for each frame that stills have to do."""
CODES = [effect.code for effect in EFFECTS]
EXAMPLES = {effect.code: effect.examples[0].replace("l_logo/", "l_logo.svg,w_9/") for effect in EFFECTS}


def find(source: SourceId) -> bytes:
    return layer(source)


@cache
def original(name: str) -> bytes:
    return picture(name)


def swept(code: str, name: str, size: str, format: str) -> None:
    """Render it, and compare what comes out with the plan."""
    data = original(name)
    settled = offline.settle(parse(f"{size}/{EXAMPLES[code]}/f_{format}"), data, find=find)
    made = render(settled.plan, data, settled.layers)
    result = settled.plan.result
    image = pixels(made.body, **({"n": -1} if result.pages > 1 else {})).copy_memory()

    assert (result.width, result.height, result.pages) == (made.width, made.height, made.pages)
    assert (result.width, result.height) == (image.width, image.get_page_height())
    if format == "png":
        assert result.alpha == image.hasalpha()
        assert (settled.plan.original.color == "p3") == bool(image.get_typeof(PROFILE))


@pytest.mark.parametrize("code", CODES)
def test_stills(code: str) -> None:
    # Each at one of the two sizes, the other one for the next effect, and one of them at both.
    for number, name in enumerate(STILLS, CODES.index(code)):
        swept(code, name, SIZES[number % 2], "png")
    swept(code, "alpha.png", SIZES[CODES.index(code) % 2], "png")


@pytest.mark.parametrize("code", [c for c in CODES if c not in ("e_loop", *SLOW)])
def test_what_moves(code: str) -> None:
    number = CODES.index(code)
    swept(code, MOVING[number % 2], SIZES[number // 2 % 2], "webp")


@pytest.mark.parametrize(
    "code", [e.code for e in EFFECTS[::3] if not issubclass(e, Blend) and e.code not in SLOW]
)
def test_frames_of_a_png(code: str) -> None:
    data = original("spinner.gif")
    settled = offline.settle(parse(f"c_limit,w_16/{EXAMPLES[code]}/f_png,fl_apng"), data, find=find)
    body = render(settled.plan, data, settled.layers).body

    assert settled.plan.result.pages >= sum(name == b"fcTL" for name, _ in chunks_of(body)) > 1


@pytest.mark.parametrize("code", ["e_negate", "e_brightness", "e_art", "e_vignette", "e_hue"])
@pytest.mark.parametrize("name", ["alpha.png", "gray-alpha.png"])
def test_what_cannot_be_seen_through_stays_so(code: str, name: str) -> None:
    plain, changed = (
        pixels(offline.rendered(parse(f"c_limit,w_70{text}/f_png"), original(name)).body)
        for text in ("", f"/{EXAMPLES[code]}")
    )
    alphas = [image.extract_band(image.bands - 1) for image in (plain, changed)]
    difference: float = (alphas[0] - alphas[1]).abs().avg()

    assert difference < 0.01
