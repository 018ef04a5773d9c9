"""What every place where bytes lie can do."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from origin.errors import InvalidKey, WrongBytes

_MAX_KEY_BYTES = 1024  # what S3 takes


@dataclass(frozen=True, slots=True)
class Stat:
    """What a storage says of an object without its bytes."""

    key: str
    size: int
    """Bytes."""
    etag: str
    """Changes when the bytes change; says nothing else."""
    modified_at: float
    """Epoch seconds."""


class Storage(Protocol):
    """A flat map of keys to bytes.

    A key is a relative path with `/` between its segments, at most 1,024 bytes of UTF-8; `check_key` says
    which are valid. Every method raises OriginUnavailable, OriginDenied or OriginTimeout when storage fails.
    """

    async def stat(self, key: str) -> Stat | None:
        """What is known of that object, None when there is none (or can be none)."""
        ...

    async def read(self, key: str, *, max_bytes: int) -> tuple[bytes, Stat]:
        """The whole object and what it was at that moment; never a part of it.

        Raises AssetNotFound, and OriginalTooManyBytes before more than `max_bytes` were read.
        """
        ...

    async def write(self, key: str, data: bytes, *, content_type: str | None = None) -> None:
        """Put the object there, or replace it, so that readers see the old one or the new one.

        Raises InvalidKey.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""
        ...

    async def list(self, prefix: str, *, limit: int) -> list[Stat]:
        """At most `limit` objects whose keys begin with `prefix`, in order of code points.

        Which ones, where there are more, is the storage's choice; within one folder it is the first.
        """
        ...

    async def close(self) -> None:
        """Let go of threads and connections. The storage can be used again, and takes them up again."""
        ...


class ObjectStorage(Storage, Protocol):
    """A storage that keeps what is there: for what must not be lost."""

    async def write_new(
        self, key: str, data: bytes | Path, *, content_hash: str, content_type: str | None = None
    ) -> bool:
        """Put the object there, whole and lasting, unless there is one: False then, and nothing is written.

        `data` is the bytes or a file of them, `content_hash` their SHA-256 in hex. Of several who write the
        same key at once, True is the answer for one at the most. What lies there already may be other bytes:
        whoever hears False looks. Raises InvalidKey, and WrongBytes when other bytes came than were meant.
        """
        ...


def check_key(key: str) -> str:
    """`key` itself when an object can have it.

    Raises InvalidKey for one that is empty or too long, that begins or ends with `/` or has a segment that is
    empty, `.` or `..`, or that holds control characters or lone surrogates.
    """
    fault = _key_fault(key)
    if fault:
        raise InvalidKey(f"{key[:80]!r}: {fault}")
    return key


def check_content(key: str, data: bytes, content_hash: str) -> None:
    """Raise WrongBytes for bytes of another SHA-256 than that."""
    if sha256(data).hexdigest() != content_hash:
        raise WrongBytes(f"{key[:80]!r}: these are not the bytes that were meant")


def is_valid_key(key: str) -> bool:
    return _key_fault(key) is None


def _key_fault(key: str) -> str | None:
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        return "is not text that UTF-8 can hold"
    if length > _MAX_KEY_BYTES:
        return f"a key has at most {_MAX_KEY_BYTES} bytes"
    if any(segment in ("", ".", "..") for segment in key.split("/")):
        return "a key is a relative path without empty, `.` or `..` segments"
    if any(character < " " or character == "\x7f" for character in key):
        return "a key has no control characters"
    return None
