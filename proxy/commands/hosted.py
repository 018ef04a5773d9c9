"""What the commands that look after hosted pictures share: the parts that keep them, without a server."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from origin.errors import MetadataUnavailable, OriginError
from origin.hosting.collector import Collector
from origin.hosting.store import HostingStore
from origin.metadata.store import MetadataStore
from origin.storage.base import ObjectStorage
from proxy.app_hosting import make_hosting_store
from proxy.app_storages import Storages
from proxy.commands.common import FAILED, WRONG_SETTINGS, complain, read_settings
from proxy.config import Settings


@dataclass(frozen=True, slots=True)
class Keeper:
    """What keeps hosted pictures."""

    settings: Settings
    store: HostingStore
    storage: ObjectStorage
    collector: Collector


def on_hosted(arguments: argparse.Namespace, work: Callable[[Keeper], Awaitable[int]]) -> int:
    """Do `work` on the database and the storage that the settings name. Returns the exit status."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    try:
        return asyncio.run(_opened(settings, work))
    except MetadataUnavailable as error:
        complain(f"the database does not answer: {error}")
    except OriginError as error:
        complain(f"hosting.storage: {error}")
    return FAILED


async def _opened(settings: Settings, work: Callable[[Keeper], Awaitable[int]]) -> int:
    metadata = MetadataStore(settings.database_url)
    await metadata.open()
    storage = Storages().make(settings.hosting_storage, create=True)
    store = make_hosting_store(settings, metadata)
    young_seconds = settings.hosting.housekeeping.orphan_seconds
    collector = Collector(store=store, storage=storage, young_seconds=young_seconds)
    try:
        await metadata.migrate()
        return await work(Keeper(settings, store, storage, collector))
    finally:
        await storage.close()
        await metadata.close()
