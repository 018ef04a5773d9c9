"""Texts as they stand in a URL, drawn without the rest of a picture."""

from __future__ import annotations

from typing import Any

from pyvips import Image

from transforms.fontbook import FontBook, shipped
from transforms.text import TextBlock, read_style, read_text, split_layer, text_block
from transforms.typeset import draw, measure

BOOK = FontBook(shipped())


def block(layer: str, **options: Any) -> TextBlock:
    """The block of `<style>:<text>` as in a URL."""
    style, words = split_layer(layer)
    read = read_style(style)
    return text_block(BOOK.runs(read_text(words), read), read, **options)


def drawn(layer: str, **options: Any) -> Image:
    return draw(block(layer, **options)).copy_memory()


def size(layer: str, **options: Any) -> tuple[int, int]:
    return measure(block(layer, **options))


def ink(image: Image) -> float:
    """Covered pixels."""
    return image.extract_band(3).avg() / 255 * image.width * image.height


def difference(one: Image, other: Image) -> float:
    """The largest, in any channel."""
    assert (one.width, one.height) == (other.width, other.height)
    return (one.cast("float") - other).abs().max()
