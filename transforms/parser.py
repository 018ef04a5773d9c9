"""From the text of a transformation to a recipe.

The lexer splits, the kinds read; here the parts are put together, named transformations are expanded where
they stand, and every refusal is given its place. What is forgiven is little and shows in the canonical form:
empty parameters and components go, a parameter written twice counts once, numbers lose zeros that say
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from transforms import lexer
from transforms.catalog import KEYS, LONG_NAMES, NAMED, OFFERED, refusal
from transforms.errors import (
    ConflictingParameters,
    InvalidValue,
    LimitExceeded,
    NotOffered,
    TransformError,
    UnknownParameter,
    printable,
)
from transforms.kinds.base import Misread, UnknownName, nearest
from transforms.kinds.numbers import telling
from transforms.kinds.publicids import decoded
from transforms.known import KNOWN_KEYS
from transforms.lexer import Piece
from transforms.recipe import Component, Parameter, Recipe, canonical_order
from transforms.templates import Template, has_variables, is_template

MAX_EXPANSIONS = 25
"""Named transformations that one text may expand, those inside others counted too."""

RAW = frozenset({"fl", "if", "$", "l", "u", "d"})
"""Keys whose kinds decode for themselves: what is encoded twice belongs to a text."""

_LITERAL = frozenset({"fl", "if", "$", "w", "h", "x", "y", "ar"})
"""Keys whose kinds read variables for themselves, or take none."""

_NAMING = frozenset({"l", "u", "d"})
"""Keys whose value is a name, in which `mul` is no arithmetic."""

_LONGEST_KEY = 4
_KEY_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


def parse(text: str, *, named: Mapping[str, str] | None = None) -> Recipe:
    """The recipe of a transformation text as it stands in the URL, still percent-encoded.

    `named` holds the named transformations by name. Raises RecipeError when the text does not read,
    NotOffered for what is known but not done here, LimitExceeded past a limit of `transforms.lexer`.
    """
    return _Reader(named or {}).read(text)


def is_component(segment: str) -> bool:
    """Does this segment of a path read as a component of a transformation?

    It does when every part starts with a known key and `_`. It also does when one part is a valid parameter
    and the others only look like one (`w_300,hh_200`), so that a slip is answered with the nearest name
    instead of "no such picture".
    """
    found = lexer.pieces(segment)
    unknown = [piece for piece in found if not _is_known(piece)]
    if not unknown:
        return bool(found)
    return all(map(_looks_like_key, unknown)) and any(map(_is_valid, found))


def _is_known(piece: Piece) -> bool:
    return "_" in piece.text and piece.key in KEYS


def _looks_like_key(piece: Piece) -> bool:
    return "_" in piece.text and len(piece.key) <= _LONGEST_KEY and _KEY_LETTERS.issuperset(piece.key)


def _is_valid(piece: Piece) -> bool:
    try:
        _read(piece.text)
    except (Misread, TransformError):
        return False
    return True


@lru_cache(maxsize=4096)
def _read(text: str) -> Parameter:
    """One parameter of an offered key, at position 0. Raises Misread and NotOffered."""
    key, _, value = text.partition("_")
    if text.startswith("$"):
        key, value = "$", text[1:]
    declared = OFFERED.get(key)
    if declared is None:
        raise _unknown(key, text)
    if not value:
        raise Misread(f"has no value; it should be {declared.kind.expected}")
    if key not in _LITERAL and (is_template(value) if key not in _NAMING else has_variables(value)):
        return Parameter(key, Template(value), f"{key}_{value}")
    if key not in RAW and "%" in value:
        value = decoded(value)
    with telling() as told:
        typed = declared.kind.read(value)
    joint = "" if key == "$" else "_"
    notes = tuple(f"{printable(text)}: {note}" for note in told)
    return Parameter(key, typed, f"{key}{joint}{declared.kind.spelling(value, typed)}", notes=notes)


def _unknown(key: str, text: str) -> Misread | NotOffered:
    if key in KNOWN_KEYS:
        return refusal(key)
    if "_" not in text:
        return UnknownName("is not a parameter: it should be a key, `_` and a value, as in w_300")
    reason = f"is not a parameter: no key is called {printable(key)!r}"
    return UnknownName(reason, near=LONG_NAMES.get(key, key), known=KEYS)


class _Reader:
    """Reads one text; remembers which named transformations it is inside of."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self._named = named
        self._components: list[Component] = []
        self._used: dict[str, None] = {}
        self._inside: list[str] = []
        self._expansions = self._layers = 0
        self._notes: list[str] = []

    def read(self, text: str) -> Recipe:
        try:
            self._read_text(text)
        except TransformError as error:
            error.named = tuple(self._used)
            raise
        return Recipe(tuple(self._components), tuple(self._used), tuple(dict.fromkeys(self._notes)))

    def _read_text(self, text: str, at: tuple[int, int] | None = None) -> None:
        """`at` is where the named transformation stands that is being read, and in which component: all that
        is in it is there."""
        for count, pieces in enumerate(lexer.components(text)):
            index = count if at is None else at[1]
            kept: list[Parameter] = []
            for piece in sorted(pieces, key=_sets_nothing):
                try:
                    if piece.key in NAMED:
                        if piece.key == "bl" and (self._components or kept):
                            raise _late_baseline(piece)
                        # What is set beside it is for what it stands for.
                        kept = self._set_first(kept, index)
                        self._expand(piece if at is None else Piece(piece.text, at[0]), index)
                    elif piece.text not in ("l_", "u_"):
                        parameter = _parameter(piece, piece.position if at is None else at[0])
                        self._notes.extend(parameter.notes)
                        kept.append(parameter)
                except TransformError as error:
                    raise error.placed(
                        parameter=piece.text, position=piece.position, component=index
                    ) from None
            if kept:
                self._add(_component(kept, index))

    def _set_first(self, kept: list[Parameter], index: int) -> list[Parameter]:
        """Make a component of the variables that are set; answers the rest."""
        assignments = [parameter for parameter in kept if parameter.key == "$"]
        if assignments:
            self._add(_component(assignments, index))
        return [parameter for parameter in kept if parameter.key != "$"]

    def _add(self, component: Component) -> None:
        if len(self._components) >= lexer.MAX_COMPONENTS:
            raise LimitExceeded(
                f"a transformation has at most {lexer.MAX_COMPONENTS} components",
                code="too_many_components",
                position=component.position,
                component=component.index,
            )
        self._layers += any(parameter.key in ("l", "u") for parameter in component.parameters)
        if self._layers > lexer.MAX_LAYERS:
            # Those of named transformations count too.
            raise LimitExceeded(
                f"a transformation has at most {lexer.MAX_LAYERS} layers",
                code="too_many_layers",
                position=component.position,
                component=component.index,
            )
        self._components.append(component)

    def _expand(self, piece: Piece, index: int) -> None:
        for name in piece.value.split("."):
            self._expand_one(piece.key, _decoded_name(piece.key, name), (piece.position, index))

    def _expand_one(self, key: str, name: str, at: tuple[int, int]) -> None:
        text = self._named.get(name)
        self._used[name] = None
        if text is None:
            raise _unknown_name(key, name, self._named)
        if name in self._inside:
            path = " → ".join((*self._inside, name))
            raise InvalidValue(
                f"{key}_{name} contains itself: {printable(path)}", code="named_transformation_cycle"
            )
        self._expansions += 1
        if self._expansions > MAX_EXPANSIONS:
            raise LimitExceeded(
                f"a transformation expands at most {MAX_EXPANSIONS} named ones",
                code="too_many_named_transformations",
            )
        self._inside.append(name)
        try:
            self._read_text(text, at)
        except TransformError as error:
            raise error.within(f"{key}_{name}") from None
        self._inside.pop()


