"""A recipe as a tree: what nests in what, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from transforms.recipe import Component, Recipe
from transforms.structure import Choice, Layer, Node, structure

_INDENT = "  "


def tree(recipe: Recipe) -> tuple[str, ...]:
    """The nodes of a recipe, indented by how deep they lie."""
    return tuple(_lines(structure(recipe.components), ""))


def _lines(nodes: Iterable[Node], indent: str) -> Iterator[str]:
    for node in nodes:
        match node:
            case Choice(branches):
                for place, (condition, body) in enumerate(branches):
                    word = "else" if condition is None else f"{'else ' if place else ''}if {condition}"
                    yield f"{indent}{word}"
                    yield from _lines(body, indent + _INDENT)
            case Layer(declared, chain, applied):
                yield f"{indent}layer {_said(declared)}"
                yield from _lines(chain, indent + _INDENT)
                if applied is not declared:
                    yield f"{indent}put on {_said(applied)}"
            case Component():
                yield f"{indent}{_said(node)}"


def _said(component: Component) -> str:
    """The parameters with a space between, so that each can be told from the next."""
    return " ".join(map(str, component.parameters))
