"""The composition root: every part built by hand, top to bottom, from the settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from origin.library import Library
from origin.metadata.details import DetailsStore
from origin.metadata.named import NamedStore
from origin.metadata.store import MetadataStore
from origin.mounts import Mount
from origin.storage.base import Storage
from origin.storage.filesystem import FilesystemStorage
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from proxy import config, metrics
from proxy.api.deliver import DeliverHandler
from proxy.api.explain import PREFIX as EXPLAIN
from proxy.api.explain import ExplainHandler
from proxy.api.operations import Check, ReadyHandler, live, show_metrics
from proxy.cache.base import Tier
from proxy.cache.derived import DerivedTier
from proxy.cache.failures import Failures
from proxy.cache.memory import MemoryTier
from proxy.cache.redis import RedisTier
from proxy.cache.tiers import Tiers
from proxy.client import HintBuckets, read_client
from proxy.coalesce import Coalescer
from proxy.config import Settings
from proxy.delivery import Delivery
from proxy.files import Files
from proxy.finder import Finder
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.middleware import surround
from proxy.placeholder import read_placeholder
from proxy.presets import Presets
from proxy.renderer import RenderPool
from proxy.research import Research
from proxy.responses import CachePolicy
from proxy.services import Services
from proxy.vitals import answers

if TYPE_CHECKING:
    from proxy.jobs.queue import EagerQueue

MAX_AUTO_AVIF_PIXELS = 4_000_000
"""AVIF answered at once where the choice is ours; see `docs/architecture.md`."""


MAX_QUEUE_SECONDS = 10.0
"""How long a render waits for a worker before its client is told to come back."""


async def build_services(settings: Settings, *, redis_url: str, processes: int = 1) -> Services:
    """The parts of one process, started; `processes` of its kind share the render workers.

    Without `redis_url` nothing is shared with other processes but the storages.
    """
    link = (
        RedisLink(
            redis_url, budget_seconds=settings.redis.timeout_seconds, max_calls=settings.redis.pool_size
        )
        if redis_url
        else None
    )
    storages = Storages()
    metadata = MetadataStore(settings.database_url)
    await metadata.open()
    pool = build_pool(settings, processes=processes)
    await pool.start()
    leases = Leases(link)
    coalescer = Coalescer()
    tiers = Tiers(_tiers(settings, link, storages), observe=metrics.count_cache)
    library = Library(
        mounts=[_mount(mount, storages) for mount in settings.resolved_mounts],
        metadata=metadata,
        prober=pool.probe,
        max_bytes=settings.origin.max_bytes,
        fetch_concurrency=settings.origin.fetch_concurrency,
        fetch_timeout_seconds=settings.origin.timeout_seconds,
        recent_bytes=settings.origin.recent_bytes,
        negative_seconds=settings.cache.negative_seconds,
        observe_read=metrics.count_origin_read,
        observe_stat=metrics.count_origin_stat,
        observe_metadata_failure=metrics.count_metadata_failure,
    )
    # As long as another process may need: to give up on it sooner is to render twice just when all are busy.
    patience_seconds = settings.origin.timeout_seconds + MAX_QUEUE_SECONDS + settings.render.deadline_seconds
    eager = _eager(settings, redis_url)
    finder = Finder(
        library=library,
        coalescer=coalescer,
        leases=leases,
        stale_seconds=settings.cache.stale_seconds,
        learn_seconds=patience_seconds,
        on_learnt=eager.learnt if eager else None,
    )
    presets = Presets(store=NamedStore(metadata), named=settings.named_transformations)
    research = Research(
        finder=finder,
        library=library,
        files=Files(library=library, folder=settings.data_dir / "fonts"),
        pool=pool,
        coalescer=coalescer,
        link=link,
        details=DetailsStore(metadata).get,
    )
    delivery = Delivery(
        finder=finder,
        research=research,
        library=library,
        tiers=tiers,
        coalescer=coalescer,
        leases=leases,
        failures=Failures(link),
        pool=pool,
        limits=settings.render.limits,
        defaults=settings.delivery.output_defaults,
        presets=presets,
        auto_formats=tuple(settings.delivery.auto_formats),
        buckets=_buckets(settings),
        max_auto_avif_pixels=MAX_AUTO_AVIF_PIXELS,
        lease_patience_seconds=patience_seconds,
        observe_coalesced=metrics.count_coalesced,
        observe_render=metrics.count_render,
    )
    await presets.start()
    return Services(
        metadata=metadata,
        library=library,
        link=link,
        leases=leases,
        coalescer=coalescer,
        tiers=tiers,
        pool=pool,
        finder=finder,
        presets=presets,
        eager=eager,
        delivery=delivery,
        grace_seconds=settings.server.shutdown_grace_seconds,
    )


def create_app(services: Services, settings: Settings) -> web.Application:
    """The HTTP face of `services`; ROUTES in the order they are tried."""
    preferred = tuple(settings.delivery.auto_formats)
    reader = partial(read_client, buckets=_buckets(settings), preferred=preferred)
    policy = _policy(settings)
    app = web.Application(
        middlewares=[
            surround(
                policy=policy,
                placeholder=read_placeholder(settings.delivery.placeholder),
                access=settings.log.access,
            )
        ]
    )
    deliver = DeliverHandler(
        delivery=services.delivery,
        read_client=reader,
        policy=policy,
        max_url_bytes=settings.server.max_url_bytes,
    )
    ready = ReadyHandler(
        checks=_checks(services), vital=frozenset({"renderer"}), stopping=lambda: services.stopping
    )
    app.router.add_get("/-/live", live, name="live")
    app.router.add_get("/-/ready", ready, name="ready")
    if settings.metrics.enabled:
        app.router.add_get("/-/metrics", show_metrics, name="metrics")
    explain = ExplainHandler(
        delivery=services.delivery, read_client=reader, max_url_bytes=settings.server.max_url_bytes
    )
    app.router.add_get(EXPLAIN + "/{path:(?s:.*)}", explain, name="explain")
    # A line break in a path is for the handler to refuse, not for the router to miss.
    app.router.add_route("*", "/{path:(?s:.*)}", deliver, name="deliver")
    return app


def build_pool(settings: Settings, *, processes: int) -> RenderPool:
    """The render workers of one of `processes`: its share of `render.workers`."""
    return RenderPool(
        workers=max(1, settings.render.worker_count // processes),
        queue=settings.render.queue_length,
        deadline_seconds=settings.render.deadline_seconds,
        queue_timeout_seconds=MAX_QUEUE_SECONDS,
        recycle_after=settings.render.recycle_after,
        max_memory_bytes=settings.render.max_memory_bytes,
        address_space_bytes=settings.render.address_space_bytes,
    )


class Storages:
    """Storages as the settings name them; buckets that are reached in the same way share one client."""

    def __init__(self) -> None:
        self._clients: dict[S3Settings, S3Client] = {}

    def make(self, settings: config.FilesystemStorage | config.S3Storage, *, create: bool = False) -> Storage:
        """The storage that one `storage:` of the settings names; `create` makes a missing folder."""
        if isinstance(settings, config.FilesystemStorage):
            assert settings.path is not None, "folders are made concrete by Settings"
            return FilesystemStorage(path=settings.path, create=create)
        return S3Storage(client=self._client(settings), bucket=settings.bucket, prefix=settings.prefix)

    def _client(self, settings: config.S3Storage) -> S3Client:
        reached = S3Settings(
            endpoint_url=settings.endpoint_url,
            region=settings.region,
            access_key_id=settings.access_key_id,
            secret_access_key=settings.secret_access_key.get_secret_value(),
            addressing_style=settings.addressing_style,
        )
        return self._clients.setdefault(reached, S3Client(reached))


def _mount(mount: config.Mount, storages: Storages) -> Mount:
    assert mount.revalidate_seconds is not None, "made concrete by Settings"
    return Mount(
        name=mount.name,
        prefix=mount.prefix,
        storage=storages.make(mount.storage),
        revalidate_seconds=mount.revalidate_seconds,
    )


def _tiers(settings: Settings, link: RedisLink | None, storages: Storages) -> list[Tier]:
    cache = settings.cache
    tiers: list[Tier] = [MemoryTier(max_bytes=cache.memory_bytes)]
    if link is not None:
        tiers.append(
            RedisTier(
                link, ttl_seconds=cache.redis_ttl_seconds, max_object_bytes=cache.redis_max_object_bytes
            )
        )
    if cache.derived.enabled:
        tiers.append(DerivedTier(storages.make(settings.derived_storage, create=True)))
    return tiers


def _eager(settings: Settings, redis_url: str) -> EagerQueue | None:
    if not redis_url or not settings.eager:
        return None
    # The queue's library costs a tenth of a start; most servers queue nothing.
    from proxy.jobs.queue import EagerQueue, open_queue

    return EagerQueue(open_queue(redis_url), settings.eager)


def _buckets(settings: Settings) -> HintBuckets:
    hints = settings.delivery.client_hints
    return HintBuckets(
        widths=tuple(hints.widths),
        dprs=tuple(hints.dprs),
        default_width=hints.default_width,
        default_dpr=hints.default_dpr,
    )


def _policy(settings: Settings) -> CachePolicy:
    delivery = settings.delivery
    return CachePolicy(
        mutable=delivery.cache_control.mutable,
        immutable=delivery.cache_control.immutable,
        provisional=delivery.cache_control.provisional,
        cdn_cache_control=delivery.cdn_cache_control,
        surrogate_control=delivery.surrogate_control,
        tag_headers=tuple(delivery.tag_headers),
        tag_prefix=delivery.tag_prefix,
        errors=delivery.cache_control.errors,
    )


def _checks(services: Services) -> dict[str, Check]:
    async def renderer() -> str:
        return "ok" if services.pool.alive else "no render worker is alive"

    async def redis() -> str:
        if services.link is None:
            return "absent: nothing is shared with other processes"
        return "ok" if await answers(services.link) else "does not answer"

    async def metadata() -> str:
        return "ok" if await services.metadata.healthy() else "does not answer"

    return {"renderer": renderer, "redis": redis, "metadata": metadata}
