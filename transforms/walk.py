"""One image on its way through the nodes of a recipe: each component is measured against what it gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from transforms.actions.angle import Angle, AutoTurn
from transforms.actions.background import background_action
from transforms.actions.base import Action, Rows
from transforms.actions.blend import Blend
from transforms.actions.effect import Effect
from transforms.actions.mode import Mode
from transforms.asked import Asked, measure
from transforms.carrying import carried
from transforms.component import (
    asks_for_custom,
    automatic_turn,
    faces_of,
    mode_of,
    notes_on,
    qualified,
    turns_of,
)
from transforms.densities import sized
from transforms.detectors import detector
from transforms.errors import ConflictingParameters, InvalidValue, TransformError
from transforms.filling import assigned, filled
from transforms.fontbook import FontBook
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.gravity import region
from transforms.knowledge import Details, Known, Loaded, Picture, Question, Source, SourceId, Unsettled
from transforms.limits import Limits, check_on_the_way
from transforms.names import Names
from transforms.operations import Canvas, Operation, Rect
from transforms.recipe import Component
from transforms.settling import reduced
from transforms.structure import Choice, Layer, Node

_SHAPING = frozenset({"c", "w", "h", "a", "b", "e", "r", "bo", "o"})
"""Keys without which a component says only how to load and how to save."""

_BESIDES = ("e", "r", "bo", "o")
"""Keys whose value is an action, in the order in which those of one component apply."""

_SAVING = frozenset({"f", "q", "fl", "cs", "dl"})
"""Keys that are about the result wherever they stand; all others beside a layer are about the layer."""

_REDUCED = {"faces": 1024, "attention": 512, "illustration": 256}
"""What may be looked for in a smaller picture, and its longest side in pixels. Answers come back scaled."""

_PLACES = 4
"""So many numbers of a row are lengths: left, top, width, height. A shorter row holds none."""


@dataclass(slots=True)
class Shared:
    """What holds for a picture and all its layers while one recipe is walked through."""

    known: Known
    limits: Limits
    density: Mapping[int, float]
    """The pixel ratio by the `id` of a component, where it is not 1."""
    fonts: FontBook | None = None
    """None: those that come with Calotype."""
    variables: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    taken: list[Component] = field(default_factory=list)
    measured: list[tuple[Component, Frame]] = field(default_factory=list)
    """What the picture itself measured behind each component."""


class Walk:
    """The image, what has been done to it, and what it may ask for."""

    def __init__(
        self, picture: Picture, shared: Shared, *, base: Frame | None = None, relative: bool = False
    ) -> None:
        self.source = picture.base
        self.start: Frame = picture.frame
        """What it measured when it came."""
        self.frame: Frame = picture.frame
        self.operations = list(picture.operations)
        self.base = base
        """For a layer: what it is put on."""
        self.relative = relative
        """Whether shares count of `base`, whatever the component says."""
        self.shared = shared
        self.names = Names(self)
        self._dpr = 1.0

    @property
    def picture(self) -> Picture:
        """The image as it is here."""
        return Picture(self.source, tuple(self.operations), self.frame)

    @property
    def details(self) -> Details:
        """What people have said about the original. Raises Unsettled while that is not known."""
        if self.shared.known.details is None:
            raise Unsettled(details=True)
        return self.shared.known.details

    def through(self, nodes: Iterable[Node]) -> None:
        """Do what they say, in order. Raises Unsettled, InvalidValue, NotOffered and LimitExceeded."""
        for node in nodes:
            match node:
                case Choice():
                    self.through(self._branch(node))
                case Layer():
                    self._put_on(node)
                case _:
                    self.do(node)

    def _branch(self, choice: Choice) -> tuple[Node, ...]:
        try:
            bodies = (
                body for condition, body in choice.branches if not condition or condition.holds(self.names)
            )
            return next(bodies, ())
        except (TransformError, Unsettled) as error:
            raise error.at(choice.place) from None

    def _put_on(self, layer: Layer) -> None:
        # Layers are walked through as this image is; their module has to know this one.
        from transforms.layering import put_on

        if self.base is None:
            self.shared.taken.extend(map(_saving, dict.fromkeys((layer.declared, layer.applied))))
        try:
            put_on(self, layer)
        except (TransformError, Unsettled) as error:
            raise error.at(layer.place_of(getattr(error, "parameter", None))) from None
        if self.base is None:
            self.shared.measured.append((layer.applied, self.frame))

    def do(self, component: Component) -> None:
        """Do what one component says."""
        self._dpr = self.shared.density.get(id(component), 1.0)
        try:
            self._do(component)
        except (TransformError, Unsettled) as error:
            raise error.at(component.place(getattr(error, "parameter", None))) from None
        if self.base is None:
            self.shared.measured.append((component, self.frame))

    def _do(self, component: Component) -> None:
        if self.base is None and component.flag("layer_apply") is not None:
            raise InvalidValue(
                "fl_layer_apply puts nothing on the picture: no layer is open in front of it",
                code="no_layer_to_apply",
                parameter="fl_layer_apply",
            )
        # Variables first: `$v_10,r_$v` uses one where it is set.
        self.shared.variables |= assigned(component, self.names, self.picture)
        component = filled(component, self.names, self.shared.notes)
        dpr = component.get("dpr")
        if dpr is not None and isinstance(dpr.value, (int, float)) and sized(component):
            # As long as it was a variable, nobody could tell.
            self._dpr = float(dpr.value)
        if self.base is None:
            self.shared.taken.append(component)
        self.shared.notes.extend(notes_on(component))
        if not _SHAPING.isdisjoint(parameter.key for parameter in component.parameters):
            self._shape(component)

    def _shape(self, component: Component) -> None:
        asked = self._measure(component)
        turns = turns_of(component)
        turn = automatic_turn(turns)
        if turn is not None and asked.sized:
            width, height = asked.lengths(self.frame)
            self._act(AutoTurn(turn=turn, ratio=width / height))
            # The sides of the image may be swapped now.
            asked = self._measure(component)
        mode = mode_of(component)
        if mode is not None:
            self._act(mode(asked=asked))
        if turns:
            self._act(Angle(turns=turns))
        for key in _BESIDES:
            written = component.get(key)
            if written is not None and isinstance(written.value, Effect):
                self._act(self._qualified(written.value, component))
        fill = background_action(component.get("b"))
        if fill is not None:
            self._act(fill)

    def _measure(self, component: Component) -> Asked:
        return measure(
            component,
            self.frame,
            self.names,
            dpr=self._dpr,
            whole=self._whole(component),
            custom=self._custom() if self.base is None and asks_for_custom(component) else None,
        )

    def _whole(self, component: Component) -> Frame:
        """What shares are of: the image itself, what a layer is put on, or with `fl_region_relative` what the
        gravity finds."""
        if self.base is not None:
            relative = self.relative or component.flag("relative") is not None
            return self.base if relative else self.frame
        sought = faces_of(component) if component.flag("region_relative") is not None else None
        spot = region(sought, self.look("faces", ""), self.frame) if sought is not None else None
        if spot is None:
            return self.frame
        return self.frame.sized(whole_pixels(spot.box.width), whole_pixels(spot.box.height))

    def _custom(self) -> tuple[float, float, float, float] | None:
        """The coordinates stored with the original, where they lie in the image as it is here."""
        stored = self.details.coordinates
        part = carried(Rect(*stored), self.operations, self.start) if stored is not None else None
        return (part.left, part.top, part.width, part.height) if part is not None else None

    def _qualified(self, effect: Effect, component: Component) -> Effect:
        if isinstance(effect, Blend):
            raise ConflictingParameters(
                f"{effect.code} blends a layer with the picture: it stands beside fl_layer_apply",
                parameter=str(effect),
            )
        return qualified(effect, component, self._measure(component)) if effect.qualifiers() else effect

    def _act(self, action: Action) -> None:
        question = action.question(self.frame)
        if question is not None:
            action = action.answered(self.look(*question))
        if isinstance(action, (Mode, Effect)):
            self.shared.notes.extend(action.notes(self.frame))
        if self.base is not None and isinstance(action, Effect):
            self._make_room(action)
        for operation in action.operations(self.frame):
            self.add(operation)

    def _make_room(self, effect: Effect) -> None:
        """Let a layer grow by what an effect draws around it."""
        left, top, right, bottom = effect.bleed(self.frame, text=not isinstance(self.source, Loaded))
        if left or top or right or bottom:
            width, height = self.frame.width + left + right, self.frame.height + top + bottom
            self.add(Canvas(left, top, width, height, label=effect.label))

    def add(self, operation: Operation) -> None:
        """Do this next.

        Raises LimitExceeded when a text becomes too large: what is done to one is done as written, while that
        of pictures is simplified before limits are held.
        """
        self.operations.append(operation)
        self.frame = operation.frame_after(self.frame)
        if not isinstance(self.source, Loaded):
            check_on_the_way((self.frame,), self.shared.limits)

    def source_of(self, source: SourceId) -> Source:
        """What is known of a source that the recipe names. Raises Unsettled while nothing is."""
        found = self.shared.known.sources.get(source)
        if found is None:
            raise Unsettled(sources=(source,))
        return found

    def look(self, kind: str, argument: str) -> Rows:
        """The answer to a question about the image as it is here. Raises as `ask`."""
        if kind == "faces":
            # What no detector saw must not be remembered as what one would see.
            argument = detector()
        picture = self.picture
        if kind in _REDUCED:
            picture = reduced(picture, _REDUCED[kind], self.shared.limits)
        rows = self.ask(Question(kind, argument, picture))
        across, down = self.frame.width / picture.frame.width, self.frame.height / picture.frame.height
        return rows if across == down == 1 else tuple(_enlarged(row, across, down) for row in rows)

    def ask(self, question: Question) -> Rows:
        """The answer to a question. Raises Unsettled where there is none yet."""
        rows = self.shared.known.answers.get(question)
        if rows is None:
            raise Unsettled(question=question)
        return rows


def _saving(component: Component) -> Component:
    """What beside a layer says how the result is saved."""
    return replace(component, parameters=tuple(p for p in component.parameters if p.key in _SAVING))


def _enlarged(row: tuple[float, ...], across: float, down: float) -> tuple[float, ...]:
    """An answer about a smaller picture, in pixels of this one."""
    if len(row) < _PLACES:
        return row
    left, top, width, height, *rest = row
    return (left * across, top * down, width * across, height * down, *rest)
