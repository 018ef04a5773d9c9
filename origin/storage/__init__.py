"""Where bytes lie: one file for each make, and the table of them.

`make_storages` is how they are built from settings, so that all buckets of one server share one client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from origin.storage.base import Stat, Storage, check_key, is_valid_key
from origin.storage.filesystem import FilesystemStorage
from origin.storage.memory import MemoryStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings

__all__ = ["STORAGES", "Stat", "Storage", "check_key", "is_valid_key", "make_storages"]

Clients = dict[S3Settings, S3Client]


def _make_filesystem(clients: Clients, **settings: Any) -> Storage:
    return FilesystemStorage(**settings)


def _make_memory(clients: Clients, **settings: Any) -> Storage:
    return MemoryStorage(**settings)


def _make_s3(clients: Clients, *, bucket: str, prefix: str = "", **settings: Any) -> Storage:
    reached = S3Settings(**settings)
    client = clients.setdefault(reached, S3Client(reached))
    return S3Storage(client=client, bucket=bucket, prefix=prefix)


STORAGES: dict[str, Callable[..., Storage]] = {
    "filesystem": _make_filesystem,
    "s3": _make_s3,
    "memory": _make_memory,
}
"""How each `kind` of storage is made."""


def make_storages(settings: Iterable[Mapping[str, Any]]) -> list[Storage]:
    """A storage for each of the settings, in order.

    Each says its `kind`, one of `STORAGES`, and the keyword arguments of that make: filesystem `path`,
    `create`, `threads`; s3 `bucket`, `prefix` and the fields of `S3Settings`; memory none. Nothing is
    connected to yet.
    """
    clients: Clients = {}
    return [
        STORAGES[each["kind"]](clients, **{key: value for key, value in each.items() if key != "kind"})
        for each in settings
    ]
