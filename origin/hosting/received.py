"""What an upload brought, before anything is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The bytes of one upload, whole and hashed: in memory, or in a staging file when they are many."""

    content_hash: str
    """Their SHA-256, in hex."""
    md5: str
    """Their MD5, in hex: what Cloudinary's API answers as `etag`."""
    size: int
    """Bytes."""
    data: bytes | None = None
    """They themselves, unless they lie in `path`."""
    path: Path | None = None
    """A file of the staging folder that holds them; whoever received it removes it."""
    filename: str | None = None
    """What the sender called it: to be told and shown, never to be used in a path."""

    def read(self) -> bytes:
        """All of the bytes. Reads a file: not for the event loop when `path` is set."""
        if self.data is not None:
            return self.data
        assert self.path is not None
        return self.path.read_bytes()
