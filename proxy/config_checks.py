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
    """What is wrong with `named_transformations`, `eager` and those of `hosting`, each with its place."""
    named = _texts(values.get("named_transformations"))
    for name, text in named.items():
        if (problem := named_name_problem(name)) is not None:
            yield ("named_transformations", name), problem
        yield from _problems(("named_transformations", name), text, named)
    eager = values.get("eager")
    for index, text in enumerate(eager if isinstance(eager, (list, tuple)) else ()):
        if isinstance(text, str):
            yield from _problems(("eager", index), text, named)
    for place, text in _hosted(values.get("hosting")):
        yield from _problems(("hosting", *place), text, named)


def named_name_problem(name: str) -> str | None:
    """Why no named transformation can be called so; None when one can."""
    wrong = not name or any(character in name for character in _NOT_IN_NAMES)
    return "Expected a name without comma, dot and slash" if wrong else None


def _hosted(given: object) -> Iterator[tuple[Path, str]]:
    """The transformations of uploads: sizes, and those of presets."""
    for name, size in _mapping(_mapping(given).get("eager")).items():
        text = size if isinstance(size, str) else _mapping(size).get("transformation")
        if isinstance(text, str):
            yield ("eager", name) if text is size else ("eager", name, "transformation"), text
    for name, preset in _mapping(_mapping(given).get("presets")).items():
        text, eager = (_mapping(preset).get(key) for key in ("transformation", "eager"))
        if isinstance(text, str) and text:
            yield ("presets", name, "transformation"), text
        for index, each in enumerate(eager if isinstance(eager, (list, tuple)) else ()):
            if isinstance(each, str):
                yield ("presets", name, "eager", index), each


def _mapping(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


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
