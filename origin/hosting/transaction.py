"""One transaction of hosting, as its steps see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table


@dataclass(frozen=True, slots=True)
class Transaction:
    """A connection inside a transaction that may be run again from its beginning."""

    connection: Connection
    upsert: Callable[[Table, Mapping[str, Any]], Any]
    """The statement that writes a row, whether or not there is one of that primary key."""
    now: float
    """Epoch seconds; the same for all that is written in it."""
