"""A request target taken apart into the segments of a path, and each decoded once.

Nothing is edited: segments know where they start in the path as it was received.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from transforms.errors import RecipeError
from transforms.kinds.publicids import climbs

MAX_BYTES = 4096

_ADDRESS_START = re.compile(r"https?(:|%3a)", re.ASCII | re.IGNORECASE)


class InvalidUrl(RecipeError):
    """The path is not a delivery URL; `position` counts characters from the start of the path."""

    code = "invalid_url"


class Segment(NamedTuple):
    """What stands between two slashes, as received, and where it starts in the path."""

    text: str
    position: int


def path_of(target: bytes | str, *, max_bytes: int = MAX_BYTES) -> str:
    """The path of a request target, as received. Raises InvalidUrl for anything but a clean UTF-8 path."""
    # aiohttp hands out bytes that are not UTF-8 as lone surrogates: back to bytes, then strictly.
    raw = target.encode(errors="surrogateescape") if isinstance(target, str) else target
    if len(raw) > max_bytes:
        raise InvalidUrl(f"the URL is longer than {max_bytes} bytes", code="url_too_long")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidUrl("the path is not UTF-8") from error
    path = text.partition("?")[0]
    if not path.startswith("/"):
        raise InvalidUrl("the request target is not a path that starts with /")
    if "#" in text:
        raise InvalidUrl(
            "a # has no place in a request; in an id it is written %23", position=text.index("#")
        )
    if "\\" in path or _has_controls(path):
        raise InvalidUrl("the path holds a backslash or a control character")
    return path


def _has_controls(text: str) -> bool:
    return not text.isprintable() and any(c < " " or "\x7f" <= c < "\xa0" for c in text)


def segments_of(path: str) -> list[Segment]:
    """The segments that are not empty: `//` counts as `/`."""
    found, position = [], 0
    for text in path.split("/"):
        if text:
            found.append(Segment(text, position))
        position += len(text) + 1
    if not found:
        raise InvalidUrl("the path names no picture", code="empty_public_id")
    return found


def decoded(segment: Segment) -> list[str]:
    """The segment percent-decoded once; `%2F` parts folders as `/` does."""
    if "%" not in segment.text and segment.text not in (".", ".."):
        return [segment.text]
    try:
        text = unquote_to_bytes(segment.text).decode()
    except UnicodeDecodeError as error:
        raise InvalidUrl("the public id is not UTF-8", position=segment.position) from error
    parts = text.split("/")
    if "" in parts or _has_controls(text) or climbs(text):
        raise InvalidUrl(
            "the public id holds an empty or dotted folder, a backslash or a control character",
            position=segment.position,
        )
    return parts


def is_address_start(text: str) -> bool:
    """Whether a segment begins an address: `http:`, `https%3A%2F%2Fhost`."""
    return _ADDRESS_START.match(text) is not None


def decoded_address(segment: Segment) -> str:
    """An address percent-decoded once."""
    try:
        return unquote_to_bytes(segment.text).decode()
    except UnicodeDecodeError as error:
        raise InvalidUrl("the address is not UTF-8", position=segment.position) from error
