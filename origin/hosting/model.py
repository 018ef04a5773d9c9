"""A hosted picture and what belongs to it, as plain values. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from origin.hosting.standing import Standing
from transforms.frame import ImageInfo
from transforms.summary import Summary as Summary

T = TypeVar("T")

AssetState = Literal["live", "held", "rejected", "deleted"]
"""`held` waits for moderation and is shown to nobody; `rejected` and `deleted` are tombstones."""

AccessMode = Literal["public", "authenticated"]

TOMBSTONES: tuple[AssetState, ...] = ("rejected", "deleted")

OWNER = r"^[A-Za-z0-9_.-]{1,64}$"
"""What an owner may be called, as a regular expression of ASCII."""

OBJECTS = "o/"
"""How the keys of stored objects begin."""
STAGING = "staging/"
"""How the keys of what is being received begin, where that lies in the same storage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One stored object: its key in the bucket is `o/<sha[0:2]>/<sha>.<epoch>`."""

    content_hash: str
    epoch: int
    """Moves on by one when the same bytes are stored again after they were collected."""
    size: int
    scope: str = ""
    """Whose object it is, where owners do not share them: some hex digits. Empty: everybody's."""

    @property
    def key(self) -> str:
        scope = f".{self.scope}" if self.scope else ""
        return f"{OBJECTS}{self.content_hash[:2]}/{self.content_hash}{scope}.{self.epoch}"


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
    """`NOTHING_SEEN` of a tombstone: what a picture showed goes with it."""
    original_filename: str | None = None
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Structured metadata."""
    coordinates: tuple[float, float, float, float] | None = None
    findings: Mapping[str, Any] = field(default_factory=dict)
    """What jobs found after the upload: faces, palette, what moderation and the virus scan said."""
    created_at: float
    updated_at: float
    deleted_at: float | None = None

    @property
    def gone(self) -> bool:
        """Whether it is a tombstone."""
        return self.state in TOMBSTONES

    @property
    def placeholder(self) -> bool:
        """True where this id leads nowhere since it was renamed: only its generation is kept."""
        return not self.blob.content_hash

    @property
    def standing(self) -> Standing:
        """What is made of it now is made of this."""
        return Standing(self.asset_id, self.generation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a picture had before it was exported, to be had again where it is new; None is left open."""

    asset_id: str | None = None
    """Another one is made where that is taken, by a tombstone too."""
    version: int | None = None
    created_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to become of an upload."""

    owner: str
    public_id: str | None = None
    """None: a random one of 20 characters, unless the owner has a picture of these bytes already."""
    stem: str = ""
    """How a random public id begins: with a folder, or the name of the file. The picture that the owner has
    already has to begin so too."""
    overwrite: bool = True
    """Whether another picture of the same owner under this id is replaced; else that one is answered."""
    access_mode: AccessMode = "public"
    hold: bool = False
    """Show it to nobody until moderation has approved it."""
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    coordinates: tuple[float, float, float, float] | None = None
    jobs: tuple[Job, ...] = ()
    """What is to be done once it is stored; written down in the same transaction."""
    idempotency_key: str | None = None
    fingerprint: str = ""
    """Of the request: the same key with another fingerprint is refused."""
    delete_token: bool = False
    """Whether to make a token that deletes it."""
    restored: Restored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row of the outbox to be: `kind` is one of `origin.hosting.outbox.KINDS`."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    """Plain values. `asset_id`, `public_id` and `generation` are added."""
    delay_seconds: float = 0.0
    priority: int = 5
    """Lower goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The record of a picture taken down, and of what was done since."""

    receipt_id: str
    kind: str
    """delete, reject, overwrite, rename or restrict."""
    owner: str
    public_id: str
    asset_id: str
    generation: int
    """The first in which what was there before is gone."""
    content_hash: str
    reason: str
    at: float
    steps: Mapping[str, float] = field(default_factory=dict)
    """When which step was done: purged, purged_again, variants_collected, blob_collected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What came of an upload."""

    asset: HostedAsset
    created: bool
    """False where the picture was there already, and nothing was written."""
    receipt: Receipt | None = None
    """Of the picture that was overwritten, if there was one."""
    delete_token: str | None = None

    @property
    def overwritten(self) -> bool:
        """Whether another picture was there before under this id."""
        return self.receipt is not None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and the cursor that leads on; None at its end."""

    items: tuple[T, ...]
    cursor: str | None = None


NOTHING_SEEN = Summary(
    info=ImageInfo("", 0, 0), blurhash="", thumbhash="", color="", preview="", phash=0, exif={}
)
