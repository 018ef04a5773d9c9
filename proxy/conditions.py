"""Conditional and range requests (RFC 9110, sections 13 and 14), decided without touching a body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_RANGE = re.compile(r"bytes=([0-9]{0,64})-([0-9]{0,64})\Z")


def precondition_failed(headers: Mapping[str, str], *, etag: str, modified_at: float) -> bool:
    """Whether the client wants only a version that this is not; If-Match counts alone where it is sent."""
    if (asked := headers.get("If-Match")) is not None:
        return asked.strip() != "*" and etag not in (tag.strip() for tag in asked.split(","))
    since = _date(headers.get("If-Unmodified-Since"))
    return since is not None and int(modified_at) > since


def not_modified(headers: Mapping[str, str], *, etag: str, modified_at: float) -> bool:
    """Whether the client's copy is still good: If-None-Match counts alone where it is sent (13.2.2)."""
    if (asked := headers.get("If-None-Match")) is not None:
        return asked.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in asked.split(","))
    since = _date(headers.get("If-Modified-Since"))
    return since is not None and int(modified_at) <= since


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `stop` (exclusive) of a body."""

    start: int
    stop: int


class RangeNotSatisfiable(Exception):
    """The range begins past the end of the body."""


def read_range(headers: Mapping[str, str], *, size: int, etag: str, modified_at: float) -> Span | None:
    """The single range asked for, or None for the whole body.

    Several ranges, other units and malformed ranges are ignored, as 14.2 allows; so is a range whose If-Range
    names another version.
    """
    asked = headers.get("Range")
    if (
        asked is None
        or not (match := _RANGE.match(asked.strip()))
        or not _if_range(headers, etag, modified_at)
    ):
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        if int(last) == 0:
            raise RangeNotSatisfiable
        return Span(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeNotSatisfiable
    return Span(int(first), min(size, int(last) + 1) if last else size)


def _if_range(headers: Mapping[str, str], etag: str, modified_at: float) -> bool:
    condition = headers.get("If-Range")
    if condition is None:
        return True
    if condition.strip().startswith(('"', "W/")):
        return condition.strip() == etag
    return _date(condition) == int(modified_at)


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None
