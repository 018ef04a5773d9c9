"""`/-/live`, `/-/ready`, `/-/metrics`: what operators and their tools ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from proxy import counters
from proxy.tally import FLUSH_SECONDS

NO_STORE = {"Cache-Control": "no-store"}
_CHECK_SECONDS = 1.0

Check = Callable[[], Awaitable[str]]
"""Says `ok`, or what is wrong in a few words."""


async def live(request: web.Request) -> web.Response:
    """The process runs and its event loop turns."""
    return web.json_response({"status": "live"}, headers=NO_STORE)


class ReadyHandler:
    """Says whether this process should be sent requests, and what works less well than it should.

    Pictures are served without Redis, so its absence is `degraded`, still 200. Only a process that is
    stopping, or one without a part that `vital` names, answers 503.
    """

    def __init__(
        self,
        *,
        checks: Mapping[str, Check],
        vital: frozenset[str],
        stopping: Callable[[], bool],
        facts: Callable[[], Mapping[str, object]] = dict,
    ) -> None:
        """`facts` are told besides; they are neither good nor bad."""
        self._checks = checks
        self._facts = facts
        self._vital = vital
        self._stopping = stopping

    async def __call__(self, request: web.Request) -> web.Response:
        told = dict(zip(self._checks, await asyncio.gather(*map(_told, self._checks.values())), strict=True))
        bad = {name for name, said in told.items() if said != "ok"}
        unable = self._stopping() or bad & self._vital
        status = "stopping" if self._stopping() else "unable" if unable else "degraded" if bad else "ready"
        body = {"status": status, "degraded": sorted(bad), "checks": told, **self._facts()}
        return web.json_response(body, status=503 if unable else 200, headers=NO_STORE)


async def _told(check: Check) -> str:
    try:
        return await asyncio.wait_for(check(), _CHECK_SECONDS)
    except TimeoutError:
        return "does not answer"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]


async def show_metrics(request: web.Request) -> web.Response:
    """The numbers of all processes, for Prometheus."""
    await asyncio.sleep(2 * FLUSH_SECONDS)
    body = await asyncio.to_thread(counters.exposition)
    return web.Response(body=body, headers=NO_STORE | {"Content-Type": counters.CONTENT_TYPE})
