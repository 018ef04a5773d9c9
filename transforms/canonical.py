"""Values as a text that equal values share, for keys."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache

_DIGITS = 6
"""Fractions of a pixel that are told apart."""


def canonical(value: object) -> str:
    """Dataclasses with the fields that are compared; numbers rounded, so that two ways to one value meet."""
    if isinstance(value, float):
        # Adding nothing makes -0.0 and 0.0 one.
        return repr(round(value, _DIGITS) + 0.0).removesuffix(".0")
    if isinstance(value, tuple):
        return f"({','.join(map(canonical, value))})"
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{name}={canonical(getattr(value, name))}" for name in _compared(type(value)))
        return f"{type(value).__name__}({','.join(parts)})"
    return repr(value)


@cache
def _compared(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.compare)
