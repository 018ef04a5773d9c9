"""A rendition with a name: what the caches hold and the edge answers with.

A variant's key is made of everything that decides its bytes: the plan, the content of the original and the
revision of the renderer. Nothing else goes in, so two URLs that mean one picture share one variant, and a
variant under its key is never wrong, only old. The key begins with the original's hash, so that what was made
of an original can be told by its keys.

On the wire (Redis, the derived store) a variant is one run of bytes:

    magic 4 | version 1 | head length 4, big-endian | XXH3-128 of head and body 16 | head, JSON | body

The checksum is looked at on every read: a cache that was damaged costs a render, never a wrong picture. It is
against accidents only: who can write there could put any digest without a key beside what was written, and
SHA-256 takes the time of a seventh of a hit in Redis. (https://github.com/Cyan4973/xxHash, BSD)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any

from xxhash import xxh3_128

from origin.storage.spool import OpenFile
from proxy.file_body import Body, FileBody
from transforms.rendition import Notes

RENDERER_VERSION = "3"
"""Revision of our own rendering code; raise it when the same plan starts to give other pixels or bytes."""

ETAG_LENGTH = 32
ORIGINAL_LENGTH = 32
"""Hex digits of a key that are the original's: 128 bits are enough to tell pictures apart."""

_MAGIC = b"CLTV"
_FORMAT_VERSION = 3
_ENVELOPE = Struct(">4sBI16s")
_MAX_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 1 << 20
_DAMAGED = "variant: the checksum does not match"


def etag_of(key: str, suffix: str = "") -> str:
    """A strong validator for what lies under `key`, quoted as in the header: the same on every instance.

    `suffix` tells other answers made of the same variant apart.
    """
    return f'"{key[-ETAG_LENGTH:]}{suffix}"'


def variant_key(plan_text: str, content_hash: str) -> str:
    """The name of what `plan_text` makes of the original with `content_hash`: 64 hex digits.

    The first half is of the original's hash, the second of a digest of everything.
    """
    parts = (RENDERER_VERSION, content_hash, plan_text)
    # Each part is led by its length: ("ab", "c") and ("a", "bc") must not share a key.
    framed = b"".join(b"%d:%b" % (len(part), part) for part in (text.encode() for text in parts))
    return original_part(content_hash) + hashlib.sha256(framed).hexdigest()[:ETAG_LENGTH]


def original_part(content_hash: str) -> str:
    """How the keys begin of all variants of an original."""
    return content_hash[:ORIGINAL_LENGTH]


@dataclass(frozen=True, slots=True)
class Variant:
    """A rendered picture under its key.

    `made_at` and `modified_at` (the original's) are seconds since the epoch; `format` is our name for it
    ("avif"), `content_type` the MIME type; `tags` are the surrogate keys a CDN purges by.
    """

    key: str
    body: Body
    content_type: str
    format: str
    width: int
    height: int
    pages: int
    made_at: float
    modified_at: float
    tags: tuple[str, ...] = ()
    notes: Notes = ()
    """What choosing a quality came to."""
    made_of: tuple[str, ...] = ()
    """The content hashes of all that is in it: the original's, and those of what its layers show."""
    succeeded: bool = False
    """Whether a second encode of it has taken its place: see `proxy/better.py`."""

    def to_bytes(self) -> bytes:
        """Head and body as one run of bytes, for `from_bytes`."""
        head = json.dumps(self._head(), separators=(",", ":"), ensure_ascii=False).encode()
        body = self.body if isinstance(self.body, bytes) else self.body.read()
        checksum = _checksum(head, (body,))
        return b"".join((_ENVELOPE.pack(_MAGIC, _FORMAT_VERSION, len(head), checksum), head, body))

    @classmethod
    def from_bytes(cls, data: bytes) -> Variant:
        """Read what `to_bytes` wrote; ValueError on anything that is off, be it one bit."""
        return cls._made(*_open_envelope(data))

    @classmethod
    def from_file(cls, file: OpenFile, size: int, *, verify: bool = True) -> Variant:
        """The same of a file of `size` bytes, whose body stays where it is; blocks while all of it is read
        once, unless it need not be verified. Also raises OSError."""
        whole = FileBody(file, 0, size)
        head, start, checksum = _read_head(whole.read(0, _ENVELOPE.size + _MAX_HEAD_BYTES))
        body = whole[start:]
        if verify and _checksum(head, _pieces(body)) != checksum:
            raise ValueError(_DAMAGED)
        return cls._made(head, body)

    @classmethod
    def _made(cls, head: bytes, body: Body) -> Variant:
        try:
            facts = json.loads(head)
            length = facts.pop("length")
            tags, notes = tuple(facts.pop("tags")), tuple(map(tuple, facts.pop("notes")))
            made_of = tuple(facts.pop("made_of"))
            variant = cls(body=body, tags=tags, notes=notes, made_of=made_of, **facts)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"variant: the head does not read: {error}") from error
        if length != len(body):
            raise ValueError(f"variant: a body of {len(body)} bytes, {length} expected")
        return variant

    def _head(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "length": len(self.body),
            "content_type": self.content_type,
            "format": self.format,
            "width": self.width,
            "height": self.height,
            "pages": self.pages,
            "made_at": self.made_at,
            "modified_at": self.modified_at,
            "tags": self.tags,
            "notes": self.notes,
            "made_of": self.made_of,
            **({"succeeded": True} if self.succeeded else {}),
        }


def _open_envelope(data: bytes) -> tuple[bytes, bytes]:
    """Head and body, when magic, version, length and checksum are all right; else ValueError."""
    head, start, checksum = _read_head(data)
    body = data[start:]
    if _checksum(head, (body,)) != checksum:
        raise ValueError(_DAMAGED)
    return head, body


def _read_head(data: bytes) -> tuple[bytes, int, bytes]:
    """The head, where the body begins, and the checksum of both, which is not looked at; else ValueError."""
    if len(data) < _ENVELOPE.size:
        raise ValueError(f"variant: {len(data)} bytes are too few")
    magic, version, head_length, checksum = _ENVELOPE.unpack_from(data)
    if magic != _MAGIC or version != _FORMAT_VERSION:
        raise ValueError("variant: not one of ours, or of another version")
    if head_length > _MAX_HEAD_BYTES:
        raise ValueError(f"variant: a head of {head_length} bytes")
    start = _ENVELOPE.size + head_length
    return data[_ENVELOPE.size : start], start, checksum


def _pieces(body: FileBody) -> Iterator[bytes]:
    return (body.read(start, _PIECE_BYTES) for start in range(0, len(body), _PIECE_BYTES))


def _checksum(head: bytes, body: Iterable[bytes]) -> bytes:
    # The head's length is part of it, or a damaged length would only move the border between the two.
    digest = xxh3_128(b"%d:%b" % (len(head), head))
    for piece in body:
        digest.update(piece)
    return digest.digest()
