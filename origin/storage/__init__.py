"""Where bytes lie: one file for each make, and the table of them."""

from __future__ import annotations

from origin.storage.base import ObjectStorage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.memory import MemoryStorage
from origin.storage.s3 import S3Storage

STORAGES: dict[str, type[ObjectStorage]] = {
    "filesystem": FilesystemStorage,
    "s3": S3Storage,
    "memory": MemoryStorage,
}
"""Every make by its kind; `tests/origin/test_storage_contract.py` runs each through one suite."""
