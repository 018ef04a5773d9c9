"""Every statement that reads or writes facts, built once: building one takes longer than running it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, Table, and_, bindparam, case, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from origin.metadata.tables import named_transformations, names, originals

_INSERT: dict[str, Callable[..., Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
    "postgres": postgresql.insert,
}
"""The insert that can become an update; its words are the same for both, its class is not."""

_ORIGINAL = and_(originals.c.mount == bindparam("of_mount"), originals.c.key == bindparam("of_key"))
_NAMED = and_(names.c.mount == originals.c.mount, names.c.key == originals.c.key)
_PRESENT = originals.c.gone_at.is_(None)


class Statements:
    """The statements in the dialect of one database."""

    def __init__(self, backend: str) -> None:
        self.recall = (
            select(originals, names.c.name, names.c.checked_at.label("named_at"))
            .join(names, _NAMED)
            .where(tuple_(names.c.mount, names.c.name).in_(bindparam("pairs", expanding=True)), _PRESENT)
        )
        self.facts = select(originals).where(_ORIGINAL, _PRESENT)
        self.record = _record(_INSERT[backend])
        self.name = _name(_INSERT[backend])
        self.confirm = (
            update(originals)
            .where(_ORIGINAL, originals.c.etag == bindparam("of_etag"))
            .values(checked_at=bindparam("at"))
        )
        self.unname = delete(names).where(
            names.c.mount == bindparam("of_mount"), names.c.name == bindparam("of_name")
        )
        self.put_named = _put_named(_INSERT[backend])
        self._insert = _INSERT[backend]
        self.gone = update(originals).where(_ORIGINAL).values(gone_at=bindparam("at"))

    def upsert(self, table: Table, values: Mapping[str, Any]) -> Any:
        """The statement that writes a row, whether or not there is one of that primary key."""
        statement = self._insert(table).values(values)
        key = [column.name for column in table.primary_key]
        replaced = _others(table.c, statement, *key)
        if not replaced:
            return statement.on_conflict_do_nothing(index_elements=key)
        return statement.on_conflict_do_update(index_elements=key, set_=replaced)


def _record(insert: Callable[..., Any]) -> Any:
    """One statement, so that two processes that learn the same change at once count it once."""
    statement = insert(originals)
    changed = originals.c.content_hash != statement.excluded.content_hash
    replaced: dict[str, Any] = _others(originals.c, statement, "mount", "key")
    replaced["generation"] = originals.c.generation + case((changed, 1), else_=0)
    statement = statement.on_conflict_do_update(index_elements=["mount", "key"], set_=replaced)
    return statement.returning(originals.c.generation)


def _name(insert: Callable[..., Any]) -> Any:
    statement = insert(names)
    replaced = _others(names.c, statement, "mount", "name")
    return statement.on_conflict_do_update(index_elements=["mount", "name"], set_=replaced)


def _put_named(insert: Callable[..., Any]) -> Any:
    """One statement, so that two who change the same one at once make two versions."""
    statement = insert(named_transformations)
    replaced = _others(named_transformations.c, statement, "name")
    replaced["version"] = named_transformations.c.version + 1
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=replaced)
    return statement.returning(named_transformations.c.version)


def _others(columns: Any, statement: Any, *key: str) -> dict[str, Any]:
    """What an update sets to what the insert would have: every column but those of the key."""
    found: list[Column[Any]] = list(columns)
    return {column.name: statement.excluded[column.name] for column in found if column.name not in key}
