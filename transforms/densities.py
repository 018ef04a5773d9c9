"""The pixel ratio that holds for each component of a recipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from transforms.recipe import Component
from transforms.structure import Choice, Layer, Node

_UNSCALED = frozenset({"crop", "mpad"})
"""Modes that never scale."""


def densities(nodes: Iterable[Node], notes: list[str]) -> Mapping[int, float]:
    """The ratios that are not 1, by the `id` of the component.

    A `dpr` without `w` and `h` beside it, as some SDKs write it, counts for the last component in front of it
    that scales the picture, or else the first one behind it; with none at all it does nothing. What is done
    to layers is not asked.
    """
    components = list(_components(nodes))
    found: dict[int, float] = {}
    if all(component.get("dpr") is None for component in components):
        return found
    scaling = [place for place, component in enumerate(components) if _scales(component)]
    for place, component in enumerate(components):
        dpr = component.get("dpr")
        if dpr is None or not isinstance(dpr.value, (int, float)):
            continue
        if not sized(component):
            before, behind = [p for p in scaling if p < place], [p for p in scaling if p > place]
            if not before and not behind:
                notes.append(f"{dpr} does nothing: no component asks for a size in pixels")
                continue
            place = before[-1] if before else behind[0]
        found[id(components[place])] = float(dpr.value)
    return found


def sized(component: Component) -> bool:
    """Whether a width or a height stands in it."""
    return component.get("w") is not None or component.get("h") is not None


def _scales(component: Component) -> bool:
    mode = component.get("c")
    return sized(component) and (mode is None or mode.value not in _UNSCALED)


def _components(nodes: Iterable[Node]) -> Iterator[Component]:
    """Those that work on the picture itself, in all branches."""
    for node in nodes:
        match node:
            case Choice(branches):
                for _, body in branches:
                    yield from _components(body)
            case Layer():
                continue
            case Component():
                yield node
