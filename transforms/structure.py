"""The nesting of a recipe: conditions with their branches, layers with what is done to them.

A recipe is a flat list of components; three markers nest it.

    if_<condition>/…/if_else/…/if_end     a choice; `if_else/if_<condition>` may share one `if_end`
    if_<condition>,w_100                  with parameters beside it: a choice about this component alone
    l_<id>,…/…/fl_layer_apply,…           a layer, and what is done to it before it is put on the picture
    l_<id>,w_80,g_south                   without a `fl_layer_apply` of its own: put on at once

Every text has a structure. A marker that closes nothing stays where it is, as a component: an `if_end` is
forgiven by who walks through the nodes, a `fl_layer_apply` is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from transforms.conditions import Condition
from transforms.errors import Place
from transforms.recipe import Component

LAYERS = ("l", "u")
"""The keys that declare a layer: over and under the picture."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: where it is declared, what is done to it, and how it is put on the picture."""

    declared: Component
    chain: tuple[Node, ...]
    applied: Component
    """The same component as `declared` where both are one."""

    def place_of(self, parameter: str | None) -> Place:
        """Where that parameter stands, beside it or where it is put on; else where it is declared."""
        for component in (self.declared, self.applied):
            if any(each.written == parameter for each in component.parameters):
                return component.place(parameter)
        shown = next((each.written for each in self.declared.parameters if each.key in LAYERS), None)
        return self.declared.place(shown)


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch whose condition holds; None as the condition is `if_else`."""

    branches: tuple[Branch, ...]
    declared: Component = field(default_factory=Component, compare=False)
    """Where the first condition stands."""

    @property
    def place(self) -> Place:
        """Where its first condition stands."""
        condition = self.declared.get("if")
        return self.declared.place(condition.written if condition is not None else None)


Node = Component | Layer | Choice

Branch = tuple[Condition | None, tuple[Node, ...]]


def structure(components: Sequence[Component]) -> tuple[Node, ...]:
    """The nodes of a recipe."""
    if not any(map(_nests, components)):
        return tuple(components)
    nodes, _ = _Reader(components).block(0, len(components), inside=False)
    return tuple(nodes)


def _nests(component: Component) -> bool:
    return any(p.key in ("if", "l", "u") for p in component.parameters) or _applies(component)


def _applies(component: Component) -> bool:
    return component.flag("layer_apply") is not None


def declares(component: Component) -> bool:
    """Whether a layer begins here."""
    return any(component.get(key) is not None for key in LAYERS)


def _marker(component: Component) -> object:
    """The condition of `if_…`, the texts `else` and `end`, or None."""
    found = component.get("if")
    return found.value if found is not None else None


def _inline(component: Component) -> bool:
    """Whether something stands beside the `if_…`."""
    return len(component.parameters) > 1


def certain(nodes: Iterable[Node]) -> Iterator[Component]:
    """What is done to the picture itself whatever the conditions say."""
    return (node for node in nodes if isinstance(node, Component))


def without_marker(component: Component) -> Component:
    """What stands beside the `if_…`."""
    return replace(component, parameters=tuple(p for p in component.parameters if p.key != "if"))


class _Reader:
    """Knows which `fl_layer_apply` closes which layer, and whether every `if_` has its own `if_end`."""

    def __init__(self, components: Sequence[Component]) -> None:
        self._components = components
        self._closed_by = _layer_ends(components)
        blocks = sum(isinstance(_marker(c), Condition) and not _inline(c) for c in components)
        self._share_ends = sum(_marker(c) == "end" for c in components) < blocks

    def _at(self, place: int, end: int) -> object:
        """The marker at a place; None past the end."""
        return _marker(self._components[place]) if place < end else None

    def block(self, at: int, end: int, *, inside: bool) -> tuple[list[Node], int]:
        """The nodes from a place on, and the place behind them: where, `inside` a branch, an `if_else` or
        `if_end` stands that is not one of theirs."""
        found: list[Node] = []
        while at < end:
            component, marker = self._components[at], self._at(at, end)
            if isinstance(marker, Condition):
                branches, at = self._choice(at, end)
                found.append(Choice(tuple(branches), component))
            elif marker is not None and inside:
                return found, at
            elif declares(component):
                layer, at = self._layer(component, at, end)
                found.append(layer)
            else:
                found.append(component)
                at += 1
        return found, at

    def _choice(self, at: int, end: int) -> tuple[list[Branch], int]:
        """The branches of the condition at `at`, and the place behind them."""
        component = self._components[at]
        condition = _marker(component)
        assert isinstance(condition, Condition)
        block = not _inline(component)
        if block:
            nodes, at = self.block(at + 1, end, inside=True)
            body = tuple(nodes)
        else:
            body, at = self._beside(at, end)
        first: Branch = (condition, body)
        if self._at(at, end) == "else":
            rest, at = self._else(at, end)
            return [first, *rest], at
        return [first], at + (block and self._at(at, end) == "end")

    def _else(self, at: int, end: int) -> tuple[list[Branch], int]:
        """The branches from the `if_else` at `at` on, and the place behind them."""
        if _inline(self._components[at]):
            body, at = self._beside(at, end)
            return [(None, body)], at + (self._at(at, end) == "end")
        following = self._at(at + 1, end)
        if self._share_ends and isinstance(following, Condition):
            return self._choice(at + 1, end)
        nodes, at = self.block(at + 1, end, inside=True)
        return [(None, tuple(nodes))], at + (self._at(at, end) == "end")

    def _beside(self, at: int, end: int) -> tuple[tuple[Node, ...], int]:
        """What stands beside an `if_…`: a layer or a plain component; and the place behind it."""
        component = without_marker(self._components[at])
        if not declares(component):
            return (component,), at + 1
        layer, at = self._layer(component, at, end)
        return (layer,), at

    def _layer(self, declared: Component, at: int, end: int) -> tuple[Layer, int]:
        """The layer declared at `at`, and the place behind it."""
        last = self._closed_by.get(at, at)
        if last == at:
            return Layer(declared, (), declared), at + 1
        chain, _ = self.block(at + 1, min(last, end), inside=False)
        return Layer(declared, tuple(chain), self._components[last]), last + 1


def _layer_ends(components: Sequence[Component]) -> dict[int, int]:
    """Where the layers that have a `fl_layer_apply` are closed, by where they begin: the last one opened is
    closed first, as with brackets."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for at, component in enumerate(components):
        if declares(component) and not _applies(component):
            opened.append(at)
        elif _applies(component) and not declares(component) and opened:
            ends[opened.pop()] = at
    return ends
