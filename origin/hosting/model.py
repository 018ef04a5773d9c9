"""A hosted picture and what belongs to it, as plain values. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from transforms.summary import Summary as Summary

AssetState = Literal["live", "held", "rejected", "deleted"]
"""`held` waits for moderation and is shown to nobody; `rejected` and `deleted` are tombstones."""

AccessMode = Literal["public", "authenticated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One stored object: its key in the bucket is `o/<sha[0:2]>/<sha>.<epoch>`."""

    content_hash: str
    epoch: int
    """Moves on by one when the same bytes are stored again after they were collected."""
    size: int

    @property
    def key(self) -> str:
        return f"o/{self.content_hash[:2]}/{self.content_hash}.{self.epoch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedAsset:
    """A picture that somebody uploaded. A deleted one stays as a tombstone, so that its generation and
    version never go back."""

    asset_id: str
    """32 hex digits, random."""
    owner: str
    public_id: str
    blob: Blob
    md5: str
    generation: int
    """Moves on by one with every change of bytes or state."""
    version: int
    """The `v` of its delivery URL: the second of the last change of bytes, and never the same twice."""
    state: AssetState
    access_mode: AccessMode = "public"
    summary: Summary
    original_filename: str | None = None
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Structured metadata."""
    coordinates: tuple[float, float, float, float] | None = None
    created_at: float
    updated_at: float
    deleted_at: float | None = None
    placeholder: bool = False
    """True where nothing was ever uploaded under this id: only its generation is kept."""
