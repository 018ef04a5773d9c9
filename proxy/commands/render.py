"""`calotype render`: a transformation of local files, without any server."""

from __future__ import annotations

import argparse
import signal
import sys
from functools import partial
from pathlib import Path

from proxy.commands.common import complain
from proxy.commands.core import Core, on_core, read_input, written_format
from proxy.progress import track
from transforms.errors import TransformError
from transforms.formats import FORMATS, by_extension
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
        rendition = _rendition(core, recipe, source, written_format(target))
        if target == "-":
            sys.stdout.buffer.write(rendition.body)
            sys.stdout.buffer.flush()
        else:
            Path(target).write_bytes(rendition.body)
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
    rendition = _rendition(core, recipe, str(source), None)
    written = target / f"{source.stem}{_ending(rendition)}"
    if written.resolve() in taken:
        return complain(f"{source}: would be written over {written}")
    taken.add(written.resolve())
    written.write_bytes(rendition.body)
    if not quiet:
        print(_summary(str(written), rendition), file=sys.stderr)
    return 0


def _ending(rendition: Rendition) -> str:
    """The extension of the format; answers in text have none of their own."""
    extensions = FORMATS[rendition.format].extensions
    return f".{extensions[0]}" if extensions else f".{rendition.format}"


def _rendition(core: Core, recipe: Recipe, source: str, format: str | None) -> Rendition:
    from transforms.render import render

    data = read_input(source)
    settled = core.settle(recipe, data, format=format)
    return render(settled.plan, data, settled.layers)


def _summary(name: str, rendition: Rendition) -> str:
    times = ", ".join(f"{step} {milliseconds:.0f} ms" for step, milliseconds in rendition.timings.items())
    pages = f", {rendition.pages} frames" if rendition.pages > 1 else ""
    size = f"{rendition.width}x{rendition.height}{pages}"
    return f"{name}: {rendition.format} {size}, {len(rendition.body):,} bytes ({times})"
