"""The composition root: every part built by hand, top to bottom, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from origin.library import Library
from origin.metadata.details import DetailsStore
from origin.metadata.named import NamedStore
from origin.metadata.store import MetadataStore
from proxy import metrics
from proxy.app_fetch import make_gate, make_remote
from proxy.app_hints import make_buckets
from proxy.app_hosting import build_hosting, hosted_mounts, make_hosting_store
from proxy.app_limits import make_budgets
from proxy.app_render import MAX_QUEUE_SECONDS, build_behind, build_pool, font_folder
from proxy.app_storages import Storages, make_mount, make_tiers
from proxy.app_takedown import make_takedown, make_takedown_jobs
from proxy.cache.derived import DerivedTier
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.coalesce import Coalescer
from proxy.config import Settings
from proxy.delivery import Delivery
from proxy.files import Files
from proxy.finder import Finder
from proxy.fonts import load_fonts
from proxy.gone import Gone
from proxy.lately import Lately
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.looks import Looks
from proxy.poison import Poison
from proxy.presets import Presets
from proxy.research import Research
from proxy.services import Services
from proxy.settling import Settling

if TYPE_CHECKING:
    from proxy.jobs.queue import EagerQueue

WARM_CONNECTIONS = 8
"""To Redis, opened before the first request."""
DETAILS_SECONDS = 2.0
"""How long what people say of an original is not looked up again."""


async def build_services(settings: Settings, *, redis_url: str, processes: int = 1) -> Services:
    """The parts of one process, started; `processes` of its kind share the render workers.

    Without `redis_url` nothing is shared with other processes but the storages. Raises UnsupportedFormat and
    OSError for configured fonts that cannot be read.
    """
    fonts = load_fonts(settings.render.fonts) if settings.render.fonts else None
    link = (
        RedisLink(
            redis_url, budget_seconds=settings.redis.timeout_seconds, max_calls=settings.redis.pool_size
        )
        if redis_url
        else None
    )
    storages = Storages()
    metadata = MetadataStore(settings.database_url, lease_seconds=settings.metadata.lease_seconds)
    await metadata.open()
    poison = Poison(link, observe=metrics.count_poison)
    pool = build_pool(settings, processes=processes, fonts=fonts, poison=poison)
    await pool.start()
    leases = Leases(link)
    coalescer = Coalescer()
    hosting = make_hosting_store(settings, metadata) if settings.hosting.enabled else None
    gone = Gone(link, generations=hosting.generations if hosting is not None else None)
    made_tiers = make_tiers(settings, link, storages, gone, processes=processes)
    tiers = Tiers(made_tiers, observe=metrics.count_cache, gone=gone)
    mounts = [make_mount(mount, storages) for mount in settings.resolved_mounts]
    library = Library(
        mounts=[*hosted_mounts(settings, hosting, storages), *mounts],
        remote=make_remote(settings),
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
    slowest_seconds = max(settings.origin.timeout_seconds, settings.fetch.timeout_seconds)
    patience_seconds = slowest_seconds + MAX_QUEUE_SECONDS + settings.render.deadline_seconds
    eager = _eager(settings, redis_url)
    finder = Finder(
        library=library,
        coalescer=coalescer,
        leases=leases,
        stale_seconds=settings.cache.stale_seconds,
        learn_seconds=patience_seconds,
        check_room=pool.room.check,
        on_learnt=eager.learnt if eager else None,
        hold=metadata.holdover.check,
        gone=gone,
    )
    presets = Presets(store=NamedStore(metadata), named=settings.named_transformations)
    details = DetailsStore(metadata)
    failures = Failures(link)
    looks = Looks(
        pool=pool,
        coalescer=coalescer,
        leases=leases,
        failures=failures,
        link=link,
        patience_seconds=patience_seconds,
        observe=metrics.count_look,
    )
    said = Lately(
        lambda public_id, _: details.get(public_id),
        what="details",
        coalescer=coalescer,
        seconds=DETAILS_SECONDS,
    )
    gate = make_gate(settings)
    budgets = make_budgets(settings, link)
    files = Files(library=library, folder=font_folder(settings), coalescer=coalescer)
    research = Research(
        finder=finder,
        library=library,
        files=files,
        looks=looks,
        gate=gate,
        charged=budgets.charged,
        said=said,
    )
    settling = Settling(
        finder=finder,
        research=research,
        coalescer=coalescer,
        leases=leases,
        lease_patience_seconds=patience_seconds,
        presets=presets,
        limits=settings.render.limits,
        defaults=settings.delivery.output_defaults,
        fonts=fonts,
        drop_scans=settings.render.drop_scans,
        auto_formats=tuple(settings.delivery.auto_formats),
        buckets=make_buckets(settings),
        avif_seconds=settings.render.two_stage.avif_seconds,
        two_stage=settings.render.two_stage.enabled,
        gate=gate,
    )
    delivery = Delivery(
        research=research,
        library=library,
        tiers=tiers,
        coalescer=coalescer,
        leases=leases,
        failures=failures,
        pool=pool,
        charged=budgets.charged,
        lease_patience_seconds=patience_seconds,
        observe_coalesced=metrics.count_coalesced,
        observe_render=metrics.count_render,
    )
    takedown = make_takedown(
        settings,
        gone=gone,
        link=link,
        tiers=tiers,
        library=library,
        settling=settling,
        looks=looks,
        failures=failures,
        said=said,
    )
    takedowns, oldest_purge = make_takedown_jobs(takedown, hosting) if hosting is not None else (None, None)
    hosted = (
        build_hosting(
            settings,
            hosting,
            storages,
            pool=pool,
            finder=finder,
            library=library,
            files=files,
            named=presets,
            fonts=fonts,
            published=takedowns.published,
        )
        if hosting is not None and takedowns is not None
        else None
    )
    if oldest_purge is not None:
        oldest_purge.start()
    await presets.start()
    if link is not None:
        await link.warm(WARM_CONNECTIONS)
    return Services(
        metadata=metadata,
        library=library,
        link=link,
        leases=leases,
        coalescer=coalescer,
        tiers=tiers,
        pool=pool,
        make_behind=lambda: build_behind(settings, pool.terms, fonts=fonts, poison=poison),
        finder=finder,
        presets=presets,
        research=research,
        settling=settling,
        eager=eager,
        delivery=delivery,
        gone=gone,
        takedown=takedown,
        takedowns=takedowns,
        hosting=hosted,
        oldest_purge=oldest_purge,
        budgets=budgets,
        mounts={mount.name: mount.breaker for mount in mounts if mount.breaker is not None},
        derived=next((tier.breaker for tier in made_tiers if isinstance(tier, DerivedTier)), None),
        grace_seconds=settings.server.shutdown_grace_seconds,
    )


def _eager(settings: Settings, redis_url: str) -> EagerQueue | None:
    if not redis_url or not settings.eager:
        return None
    # The queue's library costs a tenth of a start; most servers queue nothing.
    from proxy.jobs.queue import EagerQueue, open_eager_queue

    return EagerQueue(open_eager_queue(redis_url), settings.eager)
