"""What drawing an SVG takes of each pixel, and how often its elements are drawn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from transforms.limits import Limits
from transforms.prescan.base import broken, too_much

# Milliseconds a megapixel of librsvg 2.61, each primitive over the whole picture, rounded up.
_PRIMITIVES = {
    "feTurbulence": 1100,
    "feGaussianBlur": 220,
    "feDropShadow": 250,
    "feDiffuseLighting": 220,
    "feSpecularLighting": 220,
}
_PRIMITIVE, _MORPHOLOGY, _TAP = 50, 2.3, 20
"""Of any other primitive; of a square of the radius; of a number in a matrix."""
_MASK = 16
_MOST_TOLL = 1_000_000_000
_MOST_RADIUS, _MOST_ORDER = 10_000.0, 1000.0
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_NAME = re.compile(r"[.#]?[A-Za-z_][\w-]{0,99}+")
REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"\s]{1,200})")
_USED_ONLY = frozenset(("filter", "mask", "pattern", "marker", "symbol", "clipPath"))
"""What only stands there to be drawn where it is used."""
_NOT_DRAWN = frozenset(("linearGradient", "radialGradient", "stop", "filter"))

Uses = Mapping[str, int]
"""Ids, and how often each is drawn."""


@dataclass(slots=True)
class _Node:
    """What stands under one id: its own elements and their toll, and the ids that they use."""

    elements: int = 0
    toll: float = 0
    uses: Counter[str] = field(default_factory=Counter)


class Usage:
    """Who uses what: a graph of the elements that have an id."""

    def __init__(self, *, styled: bool) -> None:
        self._styled = styled
        self._root = _Node()
        self._named: dict[str, _Node] = {}
        self._open: list[_Node] = [self._root]
        self._keys: dict[str, list[_Node]] = {}

    def start(self, name: str, attributes: Mapping[str, str], uses: Uses | None, toll: float) -> None:
        """An element begins. It counts for the nearest element around it that has an id."""
        holder = self._open[-1]
        own = attributes.get("id")
        if own is not None and own not in self._named:
            node = self._named[own] = _Node()
            if name not in _USED_ONLY:
                holder.uses[own] += 1
            holder = node
        if name not in _NOT_DRAWN and not name.startswith("fe"):
            holder.elements += 1
        holder.toll += toll
        if uses:
            holder.uses.update(uses)
        self._open.append(holder)
        if self._styled:
            self._keys.setdefault(name, []).append(holder)
            if own is not None:
                self._keys.setdefault(f"#{own}", []).append(holder)
            for item in attributes["class"].split() if "class" in attributes else ():
                self._keys.setdefault(f".{item}", []).append(holder)

    def end(self) -> None:
        """The element that began last ends."""
        self._open.pop()

    def apply_style(self, style: Mapping[str, Uses]) -> None:
        """Add what rules of style make elements use, by `.class`, `#id` or kind of element."""
        for key, uses in style.items():
            for node in self._keys.get(key, ()):
                node.uses.update(uses)

    def total(self, most: int) -> tuple[int, int]:
        """Elements drawn, up to one more than `most`, and their toll in milliseconds a megapixel.

        Raises BrokenImage where something uses itself.
        """
        done: dict[int, tuple[int, float]] = {}
        entered: set[int] = set()
        pending = [self._root]
        while pending:
            node = pending[-1]
            if id(node) in done:
                pending.pop()
                continue
            used = [(self._named[name], times) for name, times in node.uses.items() if name in self._named]
            if id(node) not in entered:
                entered.add(id(node))
                waiting = [other for other, _ in used if id(other) not in done]
                if any(id(other) in entered for other in waiting):
                    raise broken("svg", "something in it uses itself")
                pending += waiting
                continue
            pending.pop()
            elements = node.elements + sum(times * done[id(other)][0] for other, times in used)
            toll = node.toll + sum(times * done[id(other)][1] for other, times in used)
            done[id(node)] = min(elements, most + 1), min(toll, _MOST_TOLL)
        elements, toll = done[id(self._root)]
        return elements, int(toll)


def filter_cost(name: str, attributes: Mapping[str, str]) -> float:
    """What a primitive of a filter, or a mask, takes in milliseconds a megapixel; 0 for all else."""
    if name == "mask":
        return _MASK
    if not name.startswith("fe") or name.startswith(("feFunc", "feMergeNode")) or name.endswith("Light"):
        return 0
    if name == "feMorphology":
        return _PRIMITIVE + _MORPHOLOGY * min(_MOST_RADIUS, _largest(attributes.get("radius", "0"))) ** 2
    if name == "feConvolveMatrix":
        return _PRIMITIVE + _TAP * min(_MOST_ORDER, _largest(attributes.get("order", "3"))) ** 2
    return _PRIMITIVES.get(name, _PRIMITIVE)


def styled(text: str, limits: Limits) -> tuple[int, dict[str, Counter[str]]]:
    """The number of rules in a sheet of style, and what they make elements use.

    A rule counts for everything that its selector names: more than it matches, never less.
    """
    if len(text) > limits.max_svg_style_bytes:
        raise too_much("has a very long sheet of style", "svg_style_too_large", "svg")
    found: dict[str, Counter[str]] = {}
    rules = text.split("}")
    for rule in rules:
        selector, _, body = rule.rpartition("{")
        uses = REFERENCE.findall(body)
        for name in _NAME.findall(selector) if uses else ():
            found.setdefault(name, Counter()).update(uses)
    return len(rules), found


def _largest(text: str) -> float:
    return max(map(float, _NUMBER.findall(text)), default=0.0)
