"""What may stand in an answer from a render worker, field by field: types, bounds, and no surprises."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from transforms.frame import ImageInfo

_MAX_INTEGER = 2**31
_MAX_MESSAGE = 500
_MAX_ROWS, _MAX_ROW = 1000, 16
_MAX_LAYERS = 8
_MAX_TEXTS = 200
_LAYER = re.compile(r"[a-z]{1,16}(:[0-9]{1,3})?", re.ASCII)
_FORMAT = re.compile(r"[a-z0-9]{1,16}", re.ASCII)


def is_integer(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MAX_INTEGER


def is_boolean(value: Any) -> bool:
    return type(value) is bool


def is_text(value: Any) -> bool:
    return type(value) is str


def is_integers(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_integer, value))


def _is_duration(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < _MAX_INTEGER and math.isfinite(value)


def is_timings(value: Any) -> bool:
    return isinstance(value, dict) and len(value) <= 32 and all(map(_is_duration, value.values()))


def is_layers(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_LAYERS and all(map(_is_layer, value))


def _is_layer(value: Any) -> bool:
    return isinstance(value, str) and _LAYER.fullmatch(value) is not None


def is_rows(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_ROWS and all(map(_is_row, value))


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_ROW and all(map(_is_finite, value))


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _MAX_INTEGER and math.isfinite(value)


def is_notes(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 16 and all(map(_is_note, value))


def is_format(value: Any) -> bool:
    return isinstance(value, str) and _FORMAT.fullmatch(value) is not None


def _is_note(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    name, number = value
    return is_format(name) and _is_duration(number)


def is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _is_texts(value: Any) -> bool:
    return is_mapping(value) and len(value) <= _MAX_TEXTS and all(map(is_text, value.values()))


def _is_hash(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**64


def _matches(pattern: str) -> Callable[[Any], bool]:
    whole = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and whole.fullmatch(value) is not None


def or_none(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def clean(text: Any) -> Any:
    """A text that may reach a client or a log: one printable line, not too long."""
    if text is None:
        return None
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_MAX_MESSAGE])


_CHECKS: Mapping[Any, Callable[[Any], bool]] = {
    "int": is_integer,
    "bool": is_boolean,
    "str": is_text,
    "tuple[int, ...]": is_integers,
}
# By the dataclass's own annotations: a field added there is checked here, or this import fails.
INFO_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    item.name: _CHECKS[item.type] for item in fields(ImageInfo)
}
_BASE64 = "[A-Za-z0-9+/]{0,16384}={0,2}"
SUMMARY_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "blurhash": _matches(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}"),
    "thumbhash": _matches(_BASE64),
    "color": _matches("#[0-9a-f]{6}"),
    "preview": _matches(f"data:image/webp;base64,{_BASE64}"),
    "phash": _is_hash,
    "exif": _is_texts,
}
"""Of a summary, but for its `info`: what it holds is shown to people, so each text has its alphabet."""
