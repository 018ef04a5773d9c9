"""One component read as actions: which crop mode, which turns, which qualifiers go to which effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from transforms.actions import MODES
from transforms.actions.angle import is_automatic
from transforms.actions.effect import Effect
from transforms.actions.mode import Mode
from transforms.asked import Asked, fill_of
from transforms.densities import sized
from transforms.kinds.gravities import FACES
from transforms.kinds.sizes import IGNORED, own_width
from transforms.recipe import Component
from transforms.values import Auto, Gravity, Pixels, Turn

_MODES = {mode.code.removeprefix("c_"): mode for mode in MODES}

_LOOKING = frozenset({"fill", "lfill", "crop", "thumb", "fill_pad", "auto", "auto_pad", "imagga_crop"})
"""Modes that can look for what draws the eye."""

_WITHOUT_CLIENT = {"w": "the image's own width", "dpr": "1.0", "f": "the original's format"}
"""What autos come to that nobody settled before."""


def mode_of(component: Component) -> type[Mode] | None:
    """The crop mode: as written; `c_scale` where only a width or height is; none without either.

    An effect that takes the width and the height beside it leaves none for a mode nobody wrote.
    """
    written = component.get("c")
    if written is not None:
        return _MODES[str(written.value)]
    if not sized(component):
        return None
    effect = component.get("e")
    taken = effect.value.qualifiers() if effect is not None and isinstance(effect.value, Effect) else {}
    return None if "w" in taken or "h" in taken else _MODES["scale"]


def turns_of(component: Component) -> tuple[Turn, ...]:
    """What `a_` says."""
    written = component.get("a")
    return written.value if written is not None and isinstance(written.value, tuple) else ()


def automatic_turn(turns: Sequence[Turn]) -> Turn | None:
    """The turn that depends on the box, if any."""
    return next(filter(is_automatic, turns), None)


def qualified(effect: Effect, component: Component, asked: Asked) -> Effect:
    """`effect` with the qualifiers that are written beside it."""
    gravity, radius = component.get("g"), component.get("r")
    values = {
        "x": asked.x,
        "y": asked.y,
        "w": asked.width,
        "h": asked.height,
        "co": fill_of(component.get("co")),
        "b": asked.background,
        "g": gravity.value if gravity is not None else None,
        "r": radius.value if radius is not None else None,
    }
    written = {
        name: values[key] for key, name in effect.qualifiers().items() if component.get(key) is not None
    }
    return replace(effect, **written)


def faces_of(component: Component) -> str | None:
    """Which faces the gravity looks for first: `face`, `faces` or `eyes`."""
    written = component.get("g")
    gravity = written.value if written is not None else None
    return FACES.get(gravity.name) if isinstance(gravity, Gravity) else None


def asks_for_custom(component: Component) -> bool:
    """Whether the gravity needs the coordinates that are stored with the original."""
    written = component.get("g")
    gravity = written.value if written is not None else None
    return isinstance(gravity, Gravity) and "custom" in (gravity.name, *gravity.arguments)


def notes_on(component: Component) -> Iterator[str]:
    """What of a component does nothing, or not what it says."""
    mode = component.get("c")
    for parameter in component.parameters:
        match parameter.key, parameter.value:
            case "if", _:
                yield f"{parameter} does nothing: no condition is open in front of it"
            case "g", Gravity("auto", _) if mode is not None and mode.value not in _LOOKING:
                yield f"{mode} does not look for anything: {parameter} counts as g_center"
            case "ar", value if value != IGNORED and mode is None and not sized(component):
                yield f"{parameter} does nothing without c, w or h beside it"
            case "w", Pixels(_, True) if component.get("dpr") is not None:
                yield f"{parameter} counts the client's own pixels: {component.get('dpr')} leaves it as it is"
            case "w", Auto() as auto if own_width(auto) is not None:
                continue
            case ("w" | "dpr" | "f") as key, Auto():
                yield f"{parameter} depends on the client: without one it is {_WITHOUT_CLIENT[key]}"
