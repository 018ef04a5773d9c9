"""A layer of a recipe becomes an operation: what it shows, what is done to it, and where it lies."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from transforms.actions.blend import Blend
from transforms.asked import measure
from transforms.component import qualified
from transforms.composite import Composite
from transforms.errors import ConflictingParameters
from transforms.filling import assigned, filled
from transforms.frame import Frame
from transforms.geometry import full, whole_pixels
from transforms.gravity import eyes, position
from transforms.kinds.gravities import FACES, PLACES
from transforms.knowledge import Picture
from transforms.operations import Rect
from transforms.recipe import Component
from transforms.settling import settled_picture
from transforms.shown import shown_by
from transforms.structure import LAYERS, Choice, Layer, Node, certain
from transforms.values import Gravity
from transforms.walk import Walk

_PLACING = frozenset({"g", "x", "y"})
"""Keys that say where a layer lies."""

_MOST_FACES = 20
"""So many layers one gravity puts on at the most: of a crowd the largest faces."""

_KEEPS_CANVAS = ("no_overflow", "tiled", "cutter")
"""Flags with which the canvas does not grow."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of the picture that a layer belongs to, and where in it."""

    region: Rect
    gravity: str

    @property
    def frame(self) -> Frame:
        """What the region measures in whole pixels."""
        return Frame(whole_pixels(self.region.width), whole_pixels(self.region.height))


def put_on(walk: Walk, layer: Layer) -> None:
    """Put a layer on the image of `walk`; on every face, where its gravity says so."""
    declared = _filled(layer.declared, walk)
    at_once = layer.applied is layer.declared
    if not at_once and (condition := layer.applied.get("if")) is not None:
        raise ConflictingParameters(
            f"{condition} stands beside fl_layer_apply: it belongs beside the layer, or in front of it",
            parameter=condition.written,
            position=layer.applied.position,
        )
    applied = declared if at_once else _filled(layer.applied, walk)
    shown = shown_by(declared, certain(layer.chain), walk)
    if shown is None:
        written = next(p for p in declared.parameters if p.key in LAYERS)
        walk.shared.notes.append(f"{written}: its variables leave no text, and the layer is left out")
        return
    if shown.table is not None:
        walk.add(shown.table)
        return
    nodes: list[Node] = [_treatment(declared, shown.taken | (_PLACING if at_once else frozenset()))]
    nodes += layer.chain
    if not at_once:
        nodes.append(_treatment(applied, _PLACING))
    relative = {flag for flag in ("relative", "region_relative") if _any_flag(flag, declared, applied, nodes)}
    for place in list(_places(walk, applied, "region_relative" in relative)):
        base = place.frame if "region_relative" in relative else walk.frame
        own = Walk(shown.picture, walk.shared, base=base, relative=bool(relative))
        own.through(nodes)
        walk.add(_composite(walk, own.picture, declared, applied, place))


def _filled(component: Component, walk: Walk) -> Component:
    walk.shared.variables |= assigned(component, walk.names, walk.picture)
    return filled(component, walk.names, walk.shared.notes)


def _treatment(component: Component, without: Iterable[str]) -> Component:
    """What of a component is done to the layer itself."""
    left_out = {*LAYERS, "$", *without}
    kept = (p for p in component.parameters if p.key not in left_out and not isinstance(p.value, Blend))
    return replace(component, parameters=tuple(kept))


def _any_flag(name: str, declared: Component, applied: Component, nodes: Iterable[Node]) -> bool:
    """Whether a flag is written on the layer, where it is put on, or in front of what is done to it."""
    return any(component.flag(name) for component in (declared, applied, *_components(nodes)))


def _components(nodes: Iterable[Node]) -> Iterator[Component]:
    for node in nodes:
        if isinstance(node, Component):
            yield node
        elif isinstance(node, Choice):
            for _, body in node.branches:
                yield from _components(body)


def _places(walk: Walk, applied: Component, by_region: bool) -> Iterator[_Place]:
    """Where the layer goes; nowhere, when it goes to what is not in the picture."""
    written = applied.get("g")
    gravity = written.value if written is not None and isinstance(written.value, Gravity) else None
    everywhere = full(walk.frame)
    if gravity is None or gravity.name in (*PLACES, "xy_center"):
        yield _Place(everywhere, gravity.name if gravity is not None else "center")
        return
    faces = _faces(walk, FACES[gravity.name]) if gravity.name in FACES else []
    yield from (_Place(face, "center") for face in faces)
    if faces:
        return
    looked = "no face was found" if gravity.name in FACES else f"a layer is not placed by {gravity.name}"
    if by_region and gravity.name in FACES:
        walk.shared.notes.append(f"{written}: {looked}, and the layer is left out")
        return
    fallback = next((word for word in gravity.arguments if word in PLACES), "center")
    walk.shared.notes.append(f"{written}: {looked}; the layer lies at g_{fallback}")
    yield _Place(everywhere, fallback)


def _faces(walk: Walk, sought: str) -> list[Rect]:
    """The largest face, all faces, or the eyes of all."""
    faces = [Rect(*row[:4]) for row in walk.look("faces", "")][: 1 if sought == "face" else _MOST_FACES]
    return [eyes(face) for face in faces] if sought == "eyes" else faces


def _composite(
    walk: Walk, picture: Picture, declared: Component, applied: Component, place: _Place
) -> Composite:
    """The operation: where the layer lies, and how far the canvas has to grow for it."""
    blend = _blend(walk, applied)
    frame, layer = walk.frame, picture.frame
    taken = blend.qualifiers() if blend is not None else {}
    left, top = _corner(walk, layer, _without(applied, taken), place)
    grows = blend is None and not any(applied.flag(f) or declared.flag(f) for f in _KEEPS_CANVAS)
    base_left, base_top = (max(0, -left), max(0, -top)) if grows else (0, 0)
    right = max(frame.width, left + layer.width) if grows else frame.width
    bottom = max(frame.height, top + layer.height) if grows else frame.height
    under = declared.get("u") is not None
    return Composite(
        layer=settled_picture(picture, walk.shared.limits),
        left=left + base_left,
        top=top + base_top,
        width=right + base_left,
        height=bottom + base_top,
        base_left=base_left,
        base_top=base_top,
        under=under,
        tiled=any(c.flag("tiled") is not None for c in (declared, applied)),
        cutter=any(c.flag("cutter") is not None for c in (declared, applied)),
        blend=blend,
        label="u" if under else "l",
    )


def _corner(walk: Walk, layer: Frame, applied: Component, place: _Place) -> tuple[int, int]:
    """The left and top edge of the layer, in pixels of the picture."""
    asked = measure(applied, walk.frame, walk.names)
    left, top = position(place.frame, layer.width, layer.height, gravity=place.gravity, x=asked.x, y=asked.y)
    return math.floor(place.region.left + left), math.floor(place.region.top + top)


def _without(component: Component, keys: Container[str]) -> Component:
    return replace(component, parameters=tuple(p for p in component.parameters if p.key not in keys))


def _blend(walk: Walk, applied: Component) -> Blend | None:
    """The blend, with what is written beside it: `x` and `y` push with `e_displace` and place no layer."""
    effect = applied.get("e")
    if effect is None or not isinstance(effect.value, Blend):
        return None
    blend = effect.value
    written = qualified(blend, applied, measure(applied, walk.frame, walk.names))
    blend = written if isinstance(written, Blend) else blend
    walk.shared.notes.extend(blend.notes(walk.frame))
    return blend
