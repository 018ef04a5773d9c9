"""The commonest recipes as anybody would write them with pyvips."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyvips import Image

from transforms.operations import Rect, Resample
from transforms.plan import RenderPlan

_ANY = 10_000_000
_WHITE = [255, 255, 255]

Sources = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A transformation, the original it is done to, and the same by hand."""

    text: str
    by_hand: Callable[[bytes, Sources, RenderPlan], Image]
    original: str = "photo"


def _thumbnail(data: bytes, width: int = _ANY, height: int = _ANY, **options: str) -> Image:
    return Image.thumbnail_buffer(data, width, height=height, fail_on="truncated", **options)


def _padded(data: bytes, sources: Sources, plan: RenderPlan) -> Image:
    return _thumbnail(data, 300, 300).gravity("centre", 300, 300, extend="background", background=_WHITE)


def _round(data: bytes, sources: Sources, plan: RenderPlan) -> Image:
    image = _thumbnail(data, 200, 200, crop="centre")
    circle = b'<svg viewBox="0 0 200 200"><circle cx="100" cy="100" r="100" fill="#fff"/></svg>'
    return image.bandjoin(Image.svgload_buffer(circle)[3])


def _with_logo(data: bytes, sources: Sources, plan: RenderPlan) -> Image:
    image = _thumbnail(data, 600)
    logo = _thumbnail(sources["logo"], 120)
    x, y = image.width - logo.width - 10, image.height - logo.height - 10
    return image.composite2(logo, "over", x=x, y=y).flatten()


def _face(data: bytes, sources: Sources, plan: RenderPlan) -> Image:
    """Scaled as a whole, then cut: where the face is, is known to both sides."""
    window = next(o.window for o in plan.operations if isinstance(o, Resample) and isinstance(o.window, Rect))
    factor = 150 / (window.width * (plan.original.width / plan.load.width))
    image = _thumbnail(data, round(plan.original.width * factor))
    scale = image.width / plan.load.width
    return image.crop(round(window.left * scale), round(window.top * scale), 150, 150)


RECIPES: tuple[Recipe, ...] = (
    Recipe("f_jpg,w_300", lambda data, sources, plan: _thumbnail(data, 300)),
    Recipe("c_fill,h_150,w_200", lambda data, sources, plan: _thumbnail(data, 200, 150, crop="centre")),
    Recipe("c_limit,w_880", lambda data, sources, plan: _thumbnail(data, 880, size="down")),
    Recipe("c_fit,h_400,w_400", lambda data, sources, plan: _thumbnail(data, 400, 400)),
    Recipe("c_limit,w_880/f_webp,q_auto", lambda data, sources, plan: _thumbnail(data, 880, size="down")),
    Recipe(
        "c_fill,g_auto,h_150,w_200", lambda data, sources, plan: _thumbnail(data, 200, 150, crop="attention")
    ),
    Recipe("b_white,c_pad,h_300,w_300", _padded),
    Recipe("c_fill,h_200,r_max,w_200/f_webp", _round),
    Recipe("w_600/g_south_east,l_logo,w_120,x_10,y_10", _with_logo),
    Recipe("c_thumb,g_face,h_150,w_150", _face, original="portrait"),
)
"""In the order of how common they are."""
