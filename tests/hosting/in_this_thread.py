"""A database for tests of what is done in which order, not of databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, create_engine

from origin.metadata.tables import metadata as tables

T = TypeVar("T")


class InThisThread:
    """A database that is forgotten, without threads: a history is some hundred transactions."""

    def __init__(self) -> None:
        self._connection = create_engine("sqlite://").connect()
        tables.create_all(self._connection)
        self._connection.commit()

    async def run(self, work: Callable[[Connection], T]) -> T:
        with self._connection.begin():
            return work(self._connection)

    write = run

    async def open(self) -> None: ...

    async def migrate(self) -> None: ...

    async def close(self) -> None:
        self._connection.close()
        self._connection.engine.dispose()
