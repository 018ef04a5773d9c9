"""Checks that look at several settings together, or that the core must do: the transformations.

They look at the values as given, not at a finished tree, so that what they find is told together with every
other mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxy.config_shape import Path
from transforms.errors import TransformError
from transforms.parser import parse

Problem = tuple[Path, str]

_NOT_IN_NAMES = ",./"


def transformation_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with `named_transformations` and `eager`, each with its place."""
    named = _texts(values.get("named_transformations"))
    for name, text in named.items():
        if (problem := named_name_problem(name)) is not None:
            yield ("named_transformations", name), problem
        yield from _problems(("named_transformations", name), text, named)
    eager = values.get("eager")
    for index, text in enumerate(eager if isinstance(eager, (list, tuple)) else ()):
        if isinstance(text, str):
            yield from _problems(("eager", index), text, named)


def named_name_problem(name: str) -> str | None:
    """Why no named transformation can be called so; None when one can."""
    wrong = not name or any(character in name for character in _NOT_IN_NAMES)
    return "Expected a name without comma, dot and slash" if wrong else None


def _texts(given: object) -> dict[str, str]:
    """What is text in a mapping: anything else is told where types are checked."""
    items = given.items() if isinstance(given, dict) else ()
    return {name: text for name, text in items if isinstance(name, str) and isinstance(text, str)}


def _problems(path: Path, text: str, named: Mapping[str, str]) -> Iterator[Problem]:
    try:
        recipe = parse(text, named=named)
    except TransformError as error:
        place = "" if error.position is None else f", at character {error.position + 1} of {text!r}"
        yield path, f"{error.message}{place}"
        return
    if not recipe:
        yield path, "Expected a transformation such as c_fill,h_150,w_150, got nothing"
