"""`calotype worker`: runs queued jobs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

from saq import Worker

from proxy import logs
from proxy.app_render import render_terms
from proxy.config import Settings
from proxy.jobs.eager import JobContext, make_eager
from proxy.jobs.queue import EAGER, open_eager_queue
from proxy.jobs.renditions import clients
from proxy.reload import Reread, reloaded
from proxy.renderer import RenderPool
from proxy.valkey import EmbeddedValkey, ValkeyStartError

logger = logging.getLogger(__name__)

# What the queue can be asked to do.
JOBS = ((EAGER, make_eager),)

_LOOK_SECONDS = 0.05


class PatientWorker(Worker[JobContext]):
    """A worker that finishes the jobs at hand before it stops.

    The library's own grace waits for its idle loops as well, which sleep for up to a minute. A job that is
    not done in time is put back into the queue.
    """

    patience_seconds = 30.0

    async def stop(self) -> None:
        self.event.set()
        for _ in range(int(self.patience_seconds / _LOOK_SECONDS)):
            if not self.job_task_contexts:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        await super().stop()


def run(settings: Settings, reread: Reread) -> int:
    """Work until SIGTERM or SIGINT; what is begun is finished. SIGHUP has it `reread` the settings.

    Returns the exit status.
    """
    logs.configure(level=settings.log.level, format=settings.log.format)
    try:
        return asyncio.run(_run(settings, reread))
    except ValkeyStartError as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 1


async def _run(settings: Settings, reread: Reread) -> int:
    async with contextlib.AsyncExitStack() as stack:
        redis_url = await redis_of(settings, stack)
        await work(settings, redis_url, reread)
    return 0


async def work(settings: Settings, redis_url: str, reread: Reread) -> None:
    """Run jobs from that Redis until a signal says stop."""
    from proxy.app import build_services
    from proxy.app_jobs import start_jobs

    settings = _without_lanes(settings)
    services = await build_services(settings, redis_url=redis_url)
    _reload_on_signal(settings, lambda: _without_lanes(reread()), services.pool)
    queue = open_eager_queue(redis_url)
    worker = PatientWorker(
        queue,
        functions=JOBS,
        concurrency=settings.render.worker_count,
    )
    worker.patience_seconds = settings.server.shutdown_grace_seconds
    worker.context["settling"] = services.settling
    worker.context["delivery"] = services.delivery
    worker.context["clients"] = clients(tuple(settings.delivery.auto_formats))
    jobs = start_jobs(settings, services, redis_url=redis_url, concurrency=settings.render.worker_count)
    logger.info("worker takes jobs from %s", queue.name)
    try:
        await worker.start()
    finally:
        if jobs is not None:
            await jobs.close()
        await queue.disconnect()
        await services.close()


def _without_lanes(settings: Settings) -> Settings:
    """Nobody waits here for what takes a moment: long renders may have all workers."""
    return settings.model_copy(update={"render": settings.render.model_copy(update={"long_seconds": 0})})


def _reload_on_signal(settings: Settings, reread: Reread, pool: RenderPool) -> None:
    def heed() -> None:
        nonlocal settings
        if (taken := reloaded(settings, reread)) is not None:
            settings = taken
            pool.renew(render_terms(settings))

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, heed)


async def redis_of(settings: Settings, stack: contextlib.AsyncExitStack) -> str:
    """The Redis of the settings, or the Valkey that a server on this data folder runs, or one of our own
    until there is one. Raises ValkeyStartError."""
    if settings.redis.url:
        return settings.redis.url
    embedded = EmbeddedValkey(
        settings.data_dir.resolve() / "valkey", max_memory_bytes=settings.redis.embedded_memory_bytes
    )
    await embedded.start()
    stack.push_async_callback(embedded.stop)
    watch = asyncio.create_task(embedded.supervise(), name="watch over valkey")
    stack.callback(watch.cancel)
    return embedded.url
