"""Makes the renditions that were asked for with an upload, by the same way as a request would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

from origin.hosting.model import HostedAsset, Job
from origin.hosting.store import HostingStore
from proxy.client import Client
from proxy.delivery import Delivery
from proxy.errors import rule_for
from proxy.hosting.links import Links, shown_as
from proxy.jobs.running import JobRefused
from proxy.settling import Settling
from proxy.url import read_delivery_url


def clients(auto_formats: tuple[str, ...]) -> tuple[Client, ...]:
    """A client of each class that Accept sorts into, the most able first.

    Formats keep the configured order; a client that weighs them otherwise is served on demand.
    """
    sizes = range(len(auto_formats), -1, -1)
    return tuple(Client(formats=named) for named in chain(*(combinations(auto_formats, n) for n in sizes)))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendition that is there: its path, and whether it was made for this job."""

    transformation: str
    format: str
    path: str
    made: bool
    width: int
    height: int
    bytes: int


class Maker:
    """Makes renditions of pictures, so that a request finds them."""

    def __init__(self, *, settling: Settling, delivery: Delivery, clients: Sequence[Client]) -> None:
        self._settling = settling
        self._delivery = delivery
        self._clients = tuple(clients)

    async def make(self, path: str, *, transformation: str = "", format: str = "") -> Rendered:
        """All that `path` can be answered with; doing it twice makes nothing new. What it tells of is the
        answer to a client that can show least. Raises what a request would be refused with."""
        # It is we who ask: what only signed URLs show is made as well.
        url = replace(read_delivery_url(path), signed=True)
        made = False
        for client in self._clients:
            settled = await self._settling.settle(url, client)
            try:
                delivered = await self._delivery.variant(settled)
            finally:
                await settled.release()
            made = made or delivered.tier is None
        variant = delivered.variant
        return Rendered(transformation, format, path, made, variant.width, variant.height, len(variant.body))


class EagerJobs:
    """The `eager` jobs. `post` writes down a job about the picture: telling that all is there."""

    def __init__(
        self,
        *,
        store: HostingStore,
        maker: Maker,
        links: Links,
        post: Callable[[HostedAsset, Job], Awaitable[None]],
        told: Callable[[str, str | None, str | None], Sequence[Job]],
    ) -> None:
        self._store = store
        self._maker = maker
        self._links = links
        self._post = post
        self._told = told

    async def run(self, payload: Mapping[str, Any]) -> None:
        """Make every rendition that the payload names; one that cannot be made does not keep the others from
        being made."""
        asset = await self._store.get_by_asset_id(str(payload["asset_id"]))
        # What is shown to nobody is rendered when it is, and other bytes came with a job of their own.
        if asset is None or asset.state != "live" or asset.placeholder:
            return
        failures: list[Exception] = []
        made: list[Rendered] = []
        for transformation, format in _wanted(payload, asset):
            path = self._links.path(asset, transformation, format)
            try:
                made.append(await self._maker.make(path, transformation=transformation, format=format))
            except Exception as error:
                failures.append(error)
        _raise_worst(failures)
        for job in self._told("eager", _text(payload.get("notification_url")), _text(payload.get("key"))):
            told = {"eager": [_answer(rendered, self._links) for rendered in made]}
            await self._post(asset, replace(job, payload={**job.payload, **told}))


def _wanted(payload: Mapping[str, Any], asset: HostedAsset) -> Iterator[tuple[str, str]]:
    for rendition in payload.get("renditions") or ():
        if isinstance(rendition, str):
            rendition = {"transformation": rendition}
        format = shown_as(str(rendition.get("format") or ""), asset.summary.info.format)
        yield str(rendition.get("transformation") or ""), format


def _raise_worst(failures: Sequence[Exception]) -> None:
    """Raise one of the failures that may pass, before those that will not."""
    passing = [error for error in failures if rule_for(error).status >= 500]
    if passing:
        raise passing[0]
    if failures:
        raise JobRefused(str(failures[0])) from failures[0]


def _answer(rendered: Rendered, links: Links) -> dict[str, Any]:
    url = links.public_url + rendered.path
    return {
        "transformation": rendered.transformation,
        "format": rendered.format,
        "width": rendered.width,
        "height": rendered.height,
        "bytes": rendered.bytes,
        "url": url,
        "secure_url": url,
    }


def _text(given: object) -> str | None:
    return given if isinstance(given, str) and given else None
