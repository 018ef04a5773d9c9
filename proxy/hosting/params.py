"""The parameters of a call: the fields of a form, of a JSON object or of a query, but for the file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from origin.hosting.intake_errors import UploadMalformed, UploadTooLarge
from transforms.errors import printable

MAX_FIELDS = 500
MAX_FIELD_BYTES = 256 << 10
MAX_BYTES = 2 << 20
_MAX_NAME = 200
_LISTED = re.compile(r"(.+)\[\d*\]", re.DOTALL | re.ASCII)

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters by name. One that was written `name[]` is a tuple, with an item for each time."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def get(self, name: str, default: str = "") -> str:
        """The text of a parameter; of a list its items with commas between, as signatures have them."""
        value = self.values.get(name, default)
        return value if isinstance(value, str) else ",".join(value)

    def list(self, name: str) -> tuple[str, ...]:
        """The items of a list, or of a text with commas in it; none where there is no such parameter."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            return value
        return tuple(item.strip() for item in value.split(",") if item.strip())

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where nothing is said. Raises UploadMalformed for anything else."""
        text = self.get(name).strip().lower()
        if text not in _FLAGS:
            raise UploadMalformed(
                f"{name}: expected true or false, got {printable(text)!r}",
                code="invalid_parameter",
                parameter=name,
            )
        return _FLAGS[text]

    def joined(self, other: Params) -> Params:
        """These and the others. Raises UploadMalformed for one that is in both."""
        builder = Builder()
        for params in (self, other):
            for name, value in params.values.items():
                builder.put(name, value)
        return builder.params()


_FLAGS = {"": None, "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Builder:
    """Parameters as they come in, one after the other. Raises UploadMalformed and UploadTooLarge."""

    def __init__(self) -> None:
        self._values: dict[str, str | list[str]] = {}
        self._count = 0
        self._bytes = 0

    def add(self, name: str, value: str) -> None:
        """One field of a form."""
        self._count += 1
        self._bytes += len(name) + len(value)
        if self._count > MAX_FIELDS or self._bytes > MAX_BYTES:
            raise UploadTooLarge("there are too many fields, or too much in them", code="too_many_fields")
        if not name or len(name) > _MAX_NAME:
            raise UploadMalformed("a field has no name, or one without end", code="invalid_parameter")
        if not _is_text(name) or not _is_text(value):
            raise UploadMalformed(
                f"{printable(name)!r}: expected text without NUL and halves of characters",
                code="invalid_parameter",
                parameter=printable(name),
            )
        listed = _LISTED.fullmatch(name)
        known = self._values.get(listed[1] if listed else name)
        if known is None:
            self._values[listed[1] if listed else name] = [value] if listed else value
        elif listed and isinstance(known, list):
            known.append(value)
        else:
            # Of two, who checks and who acts could each read another one.
            raise UploadMalformed(
                f"{printable(name)!r} is given twice", code="invalid_parameter", parameter=printable(name)
            )

    def put(self, name: str, value: Value) -> None:
        """A parameter that is whole."""
        if isinstance(value, str):
            self.add(name, value)
        else:
            for item in value:
                self.add(f"{name}[]", item)

    def params(self) -> Params:
        """All that came."""
        return Params({n: v if isinstance(v, str) else tuple(v) for n, v in self._values.items()})


def read_json(data: bytes) -> dict[str, object]:
    """The object that a JSON body is. Raises UploadMalformed."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UploadMalformed("the body is not JSON", code="invalid_json") from error
    if not isinstance(told, dict):
        raise UploadMalformed("the body is not a JSON object", code="invalid_json")
    return told


def from_json(told: Mapping[str, object]) -> Params:
    """The parameters in a JSON object. What is neither text, number, yes or no nor a list of them stays JSON.

    Raises UploadMalformed and UploadTooLarge.
    """
    builder = Builder()
    for name, value in told.items():
        if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
            for item in value:
                builder.add(f"{name}[]", _text(item))
        elif value is not None:
            builder.add(name, _text(value))
    return builder.params()


def _is_text(value: str) -> bool:
    """Whether databases and hashes take it: JSON can spell what is no text."""
    return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value if c > "\u007f")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
