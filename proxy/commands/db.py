"""`calotype db`: the schema of the database."""

from __future__ import annotations

import argparse

from sqlalchemy import Connection, inspect, text

from origin.metadata.store import MetadataStore
from proxy.commands.database import on_database
from proxy.commands.services import without_password
from proxy.config import Settings

_VERSIONS = "alembic_version"


def run(arguments: argparse.Namespace) -> int:
    """Upgrade the schema, or tell its revision. Returns the exit status."""

    async def work(metadata: MetadataStore, settings: Settings) -> int:
        revision = await metadata.run(_revision)
        print(f"{without_password(settings.database_url)}: revision {revision or 'none'}")
        return 0

    return on_database(arguments, work, upgrade=arguments.action == "upgrade")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()
    return found
