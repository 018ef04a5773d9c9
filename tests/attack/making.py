"""The small tools that bombs are made with."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

PICTURES = Path(__file__).parents[1] / "data" / "pictures"

Make = bytes | Callable[[], bytes]
"""A file, or what makes it: large ones are made when they are wanted."""
Makes = dict[str, Make]

SERVED = frozenset((200,))
TOO_LARGE = frozenset((413,))
UNSUPPORTED = frozenset((415,))
BROKEN = frozenset((422,))
REFUSED = TOO_LARGE | UNSUPPORTED | BROKEN
ANY = SERVED | REFUSED


def picture(name: str) -> bytes:
    return (PICTURES / name).read_bytes()


def patched(data: bytes, at: int, patch: bytes) -> bytes:
    """`data` with some of its bytes replaced."""
    return data[:at] + patch + data[at + len(patch) :]


def cuts(name: str, steps: int, *, least: int = 16) -> dict[str, Make]:
    """A picture cut off at many places, each far enough from its end that pixels are missing."""
    data = picture(name)
    last = len(data) * 97 // 100
    ends = (least + (last - least) * step // (steps - 1) for step in range(steps))
    return {f"{name} cut at {end}": data[:end] for end in ends}


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of an ISO base media file."""
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + kind + body


def full_box(kind: bytes, version: int, *content: bytes) -> bytes:
    """A box with a version."""
    return box(kind, struct.pack(">I", version << 24), *content)


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    """A WebP of those chunks, which may lie about its size."""
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + b"WEBP" + body
