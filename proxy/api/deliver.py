"""`GET` and `HEAD` of a picture."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from aiohttp import web
from multidict import CIMultiDict

from origin.asset import Asset
from origin.errors import AssetGone, OriginChanged
from proxy.admission import Admission
from proxy.api.heads import Head, Heads
from proxy.better import Better, Instead
from proxy.client import ClientReader
from proxy.conditions import RangeNotSatisfiable, not_modified, precondition_failed, read_range
from proxy.crowd import Crowd
from proxy.delivery import Delivered
from proxy.errors import Refusal
from proxy.file_body import Body
from proxy.freshness import shorten
from proxy.gone import Gone
from proxy.lasting import lasting
from proxy.limits import Budgets, BudgetSpent
from proxy.responses import (
    cache_status,
    quality_line,
    server_timing,
)
from proxy.sending import FilePayload
from proxy.settling import Settled, Settling
from proxy.short_way import LASTING
from proxy.stand_ins import StandIn, StandIns
from proxy.tags import asset_tag
from proxy.url import DeliveryUrl
from transforms.errors import printable
from transforms.info import info as told_of
from transforms.plan import explain

_EXCHANGES = 4
"""A first encode for its second, and back where that was lost."""
_OTHERS = 8
"""Clients that may be refused what we wait for before we are refused too."""


class DeliverHandler:
    """Answers delivery paths."""

    def __init__(
        self,
        *,
        settling: Settling,
        better: Better,
        gone: Gone,
        read_client: ClientReader,
        heads: Heads,
        admission: Admission,
        budgets: Budgets,
        crowd: Crowd,
        overdue: Callable[[Asset], float],
        stand_ins: StandIns | None = None,
    ) -> None:
        """`overdue` tells by how many seconds the facts of an original are. With `stand_ins` something else
        is shown until an upload's own renditions are ready."""
        self._settling = settling
        self._better = better
        self._gone = gone
        self._read_client = read_client
        self._heads = heads
        self._admission = admission
        self._budgets = budgets
        self._crowd = crowd
        self._overdue = overdue
        self._stand_ins = stand_ins

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD"):
            message = f"{printable(request.method)} is not offered: GET and HEAD are"
            raise Refusal(405, "method_not_allowed", message, {"Allow": "GET, HEAD"})
        async with self._crowd.deciding(request.raw_path):
            response = await self._admitted(request)
        self._crowd.served(request.raw_path)
        return response

    async def _admitted(self, request: web.Request) -> web.Response:
        now = time.time()
        admitted = self._admission.read(request.raw_path, now=now)
        url, request["seconds_left"] = admitted.url, admitted.seconds_left(now)
        # A 404 too carries the tag of what is missing, so that an upload can purge it.
        request["tags"] = (asset_tag(url.public_id),)
        self._budgets.bill(request, url)
        try:
            return await self._answer_paid(request, url)
        except OriginChanged:
            # Something was replaced between our look at it and our reading of it, or taken down.
            return await self._answer_anew(request, url)

    async def _answer_anew(self, request: web.Request, url: DeliveryUrl) -> web.Response:
        try:
            await self._settling.look_again(url)
            return await self._answer_paid(request, url)
        except AssetGone as error:
            # Not to be kept: the purge of what was there may already be over.
            raise Refusal(410, "gone", str(error), {"Cache-Control": "no-store"}) from error

    async def _answer_paid(self, request: web.Request, url: DeliveryUrl) -> web.Response:
        """Answer, though whoever began what we wait for may not have been allowed to."""
        for _ in range(_OTHERS):
            try:
                return await self._answer_once(request, url)
            except BudgetSpent as error:
                if not self._budgets.is_anothers(error, request):
                    raise
        return await self._answer_once(request, url)

    async def _answer_once(self, request: web.Request, url: DeliveryUrl) -> web.Response:
        settled = self._better.instead(await self._settling.settle(url, self._read_client(request.headers)))
        if settled.recipe.flag("explain"):
            settled = await self._better.expected(settled)
        # What goes wrong from here on is as true of its layers.
        request["tags"] = settled.tags
        try:
            if self._gone.outdated(settled.standings):
                raise OriginChanged(f"{url.name[:80]!r}: was taken down or replaced while it was looked for")
            return await self._answer_or_other(request, url, settled)
        finally:
            await settled.release()

    async def _answer_or_other(
        self, request: web.Request, url: DeliveryUrl, settled: Settled
    ) -> web.Response:
        """Answer, with what is there in the place of what is not."""
        for _ in range(_EXCHANGES):
            try:
                return await self._answer(request, self._heads.of(request.raw_path, url, settled))
            except Instead as other:
                settled = other.settled
        return await self._answer(request, self._heads.of(request.raw_path, url, settled))

    async def _answer(self, request: web.Request, head: Head) -> web.Response:
        settled, headers = head.settled, head.headers.copy()
        if (seconds := request["seconds_left"]) is not None:
            shorten(headers, seconds)
        etag, modified_at = headers["ETag"], settled.modified_at
        if precondition_failed(request.headers, etag=etag, modified_at=modified_at):
            raise Refusal(412, "precondition_failed", "the picture is another than the one asked for")
        if not_modified(request.headers, etag=etag, modified_at=modified_at):
            del headers["Content-Type"]
            self._let_last(request, head)
            return web.Response(status=304, headers=headers)
        if head.kind == "plan":
            return web.Response(body=_plan_text(settled), headers=headers)
        if head.kind == "picture" and self._stand_ins is not None:
            stand_in = await self._stand_ins.find(settled)
            if stand_in is not None:
                return await self._answer_for_now(request, settled, stand_in, headers)
        made = await self._better.variant(settled)
        await self._look_again(settled, made)
        request["cache"] = made.tier or "made"
        headers.update(_provenance(made, settled))
        body = made.variant.body if head.kind == "picture" else info(settled, made)
        try:
            span = read_range(request.headers, size=len(body), etag=etag, modified_at=modified_at)
        except RangeNotSatisfiable as error:
            told = {"Content-Range": f"bytes */{len(body)}"}
            message = f"the range begins past the end: there are {len(body)} bytes"
            raise Refusal(416, "range_not_satisfiable", message, told) from error
        if span is None:
            if made.tier == "memory" or (made.tier == "redis" and not made.collapsed):
                self._let_last(request, head)
            return web.Response(body=_sent(body), headers=headers)
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(body)}"
        return web.Response(status=206, body=_sent(body[span.start : span.stop]), headers=headers)

    def _let_last(self, request: web.Request, head: Head) -> None:
        """Tell the short way that it may answer so again, where only facts stand behind the answer."""
        if head.kind == "picture" and request["seconds_left"] is None:
            lasts = lasting(head.settled, self._overdue)
            if lasts is not None:
                request[LASTING] = lasts

    async def _answer_for_now(
        self, request: web.Request, settled: Settled, stand_in: StandIn, headers: CIMultiDict[str]
    ) -> web.Response:
        if await self._gone.look(settled.standings):
            raise OriginChanged("a picture was taken down or replaced while it was looked for")
        stand_in.relabel(headers, settled.key)
        request["cache"] = "stand-in"
        headers["Cache-Status"] = f"calotype; fwd=uri-miss; detail={stand_in.shown}"
        if headers["ETag"] == request.headers.get("If-None-Match"):
            del headers["Content-Type"]
            return web.Response(status=304, headers=headers)
        return web.Response(body=stand_in.body, headers=headers)

    async def _look_again(self, settled: Settled, made: Delivered) -> None:
        """Raise OriginChanged where something was taken down while it was being made or fetched.

        Rendering takes long enough for the truth to be asked for; for a look into a tier what we heard is
        enough.
        """
        outdated = self._gone.outdated(settled.standings)
        if outdated or (made.tier is None and await self._gone.look(settled.standings)):
            raise OriginChanged("a picture was taken down or replaced while it was made")


def _sent(body: Body) -> bytes | FilePayload:
    return body if isinstance(body, bytes) else FilePayload(body)


def _plan_text(settled: Settled) -> bytes:
    plan = explain(settled.plan) if settled.plan else "the original as it is"
    return f"{plan}\n".encode()


def _provenance(made: Delivered, settled: Settled) -> dict[str, str]:
    status = cache_status(
        tier=made.tier,
        stored=not made.collapsed,
        collapsed=made.collapsed,
        stale_for=settled.stale_for,
        provisional=settled.provisional,
    )
    headers = {"Cache-Status": status}
    if made.timings:
        headers["Server-Timing"] = server_timing(made.timings)
    if made.variant.notes:
        headers["Calotype-Quality"] = quality_line(made.variant.notes)
    return headers


def info(settled: Settled, made: Delivered) -> bytes:
    """What `fl_getinfo` answers: the original's facts and the result's."""
    answers = settled.findings.known.answers if settled.findings is not None else {}
    told = told_of(settled.asset.info, settled.asset.size, made.variant, settled.plan, answers)
    return json.dumps(told).encode()
