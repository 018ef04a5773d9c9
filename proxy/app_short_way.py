"""The short way and all that has it forget, made from the settings."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from proxy.afar import Afar
from proxy.better import Better
from proxy.config import Settings
from proxy.crowd import FULL, Crowd
from proxy.middleware import delivery_error, sign
from proxy.plain import PlainReader
from proxy.renderer_errors import QueueFull
from proxy.responses import CachePolicy
from proxy.services import Services
from proxy.short_way import ShortWay
from proxy.tally import Tally


def make_short_way(
    settings: Settings,
    services: Services,
    *,
    crowd: Crowd,
    better: Better,
    policy: CachePolicy,
    others: tuple[str, ...],
) -> ShortWay:
    """The short way of one process, told of every change to what its answers rest on."""
    short_way = ShortWay(
        body=services.tiers.held,
        hold=services.metadata.holdover.check,
        crowd=crowd,
        # With a placeholder, what is answered turns on the client.
        refusal=_refusal(policy) if settings.delivery.placeholder is None else None,
        tally=Tally(access=settings.log.access),
        reader=PlainReader(preferred=tuple(settings.delivery.auto_formats)),
        others=others,
        hit=better.popular.hit,
        afar=Afar(services.tiers),
    )
    better.on_success(lambda key: short_way.forget((key,)))
    services.library.on_change(short_way.forget)
    services.presets.on_change(short_way.forget_all)
    services.gone.on_notice(
        lambda notices: short_way.forget({notice.asset_id for notice in notices}),
        missed=short_way.forget_all,
    )
    return short_way


def _refusal(policy: CachePolicy) -> web.Response:
    """What a new URL is answered in a crowd."""
    request_id = "0" * 16
    response = delivery_error(QueueFull(FULL), request_id, policy)
    sign(response, request_id)
    return response


def beginnings(router: web.UrlDispatcher) -> tuple[str, ...]:
    """How the paths begin of all routes but the last, which takes the rest."""
    return tuple(sorted(set(_beginnings(router))))


def _beginnings(router: web.UrlDispatcher) -> Iterator[str]:
    for resource in list(router.resources())[:-1]:
        yield resource.canonical.partition("{")[0]
