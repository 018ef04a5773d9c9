"""The part of the composition root that makes storages, mounts and tiers from the settings."""

from __future__ import annotations

from origin.breaker import Breaker
from origin.mounts import Mount
from origin.storage.base import ObjectStorage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from origin.storage.spool import MOST_SPOOLED_BYTES, Spool
from proxy import config
from proxy.cache.base import Tier
from proxy.cache.derived import DerivedTier
from proxy.cache.disk import DiskTier
from proxy.cache.memory import LARGEST_SHARE, MemoryTier
from proxy.cache.redis import RedisTier
from proxy.cache.stored import LARGE_BYTES
from proxy.config import Settings
from proxy.gone import Gone
from proxy.link import RedisLink

_FAILURES = 3
"""In a row, each after its retries, until a storage is not asked for a while."""
_REST_SECONDS = 2.0


class Storages:
    """Storages as the settings name them; buckets that are reached in the same way share one client."""

    def __init__(self) -> None:
        self._clients: dict[S3Settings, S3Client] = {}

    def make(
        self, settings: config.FilesystemStorage | config.S3Storage, *, create: bool = False
    ) -> ObjectStorage:
        """The storage that one `storage:` of the settings names; `create` makes a missing folder."""
        if isinstance(settings, config.FilesystemStorage):
            assert settings.path is not None, "folders are made concrete by Settings"
            return FilesystemStorage(path=settings.path, create=create)
        return S3Storage(client=self._client(settings), bucket=settings.bucket, prefix=settings.prefix)

    def _client(self, settings: config.S3Storage) -> S3Client:
        reached = s3_settings(settings)
        return self._clients.setdefault(reached, S3Client(reached))


def s3_settings(settings: config.S3Storage) -> S3Settings:
    """How the settings reach a bucket."""
    return S3Settings(
        endpoint_url=settings.endpoint_url,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key.get_secret_value(),
        addressing_style=settings.addressing_style,
    )


def make_mount(mount: config.Mount, storages: Storages) -> Mount:
    """A mount as the settings describe it."""
    assert mount.revalidate_seconds is not None, "made concrete by Settings"
    return Mount(
        name=mount.name,
        prefix=mount.prefix,
        storage=storages.make(mount.storage),
        revalidate_seconds=mount.revalidate_seconds,
        breaker=Breaker(failures=_FAILURES, rest_seconds=_REST_SECONDS),
    )


def make_tiers(
    settings: Settings, link: RedisLink | None, storages: Storages, gone: Gone, *, processes: int
) -> list[Tier]:
    """The tiers of the cache, in the order in which they are asked; `processes` of this kind have them."""
    cache = settings.cache
    tiers: list[Tier] = [MemoryTier(max_bytes=cache.memory_bytes)]
    if link is not None:
        tiers.append(
            RedisTier(
                link, ttl_seconds=cache.redis_ttl_seconds, max_object_bytes=cache.redis_max_object_bytes
            )
        )
    if not cache.derived.enabled:
        return tiers
    disk_bytes = cache.disk.bytes_before(cache.derived)
    # What no file will be kept of comes as bytes, as long as memory may keep those.
    large_bytes = LARGE_BYTES if disk_bytes else max(LARGE_BYTES, cache.memory_bytes // LARGEST_SHARE)
    spool_bytes = min(MOST_SPOOLED_BYTES, disk_bytes or MOST_SPOOLED_BYTES)
    spool = Spool(settings.disk_folder, large_bytes=large_bytes, max_bytes=spool_bytes)
    derived = DerivedTier(storages.make(settings.derived_storage, create=True), spool=spool)
    if disk_bytes:
        disk = DiskTier(
            settings.disk_folder,
            max_bytes=disk_bytes,
            processes=processes,
            confirm=derived.has,
            # Without hosting nothing is ever taken down.
            hears=(lambda: gone.listening) if settings.hosting.enabled else None,
        )
        tiers.append(disk)
    return [*tiers, derived]
