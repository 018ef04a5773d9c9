"""The `cache` section: where variants are kept, and for how long."""

from __future__ import annotations

from pathlib import Path

from proxy.config_mounts import FilesystemStorage, S3Storage, StorageChoice
from proxy.config_types import Bytes, PositiveCount, Seconds, Section

_BEFORE_A_BUCKET = 1_000_000_000


class Derived(Section):
    """Variants kept on a folder or bucket."""

    enabled: bool = True
    """Keep variants there."""
    storage: StorageChoice = FilesystemStorage()
    """Where they lie: `kind: filesystem` or `kind: s3`."""


class Disk(Section):
    """Variants kept as files of this machine, in front of a bucket."""

    max_bytes: Bytes | None = None
    """How much they may take up; what was not wanted for longest goes first. 0 keeps none, as does a
    `cache.derived` that is not enabled. Empty: 1 GB where that is a bucket, else none. Beside that, large
    ones that are being fetched take as much at the most, and never more than 512 MB in one process."""
    path: Path | None = None
    """Where they lie; no two machines may share it. Empty: `disk` in `data_dir`."""

    def bytes_before(self, derived: Derived) -> int:
        """`max_bytes` made concrete, in front of where variants lie for good."""
        usual = _BEFORE_A_BUCKET if isinstance(derived.storage, S3Storage) else 0
        return usual if self.max_bytes is None else self.max_bytes


class Cache(Section):
    """Variants kept, and for how long."""

    memory_bytes: Bytes = 256_000_000
    """Variants kept in memory, by one HTTP process."""
    redis_ttl_seconds: PositiveCount = 604_800
    """How long Redis keeps a variant."""
    redis_max_object_bytes: Bytes = 2_000_000
    """A larger variant is not put into Redis."""
    disk: Disk = Disk()
    """Variants kept as files of this machine, in front of a bucket."""
    derived: Derived = Derived()
    """Variants kept on a folder or bucket."""
    fresh_seconds: Seconds = 60
    """How long a variant is served as it is before its original is looked at again."""
    stale_seconds: Seconds = 86_400
    """How long after that it may still be served while it is renewed behind, or while the origin is down."""
    negative_seconds: Seconds = 5
    """How long a missing original is remembered as missing."""
