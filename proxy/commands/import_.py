"""`calotype import`: brings in the pictures of a folder, a bucket or a list."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections import Counter
from functools import partial

from origin.errors import OriginError
from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums
from proxy import logs
from proxy.app_bulk import bucket
from proxy.bulk.albums import AlbumImporter
from proxy.bulk.fault import Fault
from proxy.bulk.gathering import Entry, Gathered, address_of, gather
from proxy.bulk.importing import OUTCOMES, Importer, Terms, is_away, reason_of
from proxy.bulk.journal import opened
from proxy.bulk.line import ListUnreadable
from proxy.bulk.places import Places
from proxy.commands.common import FAILED, WRONG_SETTINGS, complain, printable_line, read_settings
from proxy.config import Settings
from proxy.progress import track
from proxy.valkey import ValkeyStartError

_MOST_AWAY = 20
"""Pictures in a row that fail because something does not answer; then there is no sense in going on."""


def run(arguments: argparse.Namespace) -> int:
    """Bring them in. Returns the exit status: 1 where one could not be."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    if not settings.hosting.enabled:
        return complain("import: hosting.enabled is off, so that nothing is hosted")
    logs.configure(level="error", format=settings.log.format)
    try:
        return asyncio.run(_run(settings, arguments))
    except (ValkeyStartError, ListUnreadable, OriginError) as error:
        return complain(str(error))
    except OSError as error:
        return complain(f"{error.filename or arguments.source}: {error.strerror or error}")


async def _run(settings: Settings, arguments: argparse.Namespace) -> int:
    from proxy.app import build_services
    from proxy.jobs.worker import redis_of

    async with contextlib.AsyncExitStack() as stack:
        redis_url = await redis_of(settings, stack)
        services = await build_services(settings, redis_url=redis_url)
        stack.push_async_callback(services.close)
        await services.metadata.migrate()
        hosting = services.hosting
        assert hosting is not None, "hosting.enabled was looked at"
        reach = partial(bucket, settings, endpoint_url=arguments.endpoint_url, region=arguments.region)
        places = Places(
            bucket=reach,
            fetch=lambda url: hosting.intake.remote.fetch(url, trusted=True),
            max_bytes=settings.hosting.max_upload_bytes,
        )
        stack.push_async_callback(places.close)
        gathered = await gather(arguments.source, places, prefix=arguments.prefix)
        journal = stack.enter_context(opened(settings.data_dir / "imports", address_of(arguments.source)))
        importer = Importer(
            places=places,
            store=hosting.store,
            objects=hosting.storage,
            changes=hosting.changes,
            intake=hosting.intake.intake,
            examiner=hosting.intake.examiner,
            desk=hosting.desk,
            journal=journal,
            terms=_terms(settings, arguments),
        )
        at_once = arguments.concurrency or 2 * settings.render.worker_count
        run = _Run(importer, arguments.dry_run)
        await run.all(gathered, at_once)
        if gathered.albums and not arguments.dry_run:
            albums = AlbumImporter(
                store=hosting.store,
                albums=Albums(store=hosting.store, deletions=hosting.deletions),
                pictures=AlbumPictures(store=hosting.store),
                owner=arguments.owner,
            )
            await run.bring_albums(gathered, albums)
        return run.tell(gathered)


def _terms(settings: Settings, arguments: argparse.Namespace) -> Terms:
    return Terms(
        default_owner=settings.hosting.default_owner,
        owner=arguments.owner,
        tags=tuple(arguments.tag),
        overwrite=arguments.overwrite,
        restore_deleted=arguments.restore_deleted,
        keep_ids=not arguments.prefix,
        dry_run=arguments.dry_run,
    )


class _Run:
    """One run: what came of the pictures so far."""

    def __init__(self, importer: Importer, dry_run: bool) -> None:
        self._importer = importer
        self._dry_run = dry_run
        self._came: Counter[str] = Counter()
        self._faults: list[Fault] = []
        self._away = 0
        self._albums = 0

    async def all(self, gathered: Gathered, at_once: int) -> None:
        """Bring in everything, `at_once` at a time."""
        waiting = iter(track(gathered.entries, "Importing"))

        async def work() -> None:
            for entry in waiting:
                if self._away < _MOST_AWAY:
                    await self._one(entry)

        await asyncio.gather(*(work() for _ in range(at_once)))

    async def bring_albums(self, gathered: Gathered, importer: AlbumImporter) -> None:
        """Bring in the albums, once their pictures are there."""
        for line in gathered.albums:
            faults = await importer.bring(line)
            self._faults += faults
            self._albums += not faults

    def tell(self, gathered: Gathered) -> int:
        """Print what came of it, and what did not; returns the exit status."""
        faults = [*gathered.faults, *self._faults]
        for fault in faults:
            complain(printable_line(str(fault)))
        for outcome, meaning in OUTCOMES.items():
            if self._came[outcome]:
                print(f"{self._came[outcome]:>8,}  {meaning}")
        if self._albums:
            print(f"{self._albums:>8,}  albums")
        if gathered.skipped:
            print(f"{gathered.skipped:>8,}  left out: no pictures, by their names")
        if faults:
            print(f"{len(faults):>8,}  failed")
        if not gathered.entries and not faults:
            return complain("import: there are no pictures")
        if self._away >= _MOST_AWAY:
            complain("stopped, since something it takes does not answer; run again, it goes on from here")
        if self._dry_run:
            print("Nothing was stored: this was a dry run.")
        return FAILED if faults else 0

    async def _one(self, entry: Entry) -> None:
        try:
            self._came[await self._importer.bring(entry)] += 1
            self._away = 0
        except Exception as error:
            # One bad picture, whatever is wrong with it, is not to keep the others out.
            self._faults.append(Fault(entry.place, reason_of(error)))
            self._away = self._away + 1 if is_away(error) else 0
