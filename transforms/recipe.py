"""A transformation read: canonical, frozen, hashable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from transforms.errors import Place
from transforms.kinds.numbers import plain
from transforms.kinds.sizes import auto_width, own_width
from transforms.knowledge import SourceId
from transforms.values import Auto, Flag, Pixels

_FIRST = {"if": 0, "$": 1}
"""What stands in front in a canonical component: conditions, then variables, then all else."""

_CLIENT_KEYS = frozenset({"f", "dpr", "w"})
"""The keys whose `auto` the client decides; `q_auto` is settled by the plan."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One `key_value` as read.

    `value` is the typed value of `transforms.values` (or an `Expression`); `written` is the canonical
    `key_value`; `position` counts characters from the start of the transformation text.
    """

    key: str
    value: object
    written: str
    position: int = field(default=0, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What of it does not count as it is written: numbers past a limit."""

    def __str__(self) -> str:
        return self.written


def canonical_order(parameter: Parameter) -> tuple[int, str]:
    """What the parameters of a component are sorted by."""
    return _FIRST.get(parameter.key, len(_FIRST)), parameter.written


@dataclass(frozen=True, slots=True)
class Component:
    """The parameters between two slashes, in canonical order (sorted by their canonical text)."""

    parameters: tuple[Parameter, ...] = ()
    position: int = field(default=0, compare=False)
    index: int = field(default=0, compare=False)
    """How many components stand in front of it as written; those of a named transformation stand where it
    does."""

    def get(self, key: str) -> Parameter | None:
        """The parameter of that key; flags are asked for with `flag`."""
        for parameter in self.parameters:
            if parameter.key == key:
                return parameter
        return None

    def place(self, written: str | None = None) -> Place:
        """Where this stands, or that of its parameters which is `written` so; all of it, where none is."""
        for parameter in self.parameters:
            if parameter.written == written:
                return Place(parameter.written, parameter.position, self.index)
        return Place(str(self), self.position, self.index)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Every flag of every `fl_` of this component."""
        return tuple(flag for p in self.parameters if p.key == "fl" for flag in p.value)  # type: ignore[attr-defined]

    def flag(self, name: str) -> Flag | None:
        for parameter in self.parameters:
            if parameter.key == "fl":
                for flag in parameter.value:  # type: ignore[attr-defined]
                    if flag.name == name:
                        return flag  # type: ignore[no-any-return]
        return None

    def __str__(self) -> str:
        return ",".join(map(str, self.parameters))


@dataclass(frozen=True, slots=True)
class Recipe:
    """The components of a transformation, in the order they apply; named transformations already expanded.

    `str()` is the canonical form: it parses back to an equal recipe. `named` lists the named transformations
    that were expanded on the way, for surrogate keys.
    """

    components: tuple[Component, ...] = ()
    named: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What of it does not count as it is written: numbers past a limit."""

    def parameters(self, key: str) -> Iterator[Parameter]:
        """Every parameter of that key, first component first."""
        return (p for component in self.components for p in component.parameters if p.key == key)

    def last(self, key: str) -> Parameter | None:
        """The parameter that counts for output keys such as `f` and `q`, where the last one wins."""
        for component in reversed(self.components):
            found = component.get(key)
            if found is not None:
                return found
        return None

    def place(self, parameter: Parameter | None) -> Place | None:
        """Where a parameter of this recipe stands."""
        if parameter is None:
            return None
        holding = (c for c in self.components if any(p is parameter for p in c.parameters))
        return next((component.place(parameter.written) for component in holding), None)

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name anywhere in the recipe."""
        for component in reversed(self.components):
            found = component.flag(name)
            if found is not None:
                return found
        return None

    @property
    def sources(self) -> tuple[SourceId, ...]:
        """What its layers show, as far as the text alone tells, each once."""
        found = (
            p.value.source for key in ("l", "u") for p in self.parameters(key) if hasattr(p.value, "source")
        )
        return tuple(dict.fromkeys(found))

    @property
    def auto_keys(self) -> frozenset[str]:
        """Which of `f`, `dpr` and `w` are left to the client somewhere."""
        return frozenset(p.key for component in self.components for p in component.parameters if _is_open(p))

    def replace_auto(
        self,
        *,
        format: str | None = None,
        dpr: float | None = None,
        width: int | None = None,
        physical: bool = False,
    ) -> Recipe:
        """This recipe with every `f_auto`, `dpr_auto` and `w_auto…` made concrete; None leaves that key open.

        `width` is the client's, in pixels, which are `physical` where a `dpr` is in them already; each
        `w_auto` rounds it as its own arguments say, and one that brings its own width keeps that.
        """
        answers = {"f": format, "dpr": dpr, "w": Pixels(width, physical) if width is not None else None}
        return replace(self, components=tuple(_closed(component, answers) for component in self.components))

    def __bool__(self) -> bool:
        return bool(self.components)

    def __str__(self) -> str:
        return "/".join(map(str, self.components))


def _is_open(parameter: Parameter) -> bool:
    return parameter.key in _CLIENT_KEYS and isinstance(parameter.value, Auto)


def _closed(component: Component, answers: dict[str, str | float | Pixels | None]) -> Component:
    if not any(map(_is_open, component.parameters)):
        return component
    closed = (_answered(p, answers[p.key]) if _is_open(p) else p for p in component.parameters)
    return replace(component, parameters=tuple(sorted(closed, key=canonical_order)))


def _answered(parameter: Parameter, answer: str | float | Pixels | None) -> Parameter:
    if answer is None or not isinstance(parameter.value, Auto):
        return parameter
    if isinstance(answer, Pixels):
        own = own_width(parameter.value)
        width = auto_width(parameter.value, max(1, answer.value)) if own is None else own
        pixels = Pixels(width, answer.physical and own is None)
        return replace(parameter, value=pixels, written=f"w_{pixels}")
    if isinstance(answer, (int, float)):
        return replace(parameter, value=float(answer), written=f"dpr_{plain(float(answer))}")
    return replace(parameter, value=answer, written=f"{parameter.key}_{answer}")
