"""The composition root: every part built by hand, top to bottom, from the settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from origin.library import Library
from origin.metadata.details import DetailsStore
from origin.metadata.named import NamedStore
from origin.metadata.store import MetadataStore
from proxy import metrics
from proxy.admission import Admission
from proxy.api.deliver import DeliverHandler
from proxy.api.explain import PREFIX as EXPLAIN
from proxy.api.explain import ExplainHandler
from proxy.api.operations import Check, ReadyHandler, live, show_metrics
from proxy.app_albums import album_operations, make_album_pages, make_albums
from proxy.app_better import make_better
from proxy.app_cloudinary import make_cloudinary
from proxy.app_eager import make_stand_ins
from proxy.app_fetch import make_gate, make_remote
from proxy.app_hosting import build_hosting, hosted_mounts, make_hosting_store
from proxy.app_limits import make_admission, make_budgets
from proxy.app_render import MAX_QUEUE_SECONDS, build_behind, build_pool, font_folder
from proxy.app_rest import make_pages, make_rest
from proxy.app_short_way import beginnings, make_short_way
from proxy.app_storages import Storages, make_mount, make_tiers
from proxy.app_takedown import make_takedown, make_takedown_jobs
from proxy.cache.derived import DerivedTier
from proxy.cache.failures import Failures
from proxy.cache.tiers import Tiers
from proxy.client import HintBuckets, read_client
from proxy.coalesce import Coalescer
from proxy.config import Settings
from proxy.crowd import LEAST_CALM, Crowd
from proxy.delivery import Delivery
from proxy.files import Files
from proxy.finder import Finder
from proxy.fonts import load_fonts
from proxy.gone import Gone
from proxy.lately import Lately
from proxy.lease import Leases
from proxy.link import RedisLink
from proxy.looks import Looks
from proxy.middleware import surround
from proxy.placeholder import read_placeholder
from proxy.poison import Poison
from proxy.presets import Presets
from proxy.research import Research
from proxy.responses import CachePolicy
from proxy.sandbox import lacking
from proxy.services import Services
from proxy.settling import Settling
from proxy.short_way import ShortWay
from proxy.vitals import answers

if TYPE_CHECKING:
    from proxy.jobs.queue import EagerQueue

ADMISSION = web.AppKey("admission", Admission)
"""What reads delivery URLs, for whoever has new keys for it."""
SHORT_WAY = web.AppKey("short_way", ShortWay)
"""What answers before the parser, where it may."""

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
        buckets=_buckets(settings),
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
    admission = app[ADMISSION] = make_admission(settings)
    room = services.pool.room
    # More than could have a place need not be looked for at once, but some, as most of them may be there.
    crowd = Crowd(has_room=room.has_room, calm=max(LEAST_CALM, room.most))
    better = make_better(settings, services)
    app.cleanup_ctx.append(better.run)
    deliver = DeliverHandler(
        settling=services.settling,
        better=better,
        gone=services.gone,
        read_client=reader,
        policy=policy,
        admission=admission,
        budgets=services.budgets,
        crowd=crowd,
        overdue=services.library.overdue,
        stand_ins=make_stand_ins(settings, services),
    )
    services.gone.on_notice(lambda _: deliver.forget(), missed=deliver.forget)
    warnings = settings.security.warnings(settings.server.host)
    ready = ReadyHandler(
        checks=_checks(services),
        vital=frozenset({"renderer"}),
        stopping=lambda: services.stopping,
        facts=lambda: {"sandbox": list(services.pool.confined), "warnings": warnings},
    )
    app.router.add_get("/-/live", live, name="live")
    app.router.add_get("/-/ready", ready, name="ready")
    if settings.metrics.enabled:
        app.router.add_get("/-/metrics", show_metrics, name="metrics")
    explain = ExplainHandler(
        settling=services.settling,
        better=better,
        read_client=reader,
        admission=admission,
        budgets=services.budgets,
        takes_long=services.pool.terms.takes_long,
    )
    app.router.add_get(EXPLAIN + "/{path:(?s:.*)}", explain, name="explain")
    if services.hosting is not None:
        make_cloudinary(settings, services, services.hosting).add_to(app.router)
        albums = make_albums(services, services.hosting)
        rest = make_rest(settings, services.hosting, album_operations(albums, services.hosting))
        pages = make_album_pages(
            settings,
            services,
            albums,
            services.hosting,
            policy=policy,
            admission=admission,
            otherwise=deliver,
        )
        pages.add_to(app.router)
        rest.add_to(app.router)
        make_pages(rest, services.hosting).add_to(app.router)
    # A line break in a path is for the handler to refuse, not for the router to miss.
    app.router.add_route("*", "/{path:(?s:.*)}", deliver, name="deliver")
    if settings.server.short_way:
        app[SHORT_WAY] = make_short_way(
            settings, services, crowd=crowd, better=better, policy=policy, others=beginnings(app.router)
        )
    return app


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

    async def sandbox() -> str:
        missing = lacking(services.pool.confined)
        return f"this kernel has no {', '.join(missing)}" if missing and services.pool.alive else "ok"

    async def redis() -> str:
        if services.link is None:
            return "absent: nothing is shared with other processes"
        return "ok" if await answers(services.link) else "does not answer"

    async def metadata() -> str:
        return "ok" if await services.metadata.healthy() else "does not answer"

    async def originals() -> str:
        resting = [name for name, breaker in services.mounts.items() if breaker.state != "closed"]
        return f"{', '.join(resting)}: not asked, failed lately" if resting else "ok"

    async def derived() -> str:
        if services.derived is None or services.derived.state == "closed":
            return "ok"
        return "not asked, failed lately"

    return {
        "renderer": renderer,
        "sandbox": sandbox,
        "redis": redis,
        "metadata": metadata,
        "mounts": originals,
        "derived": derived,
    }
