"""Brings the schema up to date: `python -m origin.metadata.migrate`, the database's URL on standard input.

A program of its own, so that whoever watches over a server need not keep SQLAlchemy and alembic in memory for
the one moment they are needed. What is wrong is said in one line on standard error, exit status 1.
"""

from __future__ import annotations

import asyncio
import sys

from origin.errors import OriginError
from origin.metadata.store import MetadataStore


def main() -> int:
    try:
        asyncio.run(_migrate(sys.stdin.read().strip()))
    except (OriginError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _migrate(url: str) -> None:
    store = MetadataStore(url)
    try:
        await store.open()
        await store.migrate()
    finally:
        await store.close()


if __name__ == "__main__":
    sys.exit(main())
