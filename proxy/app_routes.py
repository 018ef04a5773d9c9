"""The HTTP face of the services: what answers which path."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from proxy.admission import Admission
from proxy.api.deliver import DeliverHandler
from proxy.api.explain import PREFIX as EXPLAIN
from proxy.api.explain import ExplainHandler
from proxy.api.heads import Heads
from proxy.api.operations import Check, ReadyHandler, live, show_metrics
from proxy.app_albums import album_operations, make_album_pages, make_albums
from proxy.app_better import make_better
from proxy.app_cloudinary import make_cloudinary
from proxy.app_eager import make_stand_ins
from proxy.app_hints import make_buckets
from proxy.app_limits import make_admission
from proxy.app_rest import make_pages, make_rest
from proxy.app_short_way import beginnings, make_short_way
from proxy.client import read_client
from proxy.config import Settings
from proxy.crowd import LEAST_CALM, Crowd
from proxy.middleware import surround
from proxy.placeholder import read_placeholder
from proxy.responses import CachePolicy
from proxy.sandbox import lacking
from proxy.services import Services
from proxy.short_way import ShortWay
from proxy.vitals import answers

ADMISSION = web.AppKey("admission", Admission)
"""What reads delivery URLs, for whoever has new keys for it."""
SHORT_WAY = web.AppKey("short_way", ShortWay)
"""What answers before the parser, where it may."""


def create_app(services: Services, settings: Settings) -> web.Application:
    """The HTTP face of `services`; ROUTES in the order they are tried."""
    preferred = tuple(settings.delivery.auto_formats)
    reader = partial(read_client, buckets=make_buckets(settings), preferred=preferred)
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
    heads = Heads(policy=policy, better=better)
    deliver = DeliverHandler(
        settling=services.settling,
        better=better,
        gone=services.gone,
        read_client=reader,
        heads=heads,
        admission=admission,
        budgets=services.budgets,
        crowd=crowd,
        overdue=services.library.overdue,
        stand_ins=make_stand_ins(settings, services),
    )
    services.gone.on_notice(lambda _: heads.forget(), missed=heads.forget)
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
