"""The first look at a transformation: its components, their parameters, and where they stand.

    transformation = component *( "/" component )
    component      = parameter *( "," parameter )
    parameter      = key "_" value  /  "$" name "_" expression

Nothing is decoded here but the separators: many pages write `%2C` for the comma and `%3A` for the colon. What
was encoded twice (`%252C`) stays encoded, for it belongs to a text; so does the comma in
`$title_!one%2Ctwo!`. Empty components and empty parameters (`w_300,`) are forgiven. One pass, flat loops: any
text is read in time linear to its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.errors import LimitExceeded

MAX_BYTES = 4096
MAX_COMPONENTS = 25
MAX_PARAMETERS = 10
MAX_LAYERS = 5

_MARK = re.compile(",|%2[Cc]|!")
_COLON = re.compile("%3[Aa]")
_WITH_TEXTS = ("$", "if_")
"""What begins a parameter in which texts stand between `!`: an encoded comma in a text separates nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of one parameter and where it starts, in characters from the start of the transformation."""

    text: str
    position: int

    @property
    def key(self) -> str:
        """What stands before the first `_`; `$` for the variables."""
        return "$" if self.text.startswith("$") else self.text.partition("_")[0]

    @property
    def value(self) -> str:
        return self.text.partition("_")[2]


def components(text: str) -> Iterator[tuple[Piece, ...]]:
    """The components of `text` that are not empty, each with its parameters that are not empty.

    Raises LimitExceeded when the text is too long, or holds too many components, parameters or layers.
    """
    if len(text) > MAX_BYTES or (not text.isascii() and len(text.encode(errors="replace")) > MAX_BYTES):
        raise LimitExceeded(f"a transformation has at most {MAX_BYTES} bytes", code="transformation_too_long")
    position = count = layers = 0
    for segment in text.split("/"):
        found = pieces(segment, position)
        if found:
            count += 1
            layers += sum(piece.text.startswith(("l_", "u_")) for piece in found)
            _hold(count, found, layers)
            yield found
        position += len(segment) + 1


def _hold(count: int, found: tuple[Piece, ...], layers: int) -> None:
    place = found[0].position
    if count > MAX_COMPONENTS:
        raise LimitExceeded(
            f"a transformation has at most {MAX_COMPONENTS} components",
            code="too_many_components",
            position=place,
            component=count - 1,
        )
    if len(found) > MAX_PARAMETERS:
        raise LimitExceeded(
            f"a component has at most {MAX_PARAMETERS} parameters",
            code="too_many_parameters",
            position=place,
            component=count - 1,
        )
    if layers > MAX_LAYERS:
        raise LimitExceeded(
            f"a transformation has at most {MAX_LAYERS} layers",
            code="too_many_layers",
            position=place,
            component=count - 1,
        )


def pieces(segment: str, position: int = 0) -> tuple[Piece, ...]:
    """The parameters of one component that starts at `position`."""
    if "%" in segment:
        return tuple(_decoded(segment, position))
    found = []
    for part in segment.split(","):
        if part:
            found.append(Piece(part, position))
        position += len(part) + 1
    return tuple(found)


def _decoded(segment: str, position: int) -> Iterator[Piece]:
    start, in_text = 0, False
    for mark in _MARK.finditer(segment):
        if mark[0] == "!":
            in_text = not in_text
        elif mark[0] == "," or not (in_text and segment.startswith(_WITH_TEXTS, start)):
            yield from _piece(segment[start : mark.start()], position + start)
            start, in_text = mark.end(), False
    yield from _piece(segment[start:], position + start)


def _piece(text: str, position: int) -> Iterator[Piece]:
    if text:
        yield Piece(_COLON.sub(":", text), position)
