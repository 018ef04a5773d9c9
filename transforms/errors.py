"""What can be wrong with a recipe or a picture.

    TransformError
    ├── RecipeError                 the text does not read
    │   ├── UnknownParameter        no such key, mode or flag; carries the nearest known name
    │   ├── InvalidValue            a known parameter with a value it does not take
    │   └── ConflictingParameters   each reads, together they make no sense
    ├── NotOffered                  known to the grammar, not offered here
    ├── LimitExceeded               the recipe asks past a limit
    ├── OriginalTooLarge            the original is past a limit
    ├── UnsupportedFormat           not an image we read, or a format we do not write
    └── BrokenImage                 an image, but its bytes do not decode

None of them knows an HTTP status: the table in `proxy/errors.py` does.
"""

from __future__ import annotations

from typing import NamedTuple, Self

_ECHO_LIMIT = 80


def printable(text: str) -> str:
    """`text` as it may be repeated to a stranger: printable, at most 80 characters."""
    safe = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: _ECHO_LIMIT + 1])
    return safe if len(safe) <= _ECHO_LIMIT else safe[: _ECHO_LIMIT - 1] + "…"


class Place(NamedTuple):
    """Where something stands in a transformation, as `TransformError` says it."""

    parameter: str
    position: int
    component: int


class TransformError(Exception):
    """Any refusal by the pure core.

    `code` is stable and machine-readable; `parameter` is the `key_value` at fault as written, safe to repeat;
    `position` counts characters from the start of the transformation text, from 0; `component` counts
    components, from 0; `nearest` is the known name that may have been meant.
    """

    code = "transform_error"
    named: tuple[str, ...] = ()
    """The named transformations that were expanded on the way, or looked for: with others it may read."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        parameter: str | None = None,
        position: int | None = None,
        component: int | None = None,
        nearest: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.parameter = parameter
        self.position = position
        self.component = component
        self.nearest = nearest

    def placed(self, *, parameter: str, position: int, component: int) -> Self:
        """This error, with the place it was found at."""
        self.parameter, self.position, self.component = printable(parameter), position, component
        return self

    def at(self, place: Place | None) -> Self:
        """This error, with a place where it has none: what was found first is nearest to the fault."""
        if place is not None:
            if self.position is None:
                self.position = place.position
                self.parameter = self.parameter or printable(place.parameter)
            if self.component is None:
                self.component = place.component
        return self

    def about(self, parameter: str) -> Self:
        """This error, with the parameter it is about where it names none."""
        self.parameter = self.parameter or printable(parameter)
        return self

    def within(self, outer: str) -> Self:
        """This error, as found while reading `outer`, which stands before the message."""
        self.message = f"{outer}: {self.message}"
        self.args = (self.message,)
        return self


class RecipeError(TransformError):
    code = "invalid_transformation"


class UnknownParameter(RecipeError):
    code = "unknown_parameter"


class InvalidValue(RecipeError):
    code = "invalid_value"


class ConflictingParameters(RecipeError):
    code = "conflicting_parameters"


class NotOffered(TransformError):
    code = "not_offered"


class LimitExceeded(TransformError):
    code = "limit_exceeded"


class OriginalTooLarge(TransformError):
    code = "original_too_large"


class UnsupportedFormat(TransformError):
    code = "unsupported_format"


class BrokenImage(TransformError):
    code = "broken_image"
