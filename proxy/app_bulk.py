"""The part of the composition root that reaches what imports read and exports write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from origin.storage.base import ObjectStorage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from proxy import config
from proxy.app_storages import s3_settings
from proxy.bulk.places import S3
from proxy.config import Settings

_AWS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_PROFILE")
_READ_SECONDS = 60.0
"""The longest silence of a bucket that nobody waits for at a browser."""


def bucket(
    settings: Settings, name: str, *, prefix: str = "", endpoint_url: str = "", region: str = ""
) -> S3Storage:
    """A bucket as the command line names it: reached as the settings reach it, where one of their storages
    has that name; else by the usual AWS variables, where they are set; else as the settings reach S3 at all.
    `endpoint_url` and `region` go before what the settings say.
    """
    reached = S3Settings() if endpoint_url else _reached(settings, name)
    reached = replace(
        reached,
        endpoint_url=endpoint_url or reached.endpoint_url,
        region=region or reached.region,
        read_timeout_seconds=_READ_SECONDS,
        answer_seconds=_READ_SECONDS,
    )
    return S3Storage(client=S3Client(reached), bucket=name, prefix=prefix)


def destination(
    settings: Settings, address: str, *, endpoint_url: str = "", region: str = ""
) -> ObjectStorage:
    """The folder or `s3://bucket/folder` that an export goes to."""
    if not address.startswith(S3):
        return FilesystemStorage(path=Path(address).absolute(), create=True)
    name, _, folder = address.removeprefix(S3).partition("/")
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    return bucket(settings, name, prefix=prefix, endpoint_url=endpoint_url, region=region)


def _reached(settings: Settings, name: str) -> S3Settings:
    buckets = list(_buckets(settings))
    for each in buckets:
        if each.bucket == name:
            return s3_settings(each)
    if buckets and not any(os.environ.get(variable) for variable in _AWS):
        return s3_settings(buckets[0])
    return S3Settings()


def _buckets(settings: Settings) -> Iterator[config.S3Storage]:
    storages = (
        settings.hosting.storage,
        *(mount.storage for mount in settings.mounts),
        settings.cache.derived.storage,
    )
    return (each for each in storages if isinstance(each, config.S3Storage))
