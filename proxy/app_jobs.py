"""The part of the composition root that makes what runs jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from origin.guard import Rules
from origin.hosting.keyring import KeyRing
from origin.hosting.model import Blob, HostedAsset, Job
from origin.hosting.outbox import Outbox, post_about
from proxy import metrics
from proxy.app_albums import album_handlers
from proxy.app_hosting import HostingParts
from proxy.config import Settings
from proxy.hosting.configured import credentials
from proxy.hosting.desk import eager_job
from proxy.hosting.ordering import asked_of
from proxy.jobs.clamd import Clamd
from proxy.jobs.dispatch import Dispatcher
from proxy.jobs.judging import Judges, Moderator
from proxy.jobs.posting import Poster
from proxy.jobs.renditions import EagerJobs, Maker, clients
from proxy.jobs.running import Handler, Runner
from proxy.jobs.sight import Sight
from proxy.jobs.webhooks import Hook, Webhooks
from proxy.services import Services
from proxy.takedown_jobs import Payloads


@dataclass(slots=True)
class Jobs:
    """What runs the jobs of one process."""

    dispatcher: Dispatcher
    close_feed: Callable[[], Awaitable[None]]
    grace_seconds: float

    async def close(self) -> None:
        """Take no more, and finish what is begun."""
        await self.dispatcher.close(grace_seconds=self.grace_seconds)
        await self.close_feed()


def start_jobs(settings: Settings, services: Services, *, redis_url: str, concurrency: int) -> Jobs | None:
    """Run jobs in this process, `concurrency` heavy ones at once; None where nothing is hosted."""
    hosting, takedowns = services.hosting, services.takedowns
    if hosting is None or takedowns is None:
        return None
    runner = Runner(
        outbox=Outbox(hosting.store.metadata),
        handlers=make_handlers(settings, services, hosting),
        observe=metrics.count_job,
    )
    feed = None
    if redis_url:
        from proxy.jobs.feed import Feed

        feed = Feed(redis_url, concurrency=concurrency, run=runner.run)
        feed.start()
    dispatcher = Dispatcher(runner=runner, feed=feed, direct=concurrency, observe=metrics.set_jobs)
    dispatcher.start()
    grace_seconds = settings.server.shutdown_grace_seconds

    async def close_feed() -> None:
        if feed is not None:
            await feed.close(grace_seconds=grace_seconds)

    return Jobs(dispatcher, close_feed, grace_seconds)


def make_handlers(settings: Settings, services: Services, hosting: HostingParts) -> Mapping[str, Handler]:
    """What does each kind of job."""
    webhooks, poster = _webhooks(settings, hosting)

    async def post(asset: HostedAsset, job: Job) -> None:
        await hosting.store.write(lambda transaction: post_about(transaction, asset, job))

    maker = Maker(
        settling=services.settling,
        ahead=services.delivery.ahead,
        clients=clients(tuple(settings.delivery.auto_formats)),
    )
    eager = EagerJobs(store=hosting.store, maker=maker, links=hosting.links, post=post, told=webhooks.jobs)
    judges = Judges(
        store=hosting.store,
        storage=hosting.storage,
        changes=hosting.changes,
        deletions=hosting.deletions,
        links=hosting.links,
        poster=poster,
        scanner=_scanner(settings),
        moderator=_moderator(settings),
        told=webhooks.jobs,
        again=lambda asset: _eager_again(hosting, asset),
    )
    sight = Sight(
        store=hosting.store,
        storage=hosting.storage,
        changes=hosting.changes,
        pool=services.pool,
        looks=services.research.looks,
    )
    assert services.takedowns is not None
    takedowns = {kind: _single(many) for kind, many in services.takedowns.handlers.items()}
    return {
        **takedowns,
        **album_handlers(services, hosting),
        "collect_blob": _collect(hosting),
        "eager": eager.run,
        "scan": judges.scan,
        "moderate": judges.moderate,
        "palette": sight.palette,
        "faces": sight.faces,
        "webhook": webhooks.run,
    }


def _webhooks(settings: Settings, hosting: HostingParts) -> tuple[Webhooks, Poster]:
    fetch = settings.fetch
    rules = Rules(ports=frozenset(fetch.allow_ports), networks=tuple(map(ip_network, fetch.allow_networks)))
    poster = Poster(rules=rules)
    hooks = [
        Hook(hook.url, hook.secret.get_secret_value(), frozenset(hook.events))
        for hook in settings.hosting.webhooks
    ]

    ring = KeyRing(configured=credentials(settings.hosting.keys), store=hosting.intake.keys)

    async def secret_of(key: str) -> str | None:
        credential = await ring.by_key(key)
        return None if credential is None else credential.secret

    webhooks = Webhooks(
        store=hosting.store, poster=poster, links=hosting.links, hooks=hooks, secret_of=secret_of
    )
    return webhooks, poster


def _scanner(settings: Settings) -> Clamd | None:
    scan = settings.hosting.scan
    if not scan.enabled:
        return None
    path = str(scan.socket) if scan.socket is not None else ""
    return Clamd(host=scan.host, port=scan.port, path=path, timeout_seconds=scan.timeout_seconds)


def _moderator(settings: Settings) -> Moderator | None:
    moderation = settings.hosting.moderation
    if not moderation.url:
        return None
    return Moderator(moderation.url, moderation.secret.get_secret_value(), moderation.timeout_seconds)


def _eager_again(hosting: HostingParts, asset: HostedAsset) -> Sequence[Job]:
    """The renditions that were not made while a picture was shown to nobody."""
    sizes = hosting.desk.renditions(asset, asked_of(asset))
    return [eager_job(sizes)] if sizes else []


def _single(many: Callable[[Payloads], Awaitable[None]]) -> Handler:
    async def one(payload: Mapping[str, Any]) -> None:
        await many([payload])

    return one


def _collect(hosting: HostingParts) -> Handler:
    async def collect(payload: Mapping[str, Any]) -> None:
        named = {name: payload[name] for name in ("content_hash", "scope", "epoch", "size")}
        verdict = await hosting.collector.collect(Blob(**named))
        if verdict in ("deleting", "past") and (receipt_id := payload.get("receipt_id")):
            await hosting.store.mark_receipt(str(receipt_id), "blob_collected")

    return collect
