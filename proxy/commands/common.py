"""What several commands share: reading the settings, and telling people what went wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from proxy.config import Settings, load_settings
from proxy.config_errors import ConfigErrors
from transforms.errors import TransformError, printable

FAILED = 1
WRONG_SETTINGS = 2


def read_settings(path: Path | None) -> Settings | None:
    """The settings, or None after telling every mistake in them."""
    try:
        return load_settings(path)
    except ConfigErrors as errors:
        tell_mistakes(errors)
        return None


def tell_mistakes(errors: ConfigErrors) -> None:
    """Name everything that is wrong with the settings."""
    count = len(errors.lines)
    print(f"calotype: {count} mistake{'s' if count > 1 else ''} in the settings:", file=sys.stderr)
    for line in errors.lines:
        print(f"  {line}", file=sys.stderr)


def complain(message: str) -> int:
    """Say what went wrong, in one line; returns the exit status."""
    print(f"calotype: {printable_line(message)}", file=sys.stderr)
    return FAILED


def complain_of_recipe(error: TransformError, text: str) -> int:
    """Say what is wrong with a transformation, with a mark under the place; returns the exit status."""
    complain(error.message)
    if error.position is not None and text.isprintable():
        length = max(1, len(error.parameter or "")) if error.parameter != printable("") else 1
        length = max(1, min(length, len(text) - error.position))
        print(f"  {text}\n  {' ' * error.position}{'^' * length}", file=sys.stderr)
    return FAILED


def printable_line(text: str) -> str:
    """`text` without line breaks and control characters."""
    return "".join(c if c.isprintable() else " " for c in text)
