"""One HTTP process: a child of `calotype serve`, one of several on the same port.

It reads its settings from standard input, says `ready` on standard output, and stops when told to by a signal
or when its parent is gone, which it sees by the end of its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import sys

import uvloop
from aiohttp import web

from proxy import logs, metrics
from proxy.orders import READY, Orders, listening_socket

_DRAIN_SECONDS = 0.3
_BACKLOG = 4096


def main() -> None:
    """Run until told to stop; a second signal does not wait for requests in flight."""
    orders: Orders = pickle.load(sys.stdin.buffer)
    settings = orders.settings
    logs.configure(level=settings.log.level, format=settings.log.format)
    metrics.configure(enabled=settings.metrics.enabled, buckets=settings.metrics.buckets)
    uvloop.run(run(orders))


async def run(orders: Orders) -> None:
    from proxy.app import build_services, create_app
    from proxy.http import Runner
    from proxy.vitals import watch

    stop = asyncio.Event()
    _watch_signals(stop)
    _watch_parent(stop)
    settings = orders.settings
    services = await build_services(
        settings, redis_url=orders.redis_url, processes=settings.server.process_count
    )
    runner = Runner(
        create_app(services, settings),
        access_log=None,
        handle_signals=False,
        auto_decompress=False,
        head_seconds=settings.server.header_timeout_seconds,
        keepalive_timeout=settings.server.keepalive_seconds,
        shutdown_timeout=settings.server.shutdown_grace_seconds,
        max_line_size=max(8190, settings.server.max_url_bytes + 64),
    )
    vitals = asyncio.create_task(watch(services.pool, services.link))
    try:
        await runner.setup()
        site = web.SockSite(
            runner, listening_socket(settings.server.host, settings.server.port), backlog=_BACKLOG
        )
        await site.start()
        os.write(sys.stdout.fileno(), READY)
        await stop.wait()
        # Not ready first: a load balancer that looks now sends nothing more, while the door is still open.
        services.stopping = True
        await asyncio.sleep(_DRAIN_SECONDS)
    finally:
        await runner.cleanup()
        vitals.cancel()
        await services.close()


def _watch_signals(stop: asyncio.Event) -> None:
    def heed() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, heed)


def _watch_parent(stop: asyncio.Event) -> None:
    def heed() -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(0, 1024):
                asyncio.get_running_loop().remove_reader(0)
                stop.set()

    os.set_blocking(0, False)
    asyncio.get_running_loop().add_reader(0, heed)


if __name__ == "__main__":
    main()
