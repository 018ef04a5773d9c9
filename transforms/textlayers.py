"""A text layer becomes a block of text: variables put in, fonts chosen, everything beside it read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from transforms.actions.border import Border
from transforms.asked import fill_of, measure
from transforms.errors import InvalidValue, printable
from transforms.fontbook import Run, asset_runs, shipped
from transforms.geometry import whole_pixels
from transforms.knowledge import SourceId
from transforms.operands import Current
from transforms.recipe import Component
from transforms.text import BLACK, MOST_STROKE, FontBook, TextBlock, fill, text_block, variables_in

if TYPE_CHECKING:
    from transforms.layers import TextLayer
    from transforms.walk import Walk

OWN_KEYS = frozenset({"co", "b", "bo"})
"""What beside a text layer belongs to the text itself."""
WRAPPING_KEYS = frozenset({"c", "w", "h"})
"""What does so with `c_fit` among it."""


def own_keys(declared: Component) -> frozenset[str]:
    """The keys that are used up in setting the text."""
    return OWN_KEYS | WRAPPING_KEYS if _wraps(declared) else OWN_KEYS


def block_of(layer: TextLayer, declared: Component, walk: Walk) -> TextBlock:
    """The text that a layer shows.

    Raises InvalidValue for an unknown font, an unknown variable and an empty text; Unsettled while a font
    that was uploaded is not known.
    """
    text = fill(layer.text, _values(layer.text, walk))
    border = declared.get("bo")
    stroke = border.value if border is not None and isinstance(border.value, Border) else None
    asked = measure(declared, walk.frame, walk.names)
    wraps = _wraps(declared)
    if stroke is not None and layer.style.stroke and stroke.width > MOST_STROKE:
        walk.shared.notes.append(f"{border}: an outline of {stroke.width:g} pixels counts as {MOST_STROKE:g}")
    return text_block(
        _runs(text, layer, walk),
        layer.style,
        color=fill_of(declared.get("co")) or BLACK,
        background=fill_of(declared.get("b")),
        border=(stroke.width, stroke.color) if stroke is not None and stroke.width > 0 else None,
        width=whole_pixels(asked.width) if wraps and asked.width is not None else None,
        height=whole_pixels(asked.height) if wraps and asked.height is not None else None,
        no_trim=declared.flag("text_no_trim") is not None,
        disallow_overflow=declared.flag("text_disallow_overflow") is not None,
    )


def _wraps(declared: Component) -> bool:
    mode = declared.get("c")
    return mode is not None and mode.value == "fit"


def _values(text: str, walk: Walk) -> dict[str, str | float]:
    values: dict[str, str | float] = {}
    for name in variables_in(text):
        value: Any = walk.names[f"${name}"] if f"${name}" in set(walk.names) else None
        if isinstance(value, tuple):
            value = ", ".join(value)
        if isinstance(value, Current):
            raise InvalidValue(f"${name} holds the picture itself, and cannot be written in a text")
        if value is not None:
            values[name] = value if isinstance(value, (str, float)) else str(value)
    return values


def _runs(text: str, layer: TextLayer, walk: Walk) -> tuple[Run, ...]:
    font = layer.style.font_asset
    if font is None:
        fonts = walk.shared.fonts or _shipped_book()
        if missing := fonts.missing(text):
            walk.shared.notes.append(f"no font has {printable(missing)}: boxes with numbers stand for them")
        return fonts.runs(text, layer.style)
    source = walk.source_of(SourceId("file", font))
    return asset_runs(text, layer.style, source.content_hash, source.location)


@cache
def _shipped_book() -> FontBook:
    return FontBook(shipped())
