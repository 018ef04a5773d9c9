"""Where bytes lie: the storages, and the mounts that put originals under a prefix of public ids."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from proxy.config_types import HttpUrl, Seconds, Section, Told


class FilesystemStorage(Section):
    """A folder."""

    kind: Literal["filesystem"] = "filesystem"
    path: Path | None = None
    """The folder. Empty: `originals` in `data_dir` for a mount, `derived` there for the derived store,
    `hosted` for uploads."""


class S3Storage(Section):
    """A bucket of S3, or of anything that speaks its protocol."""

    kind: Literal["s3"] = "s3"
    bucket: Annotated[str, Field(min_length=1)]
    """Its name."""
    prefix: str = ""
    """Only keys that begin with this, which is left out of public ids: `photos/`."""
    endpoint_url: HttpUrl = ""
    """Where it is, for anything but Amazon's own: `https://storage.example.com`."""
    region: str = ""
    """Empty: what the usual AWS variables and files say, else us-east-1."""
    access_key_id: str = ""
    """Empty: credentials by the usual AWS chain (environment, shared files, instance role)."""
    secret_access_key: SecretStr = SecretStr("")
    """The secret that goes with `access_key_id`."""
    addressing_style: Literal["auto", "path", "virtual"] = "auto"
    """`path` for https://host/bucket/key, as most self-hosted servers want; `virtual` for https://bucket.host/key."""


AnyStorage = FilesystemStorage | S3Storage
StorageChoice = Annotated[AnyStorage, Field(discriminator="kind")]


def _normal_prefix(prefix: str) -> str:
    segments = prefix.strip("/").split("/") if prefix.strip("/") else []
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError("Expected a path such as photos or press/2026, without empty segments, . or ..")
    return "/".join(segments)


class Mount(Section):
    """Originals of one place, under one prefix of public ids."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,32}$")] = ""
    """What logs and metrics call it. Empty: made of the prefix."""
    prefix: Annotated[str, AfterValidator(_normal_prefix)] = ""
    """The first segments of the public ids found here: with `press`, press/cat is the key cat.
    Empty: all ids. The longest prefix that fits wins."""
    storage: StorageChoice = FilesystemStorage()
    """Where the originals lie: `kind: filesystem` or `kind: s3`."""
    revalidate_seconds: Seconds | None = None
    """How long what is known of an original counts before its ETag or time is looked at again.
    Empty: `cache.fresh_seconds`."""

    @property
    def label(self) -> str:
        """The name, else one made of the prefix."""
        return self.name or re.sub(r"[^a-z0-9_-]+", "-", self.prefix.lower())[:32] or "default"


def distinct_mounts(mounts: tuple[Mount, ...]) -> tuple[Mount, ...]:
    """Refuse mounts that share a prefix or a name."""
    for what, values in (("prefix", [m.prefix for m in mounts]), ("name", [m.label for m in mounts])):
        value, count = Counter(values).most_common(1)[0]
        if count > 1:
            raise Told(f"Expected mounts that differ, got the {what} {value!r} {count} times")
    return mounts
