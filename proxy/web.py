"""One HTTP process: a child of `calotype serve`, one of several on the same port.

It reads its settings from standard input, where others may follow, says `ready` on standard output, and stops
when told to by a signal or when its parent is gone, which it sees by the end of its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvloop
from aiohttp import web

from proxy import logs, metrics
from proxy.orders import READY, OrderReader, Orders, listening_socket
from proxy.sandbox.libc import take_short_turns
from proxy.services import Services

if TYPE_CHECKING:
    from proxy.app_jobs import Jobs
    from proxy.short_way import ShortWay

_BACKLOG = 4096
_LISTENERS = 8
"""On one port: of each the loop takes one new connection a turn, and its turns are long when many come."""
_PIPE_BYTES = 1 << 16
_LAST_SECONDS = 10.0
"""For what comes after the requests: writes behind answers, connections."""
_MOST_TOLD = 4000

logger = logging.getLogger(__name__)


def main() -> None:
    """Run until told to stop; a second signal does not wait for requests in flight.

    Whoever calls it has switched the garbage collector off: it begins when the process is ready.
    """
    parent = Parent()
    settings = parent.first().settings
    logs.configure(level=settings.log.level, format=settings.log.format)
    metrics.configure(enabled=settings.metrics.enabled, buckets=settings.metrics.buckets)
    # Renders have the cores most of the time, and hits want them for a moment.
    with contextlib.suppress(OSError):
        take_short_turns()
    uvloop.run(run(parent))


class Parent:
    """Who gave us our orders, and gives others."""

    def __init__(self) -> None:
        self.orders: list[Orders] = []
        """All that came, the latest last."""
        self._reader = OrderReader()

    def first(self) -> Orders:
        """Wait for the first orders. Blocks; EOFError when the parent is gone."""
        while not self.orders:
            data = os.read(0, _PIPE_BYTES)
            if not data:
                raise EOFError("the parent is gone")
            self.orders += self._reader.feed(data)
        return self.orders[0]

    def watch(self, *, gone: Callable[[], None], changed: Callable[[], None]) -> None:
        """Have the loop call `changed` after each new order, and `gone` when there will be none."""

        def heed() -> None:
            with contextlib.suppress(BlockingIOError):
                data = os.read(0, _PIPE_BYTES)
                if not data:
                    asyncio.get_running_loop().remove_reader(0)
                    gone()
                elif new := list(self._reader.feed(data)):
                    self.orders += new
                    changed()

        os.set_blocking(0, False)
        asyncio.get_running_loop().add_reader(0, heed)


async def run(parent: Parent) -> None:
    from proxy.app import build_services
    from proxy.app_jobs import start_jobs
    from proxy.app_render import render_terms
    from proxy.app_routes import ADMISSION, SHORT_WAY, create_app
    from proxy.door import Door, most_connections
    from proxy.http import Runner
    from proxy.keys import load_keys
    from proxy.vitals import watch

    stop = asyncio.Event()
    services: Services | None = None
    app: web.Application | None = None
    short_way: ShortWay | None = None

    def take() -> None:
        latest = parent.orders[-1].settings
        if services is not None:
            services.pool.renew(render_terms(latest))
        if app is not None and latest is not settings:
            app[ADMISSION].renew(load_keys(latest.security.keys))
            if short_way is not None:
                short_way.forget_all()

    _watch_signals(stop)
    parent.watch(gone=stop.set, changed=take)
    orders = parent.orders[0]
    settings = orders.settings
    services = await build_services(
        settings, redis_url=orders.redis_url, processes=settings.server.process_count
    )
    app = create_app(services, settings)
    short_way = app.get(SHORT_WAY)
    take()
    door = Door(
        most=most_connections(settings.server.max_connections),
        slow_seconds=settings.server.slow_client_seconds,
        slow_bytes=settings.server.slow_client_bytes,
    )
    runner = Runner(
        app,
        access_log=None,
        handle_signals=False,
        auto_decompress=False,
        door=door,
        short_way=short_way,
        head_seconds=settings.server.header_timeout_seconds,
        keepalive_timeout=settings.server.keepalive_seconds,
        shutdown_timeout=settings.server.shutdown_grace_seconds,
        max_line_size=max(8190, settings.server.max_url_bytes + 64),
    )
    jobs: Jobs | None = None
    watching = (
        asyncio.create_task(watch(services.pool, services.link, services.mounts)),
        asyncio.create_task(door.watch()),
    )
    try:
        await runner.setup()
        for _ in range(_LISTENERS):
            listener = listening_socket(settings.server.host, settings.server.port)
            await web.SockSite(runner, listener, backlog=_BACKLOG).start()
        jobs = start_jobs(
            settings,
            services,
            redis_url=orders.redis_url,
            concurrency=settings.hosting.inline_workers,
        )
        # What is there now stays: to look through it for cycles takes a tenth of a second, in which nobody is
        # answered. What comes later is looked through seldom.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 50, 50)
        gc.enable()
        os.write(sys.stdout.fileno(), READY)
        await stop.wait()
        end_after(settings.server.drain_seconds + 2 * settings.server.shutdown_grace_seconds + _LAST_SECONDS)
        # Not ready first: a load balancer that looks now sends nothing more, while the door is still open.
        services.stopping = door.closing = True
        await asyncio.sleep(settings.server.drain_seconds)
    finally:
        await runner.cleanup()
        if short_way is not None:
            short_way.close()
        for task in watching:
            task.cancel()
        if jobs is not None:
            await jobs.close()
        await services.close()


def end_after(seconds: float, exit: Callable[[int], object] = os._exit) -> None:
    """End the process then, however far its orderly stop has come: a stop that hangs would go on for ever
    where nobody is left to send a second signal. The log tells what it hung on."""

    def end() -> None:
        left = sorted(f"{task.get_name()}: {task.get_coro()!r}" for task in asyncio.all_tasks())
        logger.error("not stopped after %g s, ends now; under way: %s", seconds, "; ".join(left)[:_MOST_TOLD])
        exit(1)

    asyncio.get_running_loop().call_later(seconds, end)


def _watch_signals(stop: asyncio.Event) -> None:
    def heed() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, heed)
    # It is for the parent, whoever else it was sent to.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
