"""A recipe's components as operations, one after the other, each measured against the image it gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transforms.actions import MODES
from transforms.actions.angle import Angle, AutoTurn, is_automatic
from transforms.actions.background import Background
from transforms.actions.base import Action
from transforms.actions.effect import Effect
from transforms.actions.mode import Mode
from transforms.asked import fill_of, measure, operands
from transforms.frame import Frame
from transforms.operations import Operation
from transforms.recipe import Component, Recipe
from transforms.values import Auto, Gravity, Turn

_MODES = {mode.code.removeprefix("c_"): mode for mode in MODES}

_UNSCALED = frozenset({"crop", "mpad"})

_LOOKING = frozenset({"fill", "lfill", "crop", "thumb"})
"""Modes that can look for what draws the eye."""

_SHAPING = frozenset({"c", "w", "h", "a", "b", "e"})
"""Keys without which a component says only how to load and how to save."""

_WITHOUT_CLIENT = {"w": "the image's own width", "dpr": "1.0", "f": "the original's format"}
"""What autos come to that nobody settled before."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a recipe does to an image, as written: nothing is simplified yet."""

    operations: tuple[Operation, ...]
    notes: tuple[str, ...]


def steps(recipe: Recipe, start: Frame) -> Steps:
    """Evaluate every component in order; `start` is the original as its first component gets it.

    Raises InvalidValue for lengths that come to nothing and pieces outside the image.
    """
    operations: list[Operation] = []
    notes: list[str] = []
    frame = start
    for component, dpr in zip(recipe.components, densities(recipe, notes), strict=True):
        notes.extend(_notes(component))
        if _SHAPING.isdisjoint(parameter.key for parameter in component.parameters):
            continue
        for action in _actions(component, frame, start, dpr):
            if isinstance(action, Mode):
                notes.extend(action.notes(frame))
            for operation in action.operations(frame):
                operations.append(operation)
                frame = operation.frame_after(frame)
    return Steps(tuple(operations), tuple(notes))


def densities(recipe: Recipe, notes: list[str]) -> list[float]:
    """The pixel ratio that holds for each component.

    A `dpr` without `w` and `h` beside it, as some SDKs write it, counts for the last component in front of it
    that scales, or else the first one behind it; with none at all it does nothing.
    """
    found = [1.0] * len(recipe.components)
    scaling = [place for place, component in enumerate(recipe.components) if _scales(component)]
    for place, component in enumerate(recipe.components):
        dpr = component.get("dpr")
        if dpr is None or isinstance(dpr.value, Auto):
            continue
        if not _sized(component):
            before, behind = [p for p in scaling if p < place], [p for p in scaling if p > place]
            if not before and not behind:
                notes.append(f"{dpr} does nothing: no component asks for a size in pixels")
                continue
            place = before[-1] if before else behind[0]
        if isinstance(dpr.value, (int, float)):
            found[place] = float(dpr.value)
    return found


def _sized(component: Component) -> bool:
    return component.get("w") is not None or component.get("h") is not None


def _scales(component: Component) -> bool:
    mode = component.get("c")
    return _sized(component) and (mode is None or mode.value not in _UNSCALED)


def _actions(component: Component, frame: Frame, start: Frame, dpr: float) -> Iterator[Action]:
    """The component's actions in the order of `ACTIONS`.

    After a turn that depends on the box, the box is measured again: the sides of the image are swapped.
    """
    asked = measure(component, frame, operands(frame, start), dpr=dpr)
    turns = _turns(component)
    turn = next(filter(is_automatic, turns), None)
    if turn is not None and asked.sized:
        width, height = asked.lengths(frame)
        action = AutoTurn(turn=turn, ratio=width / height)
        yield action
        for operation in action.operations(frame):
            frame = operation.frame_after(frame)
            asked = measure(component, frame, operands(frame, start), dpr=dpr)
    mode = _mode(component)
    if mode is not None:
        yield mode(asked=asked)
    if turns:
        yield Angle(turns=turns)
    effect = component.get("e")
    if effect is not None and isinstance(effect.value, Effect):
        yield effect.value
    fill = fill_of(component.get("b"))
    if fill is not None:
        yield Background(*fill)


def _mode(component: Component) -> type[Mode] | None:
    """The crop mode: as written; `c_scale` where only a width or height is; none without either."""
    written = component.get("c")
    if written is not None:
        return _MODES[str(written.value)]
    return _MODES["scale"] if _sized(component) else None


def _turns(component: Component) -> tuple[Turn, ...]:
    written = component.get("a")
    return written.value if written is not None and isinstance(written.value, tuple) else ()


def _notes(component: Component) -> Iterator[str]:
    mode = component.get("c")
    for parameter in component.parameters:
        match parameter.key, parameter.value:
            case "g", Gravity("auto", modifiers):
                if modifiers:
                    yield f"{parameter} is taken as g_auto: nothing in particular is looked for"
                if mode is not None and mode.value not in _LOOKING:
                    yield f"{mode} does not look for anything: {parameter} counts as g_center"
            case "z", _ if mode is None or mode.value != "thumb":
                yield f"{parameter} does nothing without c_thumb beside it"
            case "ar", _ if mode is None and not _sized(component):
                yield f"{parameter} does nothing without c, w or h beside it"
            case ("w" | "dpr" | "f") as key, Auto():
                yield f"{parameter} depends on the client: without one it is {_WITHOUT_CLIENT[key]}"
