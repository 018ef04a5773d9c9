"""`calotype explain`: how a transformation is read and, for a picture or a size, what would be done."""

from __future__ import annotations

import argparse

from proxy.commands.common import WRONG_SETTINGS, complain, complain_of_recipe, read_settings
from proxy.commands.core import Core, read_input, written_format
from transforms.errors import TransformError
from transforms.formats import by_extension
from transforms.frame import ImageInfo
from transforms.plan import explain


def run(arguments: argparse.Namespace) -> int:
    """Print the canonical form and the plan. Returns the exit status."""
    core = Core()
    if arguments.config is not None:
        settings = read_settings(arguments.config)
        if settings is None:
            return WRONG_SETTINGS
        core = Core.of(settings)
    try:
        recipe = core.read(arguments.transformation)
    except TransformError as error:
        return complain_of_recipe(error, arguments.transformation)
    print(f"canonical  {recipe}")
    if recipe.named:
        print(f"named      {' '.join(recipe.named)}")
    if recipe.auto_keys:
        print(f"the client settles  {' '.join(f'{key}_auto' for key in sorted(recipe.auto_keys))}")
    try:
        original = _original(arguments)
        if original is not None:
            format = written_format(f"url.{arguments.to}") if arguments.to else None
            print(f"\n{explain(core.plan(recipe, original, format))}")
    except TransformError as error:
        return complain_of_recipe(error, arguments.transformation)
    except ValueError as error:
        return complain(str(error))
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}")
    return 0


def _original(arguments: argparse.Namespace) -> ImageInfo | None:
    if arguments.input is not None:
        from transforms.probe import probe

        return probe(read_input(arguments.input))
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
