"""Second encodes: what is asked of an encoder when there is time."""

from __future__ import annotations

from dataclasses import replace

from transforms.recipe import Recipe
from transforms.save import Save

SECOND = ("jpg", "webp", "avif")
"""The formats whose encoders make smaller files when they are given ten times the time."""


def second_save(save: Save, recipe: Recipe) -> Save | None:
    """`save` for a second encode, when there is time; None where a second would gain nothing.

    A file that was asked for by its size is as large as that anyway. A JPEG builds up then, which is smaller,
    unless the recipe asks for one that does not.
    """
    by_size = save.aim is not None and save.aim.kind == "bytes"
    if save.format not in SECOND or save.thorough or by_size or save.space == "cmyk":
        return None
    if save.format != "jpg" or recipe.flag("progressive") is not None:
        return replace(save, thorough=True)
    return replace(save, thorough=True, progressive="steep")
