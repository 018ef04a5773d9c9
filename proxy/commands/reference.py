"""`calotype reference`: the pages that are written from declarations."""

from __future__ import annotations

import argparse
import sys

from proxy.commands.common import complain


def run(arguments: argparse.Namespace) -> int:
    """Print or write one page. Returns the exit status."""
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
