"""An original with its facts, under a public id."""

from __future__ import annotations

from dataclasses import dataclass, fields

from transforms.frame import ImageInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one original, whatever name led to it. Times are epoch seconds."""

    mount: str
    """The name of the mount it lies in."""
    key: str
    """Where it lies in that mount's storage."""
    content_hash: str
    """SHA-256 of its bytes, in hex."""
    info: ImageInfo
    size: int
    """Bytes."""
    etag: str
    """The storage's word for this version of the bytes."""
    modified_at: float
    checked_at: float
    """When the storage last confirmed `etag` and `size`."""
    generation: int = 1
    """Moves on by one whenever the bytes become others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(Facts):
    """An original as a URL named it; here `checked_at` also covers that the name still leads to that key."""

    public_id: str
    """The name without its extension, the mount's prefix included."""
    name: str
    """The name as the URL wrote it, with its extension if it had one."""
    extension: str | None = None
    """That extension in lower case; not always the original's own: `photos/cat.webp` may be a JPEG."""


def named(facts: Facts, name: str, extension: str | None) -> Asset:
    """The original of `facts` under the name that led to it."""
    known = {field.name: getattr(facts, field.name) for field in fields(Facts)}
    public_id = name[: -len(extension) - 1] if extension else name
    return Asset(**known, public_id=public_id, name=name, extension=extension)
