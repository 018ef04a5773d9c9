"""Opaque cursors: where in which list one goes on."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

from origin.errors import InvalidCursor

_MOST_CHARACTERS = 2000


def write_cursor(listed: object, after: tuple[str | float, ...]) -> str:
    """A cursor that leads on behind `after` in the list that `listed` describes (its `repr` counts)."""
    return urlsafe_b64encode(json.dumps([_mark(listed), *after]).encode()).decode().rstrip("=")


def read_cursor(listed: object, cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """What a cursor of that list says. Raises InvalidCursor for any other, and for what is none."""
    try:
        if len(cursor) > _MOST_CHARACTERS:
            raise ValueError("too long")
        mark, *after = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        right = mark == _mark(listed) and tuple(map(type, after)) == kinds
        if any("\0" in str(value).encode().decode() for value in after):
            raise ValueError("NUL, which no database takes")
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidCursor("this is no cursor of ours") from error
    if not right:
        raise InvalidCursor("this cursor belongs to another list: take the filters that it came with")
    return tuple(after)


def _mark(listed: object) -> str:
    return sha256(repr(listed).encode()).hexdigest()[:12]
