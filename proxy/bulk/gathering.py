"""What an import is to bring in: the files of a folder or bucket, or the lines of a list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from origin.errors import AssetNotFound
from origin.hosting.intake_errors import UploadMalformed
from proxy.bulk.albums import AlbumLine, read_albums
from proxy.bulk.fault import Fault
from proxy.bulk.line import LISTS, MANIFEST, Line, ListUnreadable, read_lines
from proxy.bulk.places import REMOTE, S3, Places, joined
from proxy.hosting.names import check_public_id
from transforms.errors import printable
from transforms.formats import by_extension

_MOST_OF_A_LIST = 4_000_000_000
"""Bytes; a line of an export has some hundred."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture to bring in."""

    place: str
    """What messages call it: a file, or a line of a list."""
    address: str
    public_id: str
    line: Line


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is to bring in, what cannot be, how many files were left out as no pictures by name, and the
    albums of an export."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...] = ()
    skipped: int = 0
    albums: tuple[AlbumLine, ...] = ()


async def gather(source: str, places: Places, *, prefix: str = "") -> Gathered:
    """What `source` has: a folder, `s3://bucket/folder`, a list, or a picture; with `prefix` before all ids.

    A folder with a manifest is an export. Raises ListUnreadable, AssetNotFound, OSError and what the storage
    raises.
    """
    address = address_of(source)
    folder, _, name = address.rpartition("/")
    if name.lower().endswith(LISTS):
        return await _of_list(folder, name, places, prefix)
    if await asyncio.to_thread(_is_file, address):
        await places.mark(address)
        return _entries([(name, address, Line(file=name))], prefix)
    try:
        await places.mark(f"{address}/{MANIFEST}")
    except AssetNotFound:
        return await _of_folder(address, places, prefix)
    gathered = await _of_list(address, MANIFEST, places, prefix)
    if prefix:
        # Under other public ids they would be other albums, and one more with every run.
        return gathered
    albums, faults = await read_albums(places, address)
    return replace(gathered, albums=tuple(albums), faults=(*gathered.faults, *faults))


def address_of(source: str) -> str:
    """What the command line calls a source, as an address."""
    return source.rstrip("/") if source.startswith(S3) else str(Path(source).absolute())


def _is_file(address: str) -> bool:
    return not address.startswith(S3) and not Path(address).is_dir()


async def _of_folder(folder: str, places: Places, prefix: str) -> Gathered:
    listing = await places.list(folder)
    pictures = [name for name in listing.names if _maybe_picture(name)]
    gathered = _entries([(name, joined(folder, name), Line(file=name)) for name in pictures], prefix)
    unfit = tuple(
        Fault(printable(name), "its name has characters that no name can have") for name in listing.unfit
    )
    return Gathered(gathered.entries, unfit + gathered.faults, len(listing.names) - len(pictures))


async def _of_list(folder: str, name: str, places: Places, prefix: str) -> Gathered:
    try:
        data = await places.read(f"{folder}/{name}", max_bytes=_MOST_OF_A_LIST)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListUnreadable(f"{name}: expected UTF-8") from error
    lines: list[tuple[str, str, Line]] = []
    faults: list[Fault] = []
    try:
        for each in read_lines(name, text):
            place = f"{name}:{each.number}"
            if each.line is None:
                faults.append(Fault(place, each.fault))
            else:
                lines.append((f"{place} {each.line.file}", joined(folder, each.line.file), each.line))
    except ListUnreadable as error:
        raise ListUnreadable(f"{name}: {error}") from error
    gathered = _entries(lines, prefix)
    return Gathered(gathered.entries, (*faults, *gathered.faults))


def _entries(lines: Sequence[tuple[str, str, Line]], prefix: str) -> Gathered:
    """Every line under its public id; of two that would have the same, the second is a fault."""
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for place, address, line in lines:
        try:
            public_id = check_public_id(prefix + (line.public_id or _id_of(line.file)))
        except UploadMalformed as error:
            faults.append(Fault(printable(place), str(error)))
            continue
        if public_id in entries:
            there = entries[public_id].place
            faults.append(Fault(place, f"its public id, {public_id}, is also that of {there}"))
        else:
            entries[public_id] = Entry(place, address, public_id, line)
    return Gathered(tuple(entries.values()), tuple(faults))


def _id_of(file: str) -> str:
    """The public id of a file that nothing is said of: its path below the folder, else its name."""
    if file.startswith(REMOTE):
        file = unquote(urlsplit(file).path)
    if file.startswith(("/", S3)) or ".." in file.split("/"):
        file = file.rpartition("/")[2]
    stem, dot, extension = file.removeprefix("./").rpartition(".")
    return stem if dot and stem and by_extension(extension) is not None else file


def _maybe_picture(name: str) -> bool:
    """Whether a file may be a picture: by its extension, or because it has none."""
    last = name.rpartition("/")[2]
    return "." not in last or by_extension(last.rpartition(".")[2]) is not None
