"""What is known of originals, shared by all processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, text
from sqlalchemy.exc import SQLAlchemyError

from origin.asset import Facts
from origin.errors import MetadataUnavailable
from origin.metadata.database import connect
from origin.metadata.holdover import Holdover
from origin.metadata.statements import Statements
from transforms.frame import ImageInfo

T = TypeVar("T")
_AS_THEY_ARE = tuple(field.name for field in fields(Facts) if field.name != "info")
_INFO_FIELDS = {field.name for field in fields(ImageInfo)}


@dataclass(frozen=True, slots=True)
class Name:
    """A name inside a mount, as written in a URL but for the mount's prefix."""

    mount: str
    name: str


class MetadataStore:
    """The database of facts. Every method raises MetadataUnavailable when it does not answer in time.

    What hosting writes may wait for other writers, up to `write_seconds`. What was read before counts for
    `lease_seconds` once it does not answer.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 4,
        timeout_seconds: float = 2.0,
        write_seconds: float = 15.0,
        lease_seconds: float = 600.0,
    ) -> None:
        backend, self._database = connect(url, connections=connections, timeout_seconds=timeout_seconds)
        self.statements = Statements(backend)
        self._timeout_seconds = timeout_seconds
        self._write_seconds = write_seconds
        self.holdover = Holdover(seconds=lease_seconds)

    async def open(self) -> None:
        """Make the folder of a SQLite file; nothing is connected to yet."""
        await _translated(self._database.open())

    async def migrate(self) -> None:
        """Bring the schema up to date; safe while other processes do the same. Takes the time it takes."""
        await _translated(self._database.migrate())

    async def close(self) -> None:
        await self._database.close()

    async def healthy(self) -> bool:
        def ask(connection: Connection) -> None:
            connection.execute(text("SELECT 1"))

        try:
            await self._timed(self._database.run(ask))
        except MetadataUnavailable:
            return False
        return True

    async def recall(self, asked: Iterable[Name]) -> Mapping[Name, Facts]:
        """The facts of those names that are known; `checked_at` is when that name was last looked up."""
        pairs = [(each.mount, each.name) for each in asked]

        def select(connection: Connection) -> Mapping[Name, Facts]:
            rows = connection.execute(self.statements.recall, {"pairs": pairs})
            found = {Name(row.mount, row.name): _facts(row, checked_at=row.named_at) for row in rows}
            return {name: facts for name, facts in found.items() if facts is not None}

        return await self._timed(self._database.run(select))

    async def facts(self, mount: str, key: str) -> Facts | None:
        """The facts of one original, by where it lies."""

        def select(connection: Connection) -> Facts | None:
            row = connection.execute(self.statements.facts, {"of_mount": mount, "of_key": key}).one_or_none()
            return None if row is None else _facts(row, checked_at=row.checked_at)

        return await self._timed(self._database.run(select))

    async def record(self, facts: Facts) -> int:
        """Write what was learnt of an original from its bytes; answers the generation it has now."""
        values = {column: getattr(facts, column) for column in _AS_THEY_ARE}
        values |= {"info": asdict(facts.info), "learnt_at": facts.checked_at, "gone_at": None}

        def write(connection: Connection) -> int:
            generation: int = connection.execute(self.statements.record, values).scalar_one()
            return generation

        return await self._timed(self._database.run(write))

    async def confirm(self, name: Name, facts: Facts) -> None:
        """Write that the storage has an original as the facts say, and that the name leads to it."""
        named = {"mount": name.mount, "name": name.name, "key": facts.key, "checked_at": facts.checked_at}
        where = {"of_mount": facts.mount, "of_key": facts.key, "of_etag": facts.etag}

        def write(connection: Connection) -> None:
            connection.execute(self.statements.name, named)
            connection.execute(self.statements.confirm, {**where, "at": facts.checked_at})

        await self._timed(self._database.run(write))

    async def forget(self, name: Name, *, key: str, gone_at: float) -> None:
        """Write that a name leads nowhere, and that the storage no longer has the object it led to."""

        def write(connection: Connection) -> None:
            connection.execute(self.statements.unname, {"of_mount": name.mount, "of_name": name.name})
            gone = {"of_mount": name.mount, "of_key": key, "at": gone_at}
            connection.execute(self.statements.gone, gone)

        await self._timed(self._database.run(write))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers, in a transaction of its own: for the stores of what people say."""
        return await self._timed(self._database.run(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers, in a transaction that lasts, and that is done again where it has to be.

        `work` may be called several times, each time as if it were the first.
        """
        return await _translated(_within(self._write_seconds, self._database.write(work)))

    def upsert(self, table: Table, values: Mapping[str, Any]) -> Any:
        """The statement that writes a row, whether or not there is one of that primary key."""
        return self.statements.upsert(table, values)

    async def _timed(self, answer: Awaitable[T]) -> T:
        try:
            result = await _translated(_within(self._timeout_seconds, answer))
        except MetadataUnavailable:
            self.holdover.failed()
            raise
        self.holdover.answered()
        return result


async def _within(seconds: float, answer: Awaitable[T]) -> T:
    """The answer, or a TimeoutError after so many seconds, whatever it takes to let go of the connection."""
    task = asyncio.ensure_future(answer)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise
    if not done:
        task.cancel()
        _LETTING_GO.add(task)
        task.add_done_callback(_let_go)
        raise TimeoutError
    return task.result()


_LETTING_GO: set[asyncio.Future[Any]] = set()
"""The driver says good-bye to a server that is silent, for two seconds; nobody needs to wait for that."""


def _let_go(task: asyncio.Future[Any]) -> None:
    _LETTING_GO.discard(task)
    if not task.cancelled():
        # Looked at, so that nothing is logged as never retrieved.
        task.exception()


async def _translated(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except (SQLAlchemyError, OSError) as error:  # a TimeoutError is an OSError
        cause = getattr(error, "orig", None) or error
        reason = f"{type(cause).__name__}: {cause}".strip(": ")
        raise MetadataUnavailable(f"the database of facts failed: {reason}") from error


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
