"""`calotype gc`: removes what nothing needs any more."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from origin.hosting.intake import Intake
from origin.storage.base import Stat, Storage
from proxy.app_storages import Storages
from proxy.commands.hosted import Keeper, on_hosted
from proxy.config import Settings
from proxy.progress import counted

_DAY = 86_400.0
_LISTED = 10_000
_HEX = "0123456789abcdef"
VARIANTS = "v/"
"""How the keys of the derived store begin."""


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of what is removed: what it is, and what removes it and says how many went."""

    what: str
    remove: Callable[[Keeper, bool], Awaitable[int]]


def run(arguments: argparse.Namespace) -> int:
    """Remove what is old, and print how many of what. Returns the exit status."""

    async def work(keeper: Keeper) -> int:
        would = " would go" if arguments.dry_run else ""
        with counted("Collecting") as bar:
            bar.of(len(TASKS))
            for task in TASKS:
                count = await task.remove(keeper, arguments.dry_run)
                bar.advance(1)
                bar.say(f"{count:>8,}  {task.what}{would}")
        return 0

    return on_hosted(arguments, work)


async def _staging(keeper: Keeper, dry_run: bool) -> int:
    hosting = keeper.settings.hosting
    intake = Intake(
        staging=keeper.settings.staging_folder,
        max_bytes=hosting.max_upload_bytes,
        memory_bytes=hosting.memory_bytes,
        concurrency=1,
        queue_seconds=0,
    )
    older_than = hosting.housekeeping.staging_seconds
    if dry_run:
        return await asyncio.to_thread(_old_files, keeper.settings, older_than)
    return await intake.sweep(older_than_seconds=older_than)


def _old_files(settings: Settings, older_than_seconds: float) -> int:
    oldest = time.time() - older_than_seconds
    folder = settings.staging_folder
    return sum(path.stat().st_mtime < oldest for path in folder.rglob("*") if path.is_file())


async def _objects(keeper: Keeper, dry_run: bool) -> int:
    if not dry_run:
        return await keeper.collector.sweep()
    count = len(await keeper.collector.due(limit=1_000_000))
    async for orphan in keeper.collector.orphans():
        count += not orphan.ahead
    return count


async def _variants(keeper: Keeper, dry_run: bool) -> int:
    settings = keeper.settings
    if not settings.cache.derived.enabled:
        return 0
    storage = Storages().make(settings.derived_storage, create=True)
    oldest = time.time() - settings.hosting.housekeeping.variant_days * _DAY
    try:
        return await _remove_older(storage, VARIANTS, oldest, dry_run=dry_run)
    finally:
        await storage.close()


async def _remove_older(storage: Storage, prefix: str, oldest: float, *, dry_run: bool) -> int:
    """Remove what was last written before `oldest`; prefixes with too many objects in parts."""
    page = await storage.list(prefix, limit=_LISTED)
    if len(page) >= _LISTED:
        within = _below(prefix)
        return sum([await _remove_older(storage, each, oldest, dry_run=dry_run) for each in within])
    old: list[Stat] = [stat for stat in page if stat.modified_at < oldest]
    if not dry_run:
        for stat in old:
            await storage.delete(stat.key)
    return len(old)


async def _records(keeper: Keeper, dry_run: bool) -> int:
    return await (keeper.store.expired() if dry_run else keeper.store.expire())


def _below(prefix: str) -> list[str]:
    """The sixteen prefixes below one: `v/ab` is followed by a slash and the same two digits again."""
    inner = prefix[len(VARIANTS) :]
    following = f"{inner}/{inner}" if len(inner) == 2 else inner
    return [f"{VARIANTS}{following}{digit}" for digit in _HEX]


TASKS = (
    Task("files of uploads that nobody finished", _staging),
    Task("objects that no picture refers to", _objects),
    Task("variants that were not made again for long", _variants),
    Task("records that are past their time", _records),
)
"""What is removed, in this order."""
