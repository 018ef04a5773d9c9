"""`calotype render`: a transformation of local files, without any server."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from functools import partial
from pathlib import Path

from proxy.commands.common import complain
from proxy.commands.core import Core, on_core, read_input, written_format
from proxy.progress import track
from transforms.errors import TransformError
from transforms.formats import FORMATS, by_extension
from transforms.info import info
from transforms.recipe import Recipe
from transforms.rendition import Rendition


def run(arguments: argparse.Namespace) -> int:
    """Render one file, or every picture of a folder. Returns the exit status."""
    return on_core(arguments, partial(_render, arguments))


def _render(arguments: argparse.Namespace, core: Core, recipe: Recipe) -> int:
    # libvips does not look at Python's signals: without this, Ctrl-C would wait for the encoder.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if arguments.input != "-" and Path(arguments.input).is_dir():
        return _render_folder(core, recipe, Path(arguments.input), Path(arguments.output), arguments.quiet)
    return _render_file(core, recipe, arguments.input, arguments.output, arguments.quiet)


def _render_file(core: Core, recipe: Recipe, source: str, target: str, quiet: bool) -> int:
    try:
        format = None if _says_format(recipe) else written_format(target)
        rendition, body = _answer(core, recipe, source, format)
        if target == "-":
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
        else:
            Path(target).write_bytes(body)
    except TransformError as error:
        return complain(f"{source}: {error.message}")
    except OSError as error:
        return complain(f"{error.filename or target}: {error.strerror}")
    if not quiet:
        print(_summary(target, rendition), file=sys.stderr)
    return 0


def _render_folder(core: Core, recipe: Recipe, source: Path, target: Path, quiet: bool) -> int:
    """Every picture at the top of `source`, into `target`; what fails is told and the rest goes on."""
    pictures = sorted(path for path in source.iterdir() if path.is_file() and by_extension(path.suffix))
    if not pictures:
        return complain(f"{source}: no pictures in this folder")
    taken = {path.resolve() for path in pictures}
    failures = 0
    for path in track(pictures, "Rendering"):
        try:
            target.mkdir(parents=True, exist_ok=True)
            failures += _render_into(core, recipe, path, target, taken, quiet)
        except TransformError as error:
            failures += complain(f"{path}: {error.message}")
        except OSError as error:
            failures += complain(f"{error.filename or target}: {error.strerror}")
    return min(failures, 1)


def _render_into(
    core: Core, recipe: Recipe, source: Path, target: Path, taken: set[Path], quiet: bool
) -> int:
    """One picture of a folder, under its own stem; never over an original or over what was just made."""
    rendition, body = _answer(core, recipe, str(source), None)
    written = target / f"{source.stem}{_ending(recipe, rendition)}"
    if written.resolve() in taken:
        return complain(f"{source}: would be written over {written}")
    taken.add(written.resolve())
    written.write_bytes(body)
    if not quiet:
        print(_summary(str(written), rendition), file=sys.stderr)
    return 0


def _says_format(recipe: Recipe) -> bool:
    """Whether the transformation says itself what comes out, so that a name's extension does not."""
    return recipe.last("f") is not None or recipe.flag("getinfo") is not None


def _ending(recipe: Recipe, rendition: Rendition) -> str:
    """The extension of the format; answers in text have none of their own."""
    if recipe.flag("getinfo") is not None:
        return ".json"
    extensions = FORMATS[rendition.format].extensions
    return f".{extensions[0]}" if extensions else f".{rendition.format}"


def _answer(core: Core, recipe: Recipe, source: str, format: str | None) -> tuple[Rendition, bytes]:
    """What was rendered, and what is written: that, or with `fl_getinfo` what there is to say of it."""
    from transforms.render import render

    data = read_input(source)
    settled = core.settle(recipe, data, format=format)
    rendition = render(settled.plan, data, settled.layers)
    if recipe.flag("getinfo") is None:
        return rendition, rendition.body
    told = info(settled.plan.original, len(data), rendition, settled.plan, settled.answers)
    return rendition, json.dumps(told, indent=2).encode() + b"\n"


def _summary(name: str, rendition: Rendition) -> str:
    times = ", ".join(f"{step} {milliseconds:.0f} ms" for step, milliseconds in rendition.timings.items())
    pages = f", {rendition.pages} frames" if rendition.pages > 1 else ""
    size = f"{rendition.width}x{rendition.height}{pages}"
    return f"{name}: {rendition.format} {size}, {len(rendition.body):,} bytes ({times})"
