"""Public ids inside parameters, where `:` stands for `/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from transforms.kinds.base import Kind, Misread
from transforms.knowledge import SourceId

_PREFIXES = ("image", "upload", "private", "authenticated")
"""What may stand in front of a public id, and says nothing that matters here."""
_VERSION = re.compile(r"v\d{1,12}", re.ASCII)
_LONGEST_ID = 512
_ROUNDS = 4
"""How often a name is decoded while looking for `..`; nobody after us decodes deeper than that."""


@dataclass(frozen=True, slots=True)
class PublicIdKind(Kind[SourceId]):
    """A public id as the value of a parameter."""

    @property
    def expected(self) -> str:
        return "a public id, with : for /"

    def read(self, text: str) -> SourceId:
        return SourceId("image", public_id(text))

    def spelling(self, text: str, value: SourceId) -> str:
        return text


def public_id(text: str) -> str:
    """The public id that a parameter means: `:` for `/`, without type and version in front.

    Raises Misread for what no public id can be.
    """
    parts = decoded(text).split(":")
    while len(parts) > 1 and (parts[0] in _PREFIXES or _VERSION.fullmatch(parts[0])):
        parts.pop(0)
    name = "/".join(parts)
    if not is_public_id(name):
        raise Misread("is not a public id, with : for /")
    return name


def is_public_id(name: str) -> bool:
    """Whether originals can be called so: of usual length, printable, and leading nowhere but down."""
    usual = len(name) <= _LONGEST_ID and name.isprintable()
    return usual and "" not in name.split("/") and not climbs(name)


def climbs(name: str) -> bool:
    """Whether `name` holds a backslash, or `.` or `..` as a folder, in whatever encoding."""
    for _ in range(_ROUNDS):
        if "\\" in name or not {".", ".."}.isdisjoint(name.split("/")):
            return True
        if "%" not in name:
            return False
        name = unquote_to_bytes(name).decode(errors="replace")
    return False


def decoded(text: str) -> str:
    """`text` percent-decoded, once. Raises Misread when that is not UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise Misread("is not UTF-8") from error