def _sets_nothing(piece: Piece) -> bool:
    """False for a variable that is set: those are read first."""
    return piece.key != "$"


def _late_baseline(piece: Piece) -> InvalidValue:
    return InvalidValue(
        f"bl: {printable(piece.value)} is a baseline, and comes before everything else; use t_ here"
    )


def _decoded_name(key: str, name: str) -> str:
    try:
        return decoded(name) if "%" in name else name
    except Misread as error:
        raise InvalidValue(f"{key}: {printable(name)} {error.reason}") from None


def _unknown_name(key: str, name: str, named: Mapping[str, str]) -> UnknownParameter:
    if "$" in name:
        raise InvalidValue(
            f"{key}: {printable(name)} holds a variable, and a named transformation is called by its name; "
            "an if_ chooses between two of them"
        )
    guess = nearest(name, named)
    return UnknownParameter(
        f"{key}: there is no named transformation {printable(name)!r}{_guess(guess)}"
        f" (a folder called {key}_{printable(name)} is reached with v1/ before it)",
        code="unknown_named_transformation",
        nearest=guess,
    )


def _parameter(piece: Piece, position: int) -> Parameter:
    try:
        parameter = _read(piece.text)
    except Misread as error:
        raise _refused(piece, error) from None
    return replace(parameter, position=position)


def _refused(piece: Piece, error: Misread) -> InvalidValue | UnknownParameter:
    known = piece.key in KEYS
    key = piece.text.partition("_")[0] if piece.key == "$" else piece.key
    subject = (
        f"{printable(key)}: {printable(piece.value)}" if known and piece.value else printable(piece.text)
    )
    kind: type[Any] = UnknownParameter if isinstance(error, UnknownName) else InvalidValue
    guess = error.nearest
    refused: InvalidValue | UnknownParameter = kind(f"{subject} {error.reason}{_guess(guess)}", nearest=guess)
    return refused


def _guess(name: str | None) -> str:
    return f"; did you mean {name}?" if name else ""


def _component(parameters: list[Parameter], index: int) -> Component:
    return Component(tuple(_settled(parameters, index)), parameters[0].position, index)


def _settled(parameters: list[Parameter], index: int) -> list[Parameter]:
    """Sorted by their text, each once. Raises ConflictingParameters when two say different things."""
    said: dict[str, str] = {}
    kept: dict[str, Parameter] = {}
    for parameter in sorted(parameters, key=canonical_order):
        kept[parameter.written] = parameter
        for subject, word in _words(parameter):
            other = said.setdefault(subject, word)
            if other != word:
                raise ConflictingParameters(f"one component holds both {other} and {word}").placed(
                    parameter=parameter.written, position=parameter.position, component=index
                )
    return list(kept.values())


def _words(parameter: Parameter) -> list[tuple[str, str]]:
    """What a parameter speaks about and what it says: a second one about the same must say the same."""
    if parameter.key == "$":
        return [(parameter.written.partition("_")[0], parameter.written)]
    if parameter.key != "fl" or isinstance(parameter.value, Template):
        return [(parameter.key, parameter.written)]
    return [(f"fl_{flag.name}", f"fl_{flag}") for flag in parameter.value]  # type: ignore[attr-defined]
