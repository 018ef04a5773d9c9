"""`calotype explain`: how a transformation is read and, for a picture or a size, what would be done."""

from __future__ import annotations

import argparse
from functools import partial

from proxy.commands.core import Core, on_core, read_input, written_format
from transforms.cost import cost
from transforms.formats import by_extension
from transforms.frame import ImageInfo
from transforms.plan import explain
from transforms.recipe import Recipe
from transforms.tree import tree


def run(arguments: argparse.Namespace) -> int:
    """Print the canonical form, the tree and the plan. Returns the exit status."""
    return on_core(arguments, partial(_explain, arguments))


def _explain(arguments: argparse.Namespace, core: Core, recipe: Recipe) -> int:
    print(f"canonical  {recipe}")
    if recipe.named:
        print(f"named      {' '.join(recipe.named)}")
    if recipe.auto_keys:
        print(f"the client settles  {' '.join(f'{key}_auto' for key in sorted(recipe.auto_keys))}")
    if recipe:
        print("", *tree(recipe), sep="\n")
    if arguments.input is None and arguments.size is None:
        if recipe.notes:
            print("", *(f"{'note':10} {note}" for note in recipe.notes), sep="\n")
        return 0
    data = read_input(arguments.input) if arguments.input is not None else b""
    original = None if data else _described(arguments)
    format = written_format(f"url.{arguments.to}") if arguments.to else None
    plan = core.settle(recipe, data, original=original, format=format).plan
    print(f"\n{explain(plan)}\n\ncosts      {cost(plan)}")
    return 0


def _described(arguments: argparse.Namespace) -> ImageInfo | None:
    """The original that `--size` and its companions describe; None when a picture was named."""
    if arguments.size is None:
        return None
    format = by_extension(arguments.format)
    if format is None:
        raise ValueError(f"--format {arguments.format}: is no format that is read here")
    width, height = arguments.size
    animated = arguments.pages > 1 and format.animation
    return ImageInfo(
        format.name, width, height, pages=arguments.pages, animated=animated, alpha=arguments.alpha
    )
