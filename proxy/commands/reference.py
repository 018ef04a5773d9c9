"""`calotype reference`: the pages that are written from declarations."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from proxy.commands.common import complain
from proxy.progress import track
from proxy.samples import SAMPLES


def run(arguments: argparse.Namespace) -> int:
    """Print or write one page. Returns the exit status."""
    if arguments.sheets is not None:
        try:
            _render_sheets(arguments.sheets)
        except OSError as error:
            return complain(f"{arguments.sheets}: {error.strerror}")
    text = _page(arguments.page)
    if arguments.output is None:
        sys.stdout.write(text)
        return 0
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        return complain(f"{arguments.output}: {error.strerror}")
    return 0


def _page(name: str) -> str:
    if name == "transformations":
        from transforms.reference import reference

        return f"{reference()}\n"
    from proxy.config_docs import as_markdown, as_yaml

    return as_yaml() if name == "config.yaml" else as_markdown()


def _render_sheets(folder: Path) -> None:
    """One contact sheet for each group of examples."""
    from transforms.contactsheet import Shot, sheet, shoot
    from transforms.reference import sheets

    folder.mkdir(parents=True, exist_ok=True)
    shots: dict[str, list[Shot]] = {}
    examples = [(name, example) for name, found in sheets().items() for example in found]
    for name, example in track(examples, "Rendering examples"):
        shots.setdefault(name, []).append(shoot(example, _sample))
    for name, taken in shots.items():
        (folder / f"{name}.webp").write_bytes(sheet(taken))


def _sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()
