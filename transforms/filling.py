"""Variables put in: parameters that were templates become values, assignments become variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from transforms.catalog import OFFERED
from transforms.errors import InvalidValue, TransformError, printable
from transforms.kinds.base import Misread
from transforms.kinds.numbers import telling
from transforms.kinds.publicids import decoded
from transforms.knowledge import Picture
from transforms.names import Names
from transforms.operands import Current, Value
from transforms.recipe import Component, Parameter
from transforms.templates import Template
from transforms.variables import Assignment, evaluate, in_order


def filled(component: Component, names: Names, notes: list[str]) -> Component:
    """`component` with its templates filled and read, but for those of layers; what of them does not count as
    it came out is added to `notes`.

    Raises InvalidValue for what does not read then.
    """
    if not any(isinstance(parameter.value, Template) for parameter in component.parameters):
        return component
    parameters = []
    for parameter in component.parameters:
        parameters.append(_filled(parameter, names))
        if parameters[-1] is not parameter:
            notes += parameters[-1].notes
    return replace(component, parameters=tuple(parameters))


def _filled(parameter: Parameter, names: Names) -> Parameter:
    if not isinstance(parameter.value, Template) or parameter.key in ("l", "u"):
        return parameter
    try:
        text = parameter.value.fill(names, decodings=1)
    except TransformError as error:
        if error.position is None:
            error.position, error.parameter = parameter.position, parameter.written
        raise
    kind = OFFERED[parameter.key].kind
    try:
        text = decoded(text)
        with telling() as told:
            value = kind.read(text)
    except Misread as error:
        raise InvalidValue(
            f"{parameter} comes to {parameter.key}_{text}, which {error.reason}",
            parameter=parameter.written,
            position=parameter.position,
            nearest=error.nearest,
        ) from None
    notes = tuple(f"{parameter} comes to {parameter.key}_{printable(text)}: {note}" for note in told)
    return replace(
        parameter, value=value, written=f"{parameter.key}_{kind.spelling(text, value)}", notes=notes
    )


def assigned(component: Component, names: Names, here: Picture) -> dict[str, Value | Picture]:
    """The variables that a component sets, by name with the `$`. `current` is the picture as it is here."""
    assignments = [p.value for p in component.parameters if p.key == "$" and isinstance(p.value, Assignment)]
    if not assignments:
        return {}
    found: dict[str, Value | Picture] = {}
    for assignment in in_order(assignments):
        try:
            value = evaluate(assignment, _Also(names, found))
        except TransformError as error:
            raise error.about(str(assignment)) from None
        found[f"${assignment.name}"] = here if isinstance(value, Current) else value
    return found


class _Also:
    """Names, with variables that are being set in front."""

    def __init__(self, names: Names, found: Mapping[str, Value | Picture]) -> None:
        self._names, self._found = names, found

    def __getitem__(self, name: str) -> Value:
        value = self._found.get(name)
        if value is None:
            return self._names[name]
        return Current() if isinstance(value, Picture) else value

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._names), **self._found})
