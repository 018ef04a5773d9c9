"""What the commands that work on the database share."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from origin.errors import MetadataUnavailable
from origin.metadata.store import MetadataStore
from proxy.commands.common import WRONG_SETTINGS, complain, read_settings
from proxy.config import Settings

Work = Callable[[MetadataStore, Settings], Awaitable[int]]


def on_database(arguments: argparse.Namespace, work: Work, *, upgrade: bool = True) -> int:
    """Do `work` on the database that the settings name, its schema up to date unless `upgrade` is off.

    Returns the exit status.
    """
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    try:
        return asyncio.run(_connected(settings, work, upgrade=upgrade))
    except MetadataUnavailable as error:
        return complain(f"the database does not answer: {error}")


async def _connected(settings: Settings, work: Work, *, upgrade: bool) -> int:
    metadata = MetadataStore(settings.database_url)
    await metadata.open()
    try:
        if upgrade:
            await metadata.migrate()
        return await work(metadata, settings)
    finally:
        await metadata.close()
