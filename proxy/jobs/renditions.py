"""Makes the renditions that were asked for with an upload, as a request would find them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

from origin.hosting.model import HostedAsset, Job
from origin.hosting.store import HostingStore
from proxy.ahead import Ahead, Ready
from proxy.client import Client
from proxy.errors import rule_for
from proxy.hosting.links import Links, shown_as
from proxy.jobs.running import JobRefused
from proxy.settling import Settled, Settling
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


@dataclass(frozen=True, slots=True)
class Rendition:
    """One that is wanted: where it is delivered, and what it was asked for as."""

    path: str
    transformation: str = ""
    format: str = ""


class Maker:
    """Makes renditions of pictures, so that a request finds them."""

    def __init__(self, *, settling: Settling, ahead: Ahead, clients: Sequence[Client]) -> None:
        self._settling = settling
        self._ahead = ahead
        self._clients = tuple(clients)

    async def make(self, renditions: Sequence[Rendition]) -> list[Rendered | Exception]:
        """All that these paths, of one picture, can be answered with, or what a request would be refused
        with; doing it twice makes nothing new. What is told of a rendition is the answer to a client that can
        show least."""
        settled = [await self._settled(rendition.path) for rendition in renditions]
        wanted = [each for found in settled if not isinstance(found, Exception) for each in found]
        ready = await self._ahead.make(wanted)
        return [
            found
            if isinstance(found, Exception)
            else _rendered(rendition, [ready[each.key] for each in found])
            for rendition, found in zip(renditions, settled, strict=True)
        ]

    async def _settled(self, path: str) -> list[Settled] | Exception:
        """What this path means to every client."""
        try:
            # It is we who ask: what only signed URLs show is made as well.
            url = replace(read_delivery_url(path), signed=True)
            found = []
            for client in self._clients:
                settled = await self._settling.settle(url, client)
                # Whoever asks meanwhile is not to wait for us.
                await settled.release()
                found.append(settled)
            return found
        except Exception as error:
            return error


def _rendered(rendition: Rendition, outcomes: Sequence[Ready | Exception]) -> Rendered | Exception:
    ready: list[Ready] = []
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            return outcome
        ready.append(outcome)
    least, made = ready[-1], any(each.made for each in ready)
    return Rendered(
        rendition.transformation,
        rendition.format,
        rendition.path,
        made,
        least.width,
        least.height,
        least.bytes,
    )


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
        wanted = [
            Rendition(self._links.path(asset, transformation, format), transformation, format)
            for transformation, format in wanted_of(payload, asset)
        ]
        outcomes = await self._maker.make(wanted)
        failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        if failures and not await self._stands(asset):
            # Taken down or replaced meanwhile: that is no failure, and what came after has a job of its own.
            return
        _raise_worst(failures)
        made = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
        for job in self._told("eager", _text(payload.get("notification_url")), _text(payload.get("key"))):
            told = {"eager": [_answer(rendered, self._links) for rendered in made]}
            await self._post(asset, replace(job, payload={**job.payload, **told}))

    async def _stands(self, asset: HostedAsset) -> bool:
        now = await self._store.get_by_asset_id(asset.asset_id)
        return now is not None and now.standing == asset.standing and now.public_id == asset.public_id


def wanted_of(payload: Mapping[str, Any], asset: HostedAsset) -> Iterator[tuple[str, str]]:
    """The transformations, each with an extension, that the payload of an `eager` job names."""
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
