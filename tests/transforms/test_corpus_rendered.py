"""Every transformation of the corpus that is offered is rendered, and what comes out is opened and measured.

The originals are made of the samples, small; every layer shows the logo, whatever its public id. What cannot
be rendered on them is listed below with the code of the refusal: fragments of templates above all, which use
variables that are set elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO

import pytest
from PIL import Image as Pillow
from pyvips import Image

from proxy.samples import SAMPLES
from tests.transforms.corpus import LINES, outcome, read
from tests.transforms.rendering import framed
from transforms import offline
from transforms.actions.base import Rows
from transforms.errors import TransformError
from transforms.formats import FORMATS
from transforms.knowledge import Details, Question, SourceId
from transforms.plan import RenderPlan
from transforms.probe import probe
from transforms.recipe import Component, Recipe
from transforms.render import render
from transforms.rendition import Rendition
from transforms.values import Auto, Pixels, Ratio, Share

WIDTH, HEIGHT = 560, 420

DETAILS = Details(
    tags=("in_stock", "sale"),
    context=(("my_file", "2"), ("x_pos", "0.1"), ("y_pos", "0.1")),
    metadata=(("bar", 2.0), ("my_file", 3.0)),
    coordinates=(100.0, 100.0, 200.0, 150.0),
)

_FRAMES = 12
_FOR_FRAMES = ("pg_", "dl_", "e_loop", "fl_animated", "fl_apng", "fl_awebp", "f_auto:animated", "bl_first5")


@cache
def photo() -> bytes:
    """A portrait, so that there is a face."""
    face = Image.thumbnail(str(SAMPLES / "portrait.jpg"), WIDTH, height=HEIGHT, crop="centre")
    return bytes(face.write_to_buffer(".jpg", Q=85))


@cache
def film() -> bytes:
    """Frames that all differ: of equal neighbours a GIF keeps one."""
    dogs = Image.thumbnail(str(SAMPLES / "dogs.jpg"), 160, height=120, crop="centre")
    frames = [dogs.linear(1, -10 * n, uchar=True) for n in range(_FRAMES)]
    return bytes(framed(frames, [100] * _FRAMES).write_to_buffer(".gif"))


@cache
def logo() -> bytes:
    return bytes(Image.thumbnail(str(SAMPLES / "logo.png"), 120).write_to_buffer(".png"))


TABLE = "\n".join(("0 4095", *(f"{r} {g} {b}" for r in (0, 4095) for g in (0, 4095) for b in (0, 3000))))
"""A `.3dl` file: two points a side, less blue."""


def find(source: SourceId, *, profile: bool) -> bytes:
    """A file is a table, or else a profile: one line names both by one name, another the other."""
    if source.kind != "file":
        return logo()
    return bytes(Image.profile_load("p3")) if profile else TABLE.encode()


def original(recipe: Recipe) -> bytes:
    return film() if any(mark in str(recipe) for mark in _FOR_FRAMES) else photo()


@dataclass(frozen=True)
class Rendered:
    recipe: Recipe
    plan: RenderPlan
    rendition: Rendition


@pytest.fixture(scope="module")
def results() -> dict[str, Rendered | TransformError]:
    """By the canonical form of what is read: nothing is rendered twice."""
    found: dict[str, Rendered | TransformError] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offline, "look", remembered(offline.look))
        for line in LINES:
            if outcome(line) == "read" and str(recipe := read(line)) not in found:
                found[str(recipe)] = rendered(recipe)
    return found


def remembered(look: Callable[..., Rows]) -> Callable[..., Rows]:
    """Looks once at what equal questions ask of one original, as a server does."""
    answers: dict[str, Rows] = {}

    def ask(question: Question, data: bytes, layers: Mapping[str, bytes]) -> Rows:
        key = question.key(hashlib.sha256(data).hexdigest())
        if key not in answers:
            answers[key] = look(question, data, layers)
        return answers[key]

    return ask


def rendered(recipe: Recipe) -> Rendered | TransformError:
    data = original(recipe)
    try:
        settled = offline.settle(
            recipe, data, find=partial(find, profile="cs_icc" in str(recipe)), details=DETAILS
        )
        return Rendered(recipe, settled.plan, render(settled.plan, data, settled.layers))
    except TransformError as refusal:
        return refusal


REFUSED: dict[str, tuple[str, ...]] = {
    # Fragments of templates: the variable is set in a component that is not part of the line.
    "unknown_variable": (
        "$big_$small_pow_1.5",
        "$myVar_gte_9_add_ref:!public_id!",
        "$myVar_mod_w_add_17_add_w",
        "a_$mode",
        "c_scale,l_$foostr,w_$foo_mul_200_div_fc/if_end",
        "c_scale,l_text:Arial_18:$(start)",
        "c_thumb,g_$value,h_80,w_80",
        "co_red,e_outline:$foo:100:5",
        "e_assist_colorblind:$var1",
        "e_blur_region:$var1,h_$var3,w_$var2,x_$var4,y_$var5",
        "e_blur_region:$var1,h_$var5,w_$var4,x_$var2,y_$var3",
        "l_text:Arial_18:$(start)Hello%20$(name)$(ext)%252C%20%24%28no%20%29%20%24%28%20no%29$(end)",
        "r_10:$v",
        "r_10:$v:30",
        "r_10:$v:30:40",
        "r_10:20:$v",
    ),
    # A text or a picture where a number is needed.
    "invalid_value": (
        "$a_!bbb!_to_f",
        "$myexp_ref:!my_file!_to_f",
        "$myexp_ref:!my_file!_to_i",
    ),
    # Blends without the layer that they blend.
    "conflicting_parameters": ("e_mask", "e_multiply", "e_overlay", "e_screen"),
    # The style of a text that its author uploaded as a picture.
    "unknown_text_style": (
        "h_100,l_text:hello,w_100",
        "h_100,u_text:hello,w_100",
        "l_text:font_size:text",
        "l_text:goodbye",
        "l_text:hello",
        "u_text:hello",
    ),
    # Arithmetic without sense, and slants near the right angle.
    "output_side_too_long": (
        "$aheight_300,$mywidth_100/c_scale,h_3_mul_ih_add_$aheight,"
        "w_3_add_$mywidth_mul_3_add_4_div_2_mul_iw_mul_$mywidth",
        "e_shear:100:200/e_shear:0:75",
        "w_iw_pow_2",
    ),
}
"""What is read and not rendered here, by the code of the refusal."""


def test_what_is_not_rendered_is_listed(results: dict[str, Rendered | TransformError]) -> None:
    refused: dict[str, tuple[str, ...]] = {}
    for text, result in results.items():
        if isinstance(result, TransformError):
            refused[result.code] = tuple(sorted((*refused.get(result.code, ()), text)))

    assert REFUSED == refused


def test_every_line_is_counted(
    results: dict[str, Rendered | TransformError], capsys: pytest.CaptureFixture[str]
) -> None:
    counts = Counter(map(standing, LINES, [results] * len(LINES)))

    with capsys.disabled():
        told = ", ".join(
            f"{counts[word]} {word}" for word in ("rendered", "parsed", "refused by name", "slip")
        )
        print(f" {len(LINES)} lines: {told}, {counts['unknown']} unknown; {len(results)} recipes ")
    assert 0 == counts["unknown"]
    assert counts["rendered"] >= RENDERED_AT_LEAST


RENDERED_AT_LEAST = 1_430


def standing(line: str, results: dict[str, Rendered | TransformError]) -> str:
    found = outcome(line)
    if found != "read":
        return found
    return "rendered" if isinstance(results[str(read(line))], Rendered) else "parsed"


def test_what_comes_out_is_as_planned(results: dict[str, Rendered | TransformError]) -> None:
    for text, result in results.items():
        if isinstance(result, Rendered):
            plan, rendition = result.plan, result.rendition
            expected = (plan.save.format, plan.result.width, plan.result.height, plan.result.pages)

            assert expected == opened(rendition), text
            assert expected == (rendition.format, rendition.width, rendition.height, rendition.pages), text


def opened(rendition: Rendition) -> tuple[str, int, int, int]:
    """Format, width, height and pages of what was saved, as those say who read it."""
    told = FORMATS[rendition.format]
    if told.told:
        return rendition.format, *said(rendition), rendition.pages
    if rendition.format == "jxl":
        info = probe(rendition.body)
        return info.format, info.width, info.height, info.pages
    if told.extra == "formats":
        with Pillow.open(BytesIO(rendition.body)) as image:
            return rendition.format, *image.size, 1
    image = Image.new_from_buffer(rendition.body, "")
    pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
    if pages > 1:
        image = Image.new_from_buffer(rendition.body, "", n=-1)
    image.copy_memory()
    return loader(image), image.width, image.height // pages, pages


_LOADERS = {"heif": "avif", "jpeg": "jpg"}


def loader(image: Image) -> str:
    name = str(image.get("vips-loader")).removesuffix("_buffer").removesuffix("load")
    return _LOADERS.get(name, name)


def said(rendition: Rendition) -> tuple[int, int]:
    if rendition.format == "json":
        told = json.loads(rendition.body)
        return told["width"], told["height"]
    return rendition.width, rendition.height


SIZES_FOLLOWED_AT_LEAST = 600

_SAME_SIZE = frozenset({"f", "q", "fl", "cs", "co", "o", "bo", "r", "b", "d", "pg", "dl", "dn"})
"""Keys beside which a size is what it would be without them."""

_GROWING = frozenset(
    ("trim", "distort", "shear", "shadow", "dropshadow", "outline", "vectorize", "gradient_fade", "displace")
)
_FLAGS_OF_SIZE = frozenset({"layer_apply", "ignore_aspect_ratio", "relative", "region_relative", "cutter"})


def test_sizes_are_those_of_the_rules(results: dict[str, Rendered | TransformError]) -> None:
    """Worked out again from the rules alone, where a recipe is nothing but sizes and what changes none."""
    followed = 0
    for text, result in results.items():
        if isinstance(result, Rendered) and original(result.recipe) is photo():
            expected = size_by_the_rules(result.recipe)
            followed += expected is not None

            assert expected in (None, (result.rendition.width, result.rendition.height)), text
    assert followed >= SIZES_FOLLOWED_AT_LEAST


def size_by_the_rules(recipe: Recipe) -> tuple[int, int] | None:
    """Width and height of what becomes of the photo; None where that takes more than the rules below."""
    size: tuple[int, int] | None = (WIDTH, HEIGHT)
    for component in recipe.components:
        size = size and sized_by(component, size)
    return size


def sized_by(component: Component, size: tuple[int, int]) -> tuple[int, int] | None:
    """Width and height after one component, by url-grammar: modes in 1.5, values in 1.3."""
    said = {parameter.key: parameter.value for parameter in component.parameters}
    effect = said.pop("e", None)
    if effect is not None and (not hasattr(effect, "code") or effect.code.removeprefix("e_") in _GROWING):
        return None
    if any(flag.name in _FLAGS_OF_SIZE for flag in component.flags if "fl" in said):
        return None
    if effect is not None and effect.qualifiers().keys() & {"w", "h", "x", "y"}:
        said = {key: value for key, value in said.items() if key not in effect.qualifiers()}
    said = {key: value for key, value in said.items() if key not in _SAME_SIZE}
    mode = said.pop("c", "scale" if "w" in said or "h" in said else None)
    gravity = said.pop("g", None)
    if not said and mode is None:
        return size
    if said.keys() - {"w", "h", "ar"} or mode is None or str(gravity) == "liquid":
        return None
    return boxed(str(mode), lengths(said, size), size)


def lengths(said: dict[str, object], size: tuple[int, int]) -> tuple[float, float, str] | None:
    """Width and height of the box, and which of them were written; None where they are more than numbers."""
    found = {}
    for key, whole in (("w", size[0]), ("h", size[1])):
        match said.get(key):
            case Pixels(number):
                found[key] = float(number)
            case Share(part):
                found[key] = part * whole
            case None | Auto():
                pass
            case _:
                return None
        if isinstance(said.get(key), Auto):
            return None
    ratio = said.get("ar")
    if ratio is not None and not isinstance(ratio, Ratio):
        return None
    across = ratio.value if isinstance(ratio, Ratio) else size[0] / size[1]
    if "w" in found and "h" in found:
        return found["w"], found["h"], "wh"
    if "w" in found:
        return found["w"], found["w"] / across, "wh" if ratio else "w"
    if "h" in found:
        return found["h"] * across, found["h"], "wh" if ratio else "h"
    return None


def boxed(mode: str, box: tuple[float, float, str] | None, size: tuple[int, int]) -> tuple[int, int] | None:
    if box is None:
        return None
    width, height, written = box
    factor = min(width / size[0], height / size[1])
    if mode in ("scale", "fill", "pad", "fill_pad", "auto_pad") or (mode == "thumb" and written == "wh"):
        return whole(width), whole(height)
    if mode == "fit" or (mode == "limit" and factor < 1) or (mode == "mfit" and factor > 1):
        return whole(size[0] * factor), whole(size[1] * factor)
    if mode in ("limit", "mfit"):
        return size
    if mode == "crop" and written == "wh" and width <= size[0] and height <= size[1]:
        return whole(width), whole(height)
    return None


def whole(length: float) -> int:
    return max(1, math.floor(length + 0.5))
