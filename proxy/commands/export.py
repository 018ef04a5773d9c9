"""`calotype export`: carries hosted pictures out, with all that is said of them."""

from __future__ import annotations

import argparse
import contextlib
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from origin.errors import MetadataUnavailable, OriginError
from origin.hosting.album_pictures import AlbumPictures
from origin.hosting.albums import Albums
from origin.hosting.deletions import Deletions
from origin.hosting.listing import Query
from proxy.app_bulk import destination
from proxy.bulk.albums import ALBUMS, lines_of
from proxy.bulk.exporting import Exporter
from proxy.bulk.journal import opened
from proxy.bulk.line import MANIFEST
from proxy.commands.common import FAILED, complain, printable_line
from proxy.commands.hosted import Keeper, on_hosted
from proxy.progress import counted


def run(arguments: argparse.Namespace) -> int:
    """Carry them out. Returns the exit status: 1 where a picture is missing."""

    async def work(keeper: Keeper) -> int:
        reach = destination(
            keeper.settings,
            arguments.destination,
            endpoint_url=arguments.endpoint_url,
            region=arguments.region,
        )
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(reach.close)
            folder = keeper.settings.data_dir / "exports"
            journal = stack.enter_context(opened(folder, arguments.destination))
            unfinished = stack.enter_context(TemporaryDirectory(dir=folder))
            exporter = Exporter(
                store=keeper.store,
                objects=keeper.storage,
                destination=reach,
                journal=journal,
                at_once=arguments.concurrency,
            )
            try:
                return await _export(keeper, exporter, arguments, Path(unfinished))
            except MetadataUnavailable:
                raise
            except OriginError as error:
                # Either storage: its words name the place.
                return complain(f"export: {error}; run again, it goes on from here")

    return on_hosted(arguments, work)


async def _export(keeper: Keeper, exporter: Exporter, arguments: argparse.Namespace, folder: Path) -> int:
    # On this machine, until all that they name is there.
    manifest, albums = folder / MANIFEST, folder / ALBUMS
    with manifest.open("w", encoding="utf-8") as file:
        came, missing = await _pictures(keeper, exporter, arguments, file)
    with albums.open("w", encoding="utf-8") as file:
        came["albums"] = await _albums(keeper, arguments, file)
    await exporter.put_list(ALBUMS, albums)
    await exporter.put_list(MANIFEST, manifest)
    for each in missing:
        complain(printable_line(each))
    for what, count in came.items():
        if count:
            print(f"{count:>8,}  {what}")
    if missing:
        print(f"{len(missing):>8,}  missing or damaged")
    print(f"Written down in {arguments.destination.rstrip('/')}/{MANIFEST}")
    return FAILED if missing else 0


async def _pictures(
    keeper: Keeper, exporter: Exporter, arguments: argparse.Namespace, manifest: TextIO
) -> tuple[Counter[str], list[str]]:
    query = Query(owner=arguments.owner, prefix=arguments.prefix, tag=arguments.tag, newest_first=False)
    usage = await keeper.store.usage(arguments.owner)
    every = not arguments.prefix and arguments.tag is None
    came: Counter[str] = Counter()
    missing: list[str] = []
    with counted("Exporting") as bar:
        bar.of(usage.pictures if every else None)
        async for assets in exporter.pages(query):
            copied = await exporter.copy(assets, manifest)
            came["copied"] += copied.copied
            came["there already"] += copied.there
            missing += copied.missing
            bar.advance(len(assets))
    return came, missing


async def _albums(keeper: Keeper, arguments: argparse.Namespace, file: TextIO) -> int:
    """Write the albums down where all pictures are carried out; how many there are."""
    if arguments.prefix or arguments.tag is not None:
        return 0
    albums = Albums(store=keeper.store, deletions=Deletions(store=keeper.store))
    count = 0
    async for line in lines_of(albums, AlbumPictures(store=keeper.store), arguments.owner):
        file.write(line.model_dump_json() + "\n")
        count += 1
    return count
