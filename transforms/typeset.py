"""Text as pictures: measured and drawn. Worker side: this loads libvips.

`measure` draws as `draw` does, so that what is planned is what comes out.
"""

from __future__ import annotations

from dataclasses import replace

from pyvips import Image

from transforms.errors import InvalidValue, LimitExceeded
from transforms.fontbook import Run, clusters
from transforms.inking import inked
from transforms.pango import Ink, load_shipped, set_letters
from transforms.text import TextBlock

load_shipped()

MAX_SIDE = 16_384
"""Of a text's box, in pixels; cairo draws nothing that is longer than 32,767."""
MAX_PIXELS = 20_000_000

_SURELY_SMALL = 4_000_000
_WIDEST_LETTER = 3
"""In heights of the type; few are wider than one."""
_TALLEST_LINE = 3
_SAMPLE_SIZE = 4
"""Pixels at which a text is set that may be too large."""
_SAMPLE_ALLOWANCE = 1.3
"""So small, letters lie on whole pixels: their widths are wrong by some tenths."""
_ELLIPSIS = "…"
_PROBE = "x"
_CLEAR = [0, 0, 0, 0]


def measure(block: TextBlock) -> tuple[int, int]:
    """Width and height of `draw`'s picture. Raises as that does."""
    image = draw(block)
    return image.width, image.height


def draw(block: TextBlock) -> Image:
    """The text, 8-bit sRGB with alpha.

    Raises LimitExceeded for a picture past `MAX_SIDE` or `MAX_PIXELS`, and InvalidValue for a text that shows
    nothing, or does not fit where it must not overflow.
    """
    block = _fitted(block)
    return inked(_letters(block), block)


def _fitted(block: TextBlock) -> TextBlock:
    """The block with as much of its text as its height has room for, `…` at the end of what is cut off."""
    _check_sample(block)
    width, height = _box_size(block)
    _check_size(width, height)
    too_wide = block.width is not None and width > block.width + 1
    too_high = block.height is not None and height > block.height
    if block.disallow_overflow and (too_wide or too_high):
        box = f"{block.width or 'any'}x{block.height or 'any'}"
        raise InvalidValue(f"the text needs {width}x{height} pixels and has {box}", code="text_overflow")
    return _shortened(block) if too_high else block


def _shortened(block: TextBlock) -> TextBlock:
    """The longest beginning that fits with an ellipsis behind it; one letter, where none does."""
    pieces = [(piece, face) for stretch, face in block.runs for piece in clusters(stretch)]
    least, most = 1, len(pieces) - 1
    while least < most:
        middle = (least + most + 1) // 2
        if _box_size(_beginning(block, pieces[:middle]))[1] <= (block.height or 0):
            least = middle
        else:
            most = middle - 1
    return _beginning(block, pieces[: max(least, 1)])


def _beginning(block: TextBlock, pieces: list[Run]) -> TextBlock:
    kept = list(pieces)
    while len(kept) > 1 and kept[-1][0].isspace():
        kept.pop()
    return replace(block, runs=(*kept, (_ELLIPSIS, block.runs[0][1])))


def _box_size(block: TextBlock) -> tuple[int, int]:
    left, top, right, bottom = _box(block, set_letters(block))
    return right - left, bottom - top


def _check_sample(block: TextBlock) -> None:
    """Raise LimitExceeded for a text that would be too large, before pango makes room for its pixels."""
    size, letters = block.size, len(block.text)
    longest = letters * (size * _WIDEST_LETTER + max(block.style.letter_spacing, 0))
    lines = 1 + (letters if block.width is not None else block.text.count("\n"))
    tallest = lines * (size * _TALLEST_LINE + max(block.style.line_spacing, 0))
    if max(longest, tallest) < MAX_SIDE and longest * tallest < _SURELY_SMALL:
        return
    scale = min(1.0, _SAMPLE_SIZE / size)
    sample = _scaled(block, scale)
    try:
        ink = set_letters(sample)
    except LimitExceeded:
        _check_size(MAX_SIDE + 1, 1)
        return
    factor = scale * _SAMPLE_ALLOWANCE
    _check_size(round(ink.image.width / factor), round(ink.image.height / factor))


def _scaled(block: TextBlock, scale: float) -> TextBlock:
    style = block.style
    small = replace(
        style,
        size=block.size * scale,
        letter_spacing=style.letter_spacing * scale,
        line_spacing=style.line_spacing * scale,
    )
    return replace(block, style=small, width=block.width and max(1, round(block.width * scale)))


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise LimitExceeded(
            f"the text would be about {width}x{height}; a side may have at most {MAX_SIDE:,} pixels, and all "
            f"of it {MAX_PIXELS:,}",
            code="text_too_large",
        )


def _letters(block: TextBlock) -> Image:
    """The letters in their colours, in a box as large as is due."""
    ink = set_letters(block)
    left, top, right, bottom = _box(block, ink)
    size = (right - left, bottom - top)
    if (left, top, *size) == (ink.left, ink.top, ink.image.width, ink.image.height):
        return ink.image
    return ink.image.embed(ink.left - left, ink.top - top, *size, extend="background", background=_CLEAR)


def _box(block: TextBlock, ink: Ink) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what the text takes up: its ink, or its lines where nothing is trimmed.

    Pango's own measures of lines do not come through libvips. An underline is as long as its line; a line put
    below shows where those above it end.
    """
    if not block.no_trim:
        return ink.left, ink.top, ink.right, ink.bottom
    plain = replace(block, style=replace(block.style, decoration=""))
    lines = set_letters(replace(plain, style=replace(plain.style, decoration="underline")))
    probe = (f"\n{_PROBE}", block.runs[-1][1])
    below = set_letters(replace(plain, runs=(*block.runs, probe))).bottom
    alone = set_letters(replace(plain, runs=((_PROBE, probe[1]),))).bottom
    height = below - alone - round(block.style.line_spacing)
    return (
        min(ink.left, lines.left),
        min(ink.top, 0),
        max(ink.right, lines.right),
        max(ink.bottom, height),
    )
