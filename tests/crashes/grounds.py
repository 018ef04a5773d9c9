"""What a server stands on: a database and a storage, of one kind or the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.services.postgres import create_database, postgres_running
from tests.services.s3 import s3_running

_BUCKET = "crashes"


@contextmanager
def _folder(folder: Path) -> Iterator[dict[str, Any]]:
    yield {}


@contextmanager
def _servers(folder: Path) -> Iterator[dict[str, Any]]:
    from botocore.session import get_session

    (folder / "s3").mkdir()
    with postgres_running() as postgres, s3_running(folder / "s3") as s3:
        asyncio.run(create_database(postgres, _BUCKET))
        client = get_session().create_client(
            "s3",
            endpoint_url=s3.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=s3.access_key_id,
            aws_secret_access_key=s3.secret_access_key,
        )
        with contextlib.closing(client):
            client.create_bucket(Bucket=_BUCKET)
        yield {
            "postgres": f"postgresql://calotype@/{_BUCKET}?host={postgres}",
            "s3": {"bucket": _BUCKET, **s3.settings},
        }


GROUNDS: Mapping[str, Callable[[Path], AbstractContextManager[dict[str, Any]]]] = {
    "SQLite and a folder": _folder,
    "PostgreSQL and S3": _servers,
}
"""Each by its name: starts what there is to start, and answers the keywords of `Places`."""
