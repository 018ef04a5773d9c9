"""Contact sheets: every example of the reference, before and after, made by the real pipeline.

Worker side: this loads libvips. A sheet is for people to look at; what it shows is what its caption says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyvips import Image

from transforms import offline
from transforms.bands import with_alpha
from transforms.fontbook import FontBook, shipped
from transforms.knowledge import Details, SourceId
from transforms.parser import parse
from transforms.rendition import Rendition
from transforms.text import text_block
from transforms.textstyle import read_style
from transforms.typeset import draw

_SIDE = 200
"""Pixels of the box that a picture is shown in."""
_GAP, _CAPTION = 8, 34
_ACROSS = 3
_CHECK, _DARK, _LIGHT = 10, 205, 235
_START = "c_limit,h_640,w_640"
"""What is done to an original before the example, so that strengths in pixels show."""
_CAPTION_STYLE = "Arial_13"
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class _Sample:
    """An original, and what is done to it before the example."""

    name: str
    start: str = _START


_BY_WORD: Sequence[tuple[tuple[str, ...], _Sample]] = (
    (("face", "redeye", "eyes"), _Sample("portrait.jpg")),
    (("e_loop", "dl_", "awebp", "apng", "animated", "pg_"), _Sample("spinner.gif", "")),
    (("bgremoval", "make_transparent"), _Sample("logo.png", "b_rgb:22dd22,c_limit,h_400,w_400")),
    (("outline", "shadow", "opacity_threshold", "e_trim", "b_"), _Sample("logo.png", "c_limit,h_400,w_400")),
    (("cartoonify", "oil_paint", "vectorize", "sepia", "art:"), _Sample("dogs.jpg")),
    (("replace_color", "hue", "recolor", "colorblind", "saturation", "theme"), _Sample("fig.jpg")),
)
"""Words in an example, and the original that shows it best."""
_OTHERWISE = _Sample("dandelion.jpg")


@dataclass(frozen=True, slots=True)
class Shot:
    """One example done: the original as it was shown, and what came of it."""

    example: str
    before: Rendition
    after: Rendition


def shoot(example: str, find: Callable[[str], bytes]) -> Shot:
    """Do one example to the sample that shows it best; `find` gives the bytes of a sample by its name.

    Raises what the pipeline raises.
    """
    sample = next((s for words, s in _BY_WORD if any(word in example for word in words)), _OTHERWISE)
    data = find(sample.name)

    def made(transformation: str) -> Rendition:
        recipe = parse(transformation, named=_NAMED)
        shown = lambda source: find(_sample(source))  # noqa: E731 - it is about `find`, and short
        return offline.rendered(recipe, data, find=shown, details=_DETAILS, format="png")

    start = f"{sample.start}/" if sample.start else ""
    return Shot(example, made(sample.start), made(f"{start}{example}"))


def sheet(shots: Iterable[Shot]) -> bytes:
    """All shots on one picture, as WebP."""
    cells = [_cell(shot) for shot in shots]
    joined = Image.arrayjoin(cells, across=_ACROSS, shim=_GAP, background=[255] * 3)
    body: bytes = joined.webpsave_buffer(Q=_QUALITY, effort=4, keep="none")
    return body


def sheet_height(shots: int) -> int:
    """Pixels from top to bottom of a sheet of so many shots."""
    rows = -(-shots // _ACROSS)
    return rows * (_SIDE + _CAPTION) + (rows - 1) * _GAP


def _cell(shot: Shot) -> Image:
    """Before, after, and the example under both; both pictures in one scale."""
    width = 2 * _SIDE + _GAP
    sides = (shot.before.width, shot.before.height, shot.after.width, shot.after.height)
    factor = min(1.0, _SIDE / max(sides))
    boxes = [_boxed(_seen(rendition), factor) for rendition in (shot.before, shot.after)]
    pair = Image.arrayjoin(boxes, shim=_GAP, background=[255] * 3)
    cell = pair.embed(0, 0, width, _SIDE + _CAPTION, extend="background", background=[255] * 3)
    caption = _caption(shot.example, width)
    cell = cell.composite2(caption, "over", x=0, y=_SIDE + 4).flatten()
    return cell.copy(interpretation="srgb").copy_memory()


def _boxed(image: Image, factor: float) -> Image:
    """An image on checks, in the middle of its box, made smaller by a factor."""
    image = with_alpha(image.colourspace("srgb"))
    if factor < 1:
        image = image.premultiply().resize(factor).unpremultiply().cast("uchar").copy(interpretation="srgb")
    left, top = (_SIDE - image.width) // 2, (_SIDE - image.height) // 2
    return _checks().composite2(image, "over", x=left, y=top).flatten()


def _checks() -> Image:
    tile = (Image.xyz(_SIDE, _SIDE) / _CHECK).floor()
    light = ((tile[0] + tile[1]) % 2) * (_LIGHT - _DARK) + _DARK
    return light.cast("uchar").bandjoin([light.cast("uchar")] * 2).copy(interpretation="srgb")


def _seen(rendition: Rendition) -> Image:
    """What a rendition shows: its first page, or its words."""
    if rendition.body[:1] in (b"{", b"[") or rendition.body.isascii():
        words = rendition.body.decode()[:160]
        return _caption(words, _SIDE - 2 * _GAP)
    return Image.new_from_buffer(rendition.body, "").copy_memory()


def _caption(text: str, width: int) -> Image:
    style = read_style(_CAPTION_STYLE)
    runs = _BOOK.runs(text or " ", style)
    return draw(text_block(runs, style, width=width, height=_CAPTION * 4, no_trim=True))


def _sample(source: SourceId) -> str:
    """The sample for what a layer shows: that of its name, or the logo."""
    return source.name if source.name.rpartition(".")[2] in ("jpg", "png", "gif") else "logo.png"


_BOOK = FontBook(shipped())
_NAMED: Mapping[str, str] = {"card": "c_fill,g_auto,h_200,w_300/r_12"}
_DETAILS = Details(tags=("sale",), context=(("caption", "In the sun"),), coordinates=(120, 80, 300, 200))
