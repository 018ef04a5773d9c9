"""Photoshop's image resources, as JPEG and TIFF carry them (Photoshop File Formats Specification)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HEAD = b"Photoshop 3.0\0"
"""What stands before the resources in a JPEG; a TIFF has them bare."""
RESOURCE = b"8BIM"


@dataclass(frozen=True, slots=True)
class Resource:
    """One of them: what it is, what it is called, and what it holds."""

    kind: int
    name: bytes
    data: bytes


def resources(block: bytes) -> Iterator[Resource]:
    """The resources of a block, up to where it stops making sense."""
    at = len(HEAD) if block.startswith(HEAD) else 0
    while block[at : at + 4] == RESOURCE and at + 7 <= len(block):
        kind = int.from_bytes(block[at + 4 : at + 6], "big")
        name = pascal(block[at + 6 :])
        # A name, its length before it, padded to an even number together; then the size.
        start = at + 6 + (len(name) + 2) // 2 * 2 + 4
        size = int.from_bytes(block[start - 4 : start], "big")
        yield Resource(kind, name, block[start : start + size])
        at = start + (size + 1) // 2 * 2


def pascal(data: bytes) -> bytes:
    """A string with its length before it."""
    return data[1 : 1 + data[0]].ljust(data[0], b"\0") if data else b""
