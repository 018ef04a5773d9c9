"""`calotype warm`: makes renditions of pictures that are there already, before anybody asks for them."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from origin.errors import OriginError
from origin.hosting.listing import Query
from proxy import logs
from proxy.app_storages import Storages, make_mount
from proxy.commands.common import FAILED, WRONG_SETTINGS, complain, printable_line, read_settings
from proxy.config import Settings
from proxy.errors import error_message
from proxy.hosting.desk import settled_sizes
from proxy.hosting.links import shown_as
from proxy.hosting.options import Size
from proxy.jobs.renditions import Maker, Rendition, clients
from proxy.progress import track
from proxy.valkey import ValkeyStartError
from transforms.formats import by_extension

if TYPE_CHECKING:
    from proxy.app_hosting import HostingParts

Paths = tuple[str, ...]
"""Of the renditions of one picture."""

_PAGE = 500
_MOST_LISTED = 100_000
"""Of one mount at once; where there are more, prefixes lead to the others."""


def run(arguments: argparse.Namespace) -> int:
    """Make them. Returns the exit status: 1 where one could not be made."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    if not arguments.all and not arguments.prefix:
        return complain("warm: Expected --prefix PREFIX or --all")
    logs.configure(level="error", format=settings.log.format)
    try:
        return asyncio.run(_run(settings, arguments))
    except ValkeyStartError as error:
        return complain(str(error))
    except OriginError as error:
        return complain(f"originals cannot be listed: {error}")


async def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    from proxy.app import build_services
    from proxy.app_hosting import standard_sizes
    from proxy.jobs.worker import redis_of

    async with contextlib.AsyncExitStack() as stack:
        redis_url = await redis_of(settings, stack)
        services = await build_services(settings, redis_url=redis_url)
        stack.push_async_callback(services.close)
        given = [Size(text, "") for text in arguments.transformation or ()]
        hosted_sizes = given or standard_sizes(settings)
        mounted_sizes = given or [*standard_sizes(settings), *(Size(text, "") for text in settings.eager)]
        pictures = [paths async for paths in _mounted(settings, arguments.prefix, mounted_sizes)]
        if services.hosting is not None:
            pictures += [paths async for paths in _hosted(services.hosting, arguments.prefix, hosted_sizes)]
        maker = Maker(
            settling=services.settling,
            ahead=services.delivery.ahead,
            clients=clients(tuple(settings.delivery.auto_formats)),
        )
        at_once = arguments.concurrency or settings.render.worker_count
        return await _make_all(maker, list(dict.fromkeys(pictures)), at_once)


async def _make_all(maker: Maker, pictures: Sequence[Paths], at_once: int) -> int:
    made = there = 0
    failed: list[str] = []
    # In order, so that whoever begins anew comes quickly by what is there.
    waiting = iter(track(pictures, "Warming"))

    async def work() -> None:
        nonlocal made, there
        for paths in waiting:
            outcomes = await maker.make([Rendition(path) for path in paths])
            for path, outcome in zip(paths, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    failed.append(f"{path}: {error_message(outcome)}")
                else:
                    made, there = made + outcome.made, there + (not outcome.made)

    await asyncio.gather(*(work() for _ in range(at_once)))
    for line in failed[:20]:
        complain(printable_line(line))
    print(f"{made} made, {there} there already, {len(failed)} failed")
    return FAILED if failed else 0


async def _hosted(hosting: HostingParts, prefix: str, sizes: Sequence[Size]) -> AsyncIterator[Paths]:
    cursor: str | None = None
    while True:
        page = await hosting.store.list(Query(prefix=prefix, state="live"), limit=_PAGE, cursor=cursor)
        for asset in page.items:
            settled = settled_sizes(sizes, asset.summary)
            yield tuple(hosting.links.path(asset, size.transformation, size.format) for size in settled)
        cursor = page.cursor
        if cursor is None:
            return


async def _mounted(settings: Settings, prefix: str, sizes: Iterable[Size]) -> AsyncIterator[Paths]:
    """The paths of what lies in the mounts, under the names by which the library finds it."""
    storages, sizes = Storages(), list(sizes)
    for named in settings.resolved_mounts:
        mount = make_mount(named, storages)
        try:
            inside = f"{mount.prefix}/" if mount.prefix else ""
            if not inside.startswith(prefix) and not prefix.startswith(inside):
                continue
            for stat in await mount.storage.list(prefix[len(inside) :], limit=_MOST_LISTED):
                stem, _, extension = stat.key.rpartition(".")
                known = by_extension(extension.lower())
                if known is None or not stem:
                    continue
                # The `v` segment ends the transformation for certain.
                paths = (
                    f"/{size.transformation}/v1/{quote(inside + stem)}.{shown_as(size.format, known.name)}"
                    for size in sizes
                )
                yield tuple(dict.fromkeys(paths))
        finally:
            await mount.storage.close()
