"""What is known of originals, shared by all processes: every statement that reads or writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import Row, and_, case, delete, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from origin.asset import Facts
from origin.errors import MetadataUnavailable
from origin.metadata import engine as database
from origin.metadata.tables import names, originals
from transforms.frame import ImageInfo

_INFO_FIELDS = {field.name for field in fields(ImageInfo)}


@dataclass(frozen=True, slots=True)
class Name:
    """A name inside a mount, as written in a URL but for the mount's prefix."""

    mount: str
    name: str


class MetadataStore:
    """The database of facts. Every method raises MetadataUnavailable when it does not answer in time."""

    def __init__(self, url: str, *, pool_size: int = 5, timeout_seconds: float = 3.0) -> None:
        self._url = database.database_url(url)
        self._timeout_seconds = timeout_seconds
        self._pool_size = pool_size
        self._insert: Any = (
            postgresql.insert if self._url.get_backend_name() == "postgresql" else sqlite.insert
        )
        self._engine = database.make_engine(self._url, pool_size=pool_size, timeout_seconds=timeout_seconds)

    async def open(self) -> None:
        """Make the folder of a SQLite file; nothing is connected to yet."""
        if self._url.get_backend_name() != "sqlite":
            return
        folder = Path(self._url.database or "").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MetadataUnavailable(f"cannot make the folder {folder}: {error.strerror}") from error

    async def migrate(self) -> None:
        """Bring the schema up to date; safe while other processes do the same."""
        try:
            await database.migrate(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise MetadataUnavailable(f"cannot migrate {self._url!r}: {_reason(error)}") from error

    async def close(self) -> None:
        await self._engine.dispose()

    async def healthy(self) -> bool:
        try:
            async with self._transaction() as connection:
                await connection.execute(text("SELECT 1"))
        except MetadataUnavailable:
            return False
        return True

    async def recall(self, asked: Iterable[Name]) -> Mapping[Name, Facts]:
        """The facts of those names that are known; `checked_at` is when that name was last looked up."""
        pairs = [(each.mount, each.name) for each in asked]
        statement = (
            select(originals, names.c.name, names.c.checked_at.label("named_at"))
            .join(names, and_(names.c.mount == originals.c.mount, names.c.key == originals.c.key))
            .where(tuple_(names.c.mount, names.c.name).in_(pairs), originals.c.gone_at.is_(None))
        )
        async with self._transaction() as connection:
            rows = (await connection.execute(statement)).all()
        found = {Name(row.mount, row.name): _facts(row, checked_at=row.named_at) for row in rows}
        return {name: facts for name, facts in found.items() if facts is not None}

    async def facts(self, mount: str, key: str) -> Facts | None:
        """The facts of one original, by where it lies."""
        statement = select(originals).where(_is(mount, key), originals.c.gone_at.is_(None))
        async with self._transaction() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _facts(row, checked_at=row.checked_at)

    async def record(self, facts: Facts) -> int:
        """Write what was learnt of an original from its bytes; answers the generation it has now.

        One statement, so that two processes that learn the same original at once count it once.
        """
        values = {
            **{column: getattr(facts, column) for column in ("mount", "key", "etag", "size", "modified_at")},
            **{column: getattr(facts, column) for column in ("content_hash", "generation", "checked_at")},
            "info": asdict(facts.info),
            "learnt_at": facts.checked_at,
            "gone_at": None,
        }
        statement = self._insert(originals).values(**values)
        changed = originals.c.content_hash != statement.excluded.content_hash
        replaced = {column: statement.excluded[column] for column in values if column not in ("mount", "key")}
        replaced["generation"] = originals.c.generation + case((changed, 1), else_=0)
        statement = statement.on_conflict_do_update(index_elements=["mount", "key"], set_=replaced)
        async with self._transaction() as connection:
            generation = await connection.scalar(statement.returning(originals.c.generation))
        return int(generation)

    async def confirm(self, name: Name, facts: Facts) -> None:
        """Write that the storage has an original as the facts say, and that the name leads to it."""
        named = self._insert(names).values(
            mount=name.mount, name=name.name, key=facts.key, checked_at=facts.checked_at
        )
        named = named.on_conflict_do_update(
            index_elements=["mount", "name"],
            set_={"key": named.excluded.key, "checked_at": named.excluded.checked_at},
        )
        checked = update(originals).where(_is(facts.mount, facts.key), originals.c.etag == facts.etag)
        async with self._transaction() as connection:
            await connection.execute(named)
            await connection.execute(checked.values(checked_at=facts.checked_at))

    async def forget(self, name: Name, *, key: str, gone_at: float) -> None:
        """Write that a name leads nowhere, and that the storage no longer has the object it led to."""
        async with self._transaction() as connection:
            await connection.execute(
                delete(names).where(names.c.mount == name.mount, names.c.name == name.name)
            )
            await connection.execute(update(originals).where(_is(name.mount, key)).values(gone_at=gone_at))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with asyncio.timeout(self._timeout_seconds), self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:  # a TimeoutError is an OSError
            raise MetadataUnavailable(f"the database of facts failed: {_reason(error)}") from error


def _is(mount: str, key: str) -> Any:
    return and_(originals.c.mount == mount, originals.c.key == key)


def _facts(row: Row[Any], *, checked_at: float) -> Facts | None:
    """The facts in a row; None when another version of ImageInfo wrote it, so that they are learnt again."""
    if set(row.info) != _INFO_FIELDS:
        return None
    return Facts(
        mount=row.mount,
        key=row.key,
        content_hash=row.content_hash,
        info=ImageInfo(**{**row.info, "delays": tuple(row.info["delays"])}),
        size=row.size,
        etag=row.etag,
        modified_at=row.modified_at,
        checked_at=checked_at,
        generation=row.generation,
    )


def _reason(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}".strip(": ")
