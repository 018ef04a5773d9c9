"""Broken neighbours before a real server: each case breaks one, asks, mends it, and tells what was seen.

Every case is a function of a `Scene` that yields nothing and fails by an assertion; the tables name them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from proxy.valkey import EmbeddedValkey
from tests.attack.faults_database import database_black_holed, database_refused
from tests.attack.faults_redis import (
    redis_black_holed,
    redis_fails_over,
    redis_flushed,
    redis_out_of_memory,
    redis_paused,
    redis_primary_killed,
    redis_read_only,
    redis_refused,
    redis_slow,
)
from tests.attack.faults_scene import Scene, staged
from tests.attack.faults_storage import (
    storage_503,
    storage_black_holed,
    storage_drips,
    storage_gives_wrong_bytes,
    storage_loses_objects,
    storage_refused,
    storage_slow,
    storage_truncates,
)
from tests.services.faulty_wire import wire
from tests.services.s3 import S3Server

Case = Callable[[Scene], None]

QUICK: tuple[Case, ...] = (storage_refused, redis_black_holed, redis_read_only)
THOROUGH: tuple[Case, ...] = (
    *(storage_503, storage_black_holed, storage_slow, storage_drips, storage_truncates),
    *(storage_loses_objects, storage_gives_wrong_bytes),
    *(redis_refused, redis_slow, redis_paused, redis_flushed, redis_out_of_memory),
    *(redis_fails_over, redis_primary_killed),
)
SETTINGS: dict[Case, dict[str, str]] = {
    # Else the bytes that were just read are at hand, and the storage is not asked.
    storage_gives_wrong_bytes: {"CALOTYPE_ORIGIN__RECENT_BYTES": "0"},
    storage_loses_objects: {"CALOTYPE_ORIGIN__RECENT_BYTES": "0"},
}
DATABASE: tuple[Case, ...] = (database_refused, database_black_holed)


@contextmanager
def own_valkey(folder: Path) -> Iterator[str]:
    """A Valkey that may be harmed."""
    import asyncio

    server = EmbeddedValkey(folder, max_memory_bytes=64_000_000)
    asyncio.run(server.start())
    try:
        yield server.url
    finally:
        asyncio.run(server.stop())


def run_all(folder: Path, s3: S3Server, postgres: Path | None, cases: tuple[Case, ...]) -> list[str]:
    """One line for each case: its name, how it went, and the slowest hit and miss in seconds."""
    lines = []
    for case in cases:
        with ExitStack() as stack:
            place = folder / case.__name__
            (place / "valkey").mkdir(parents=True)
            valkey = stack.enter_context(own_valkey(place / "valkey"))
            settings, database = dict(SETTINGS.get(case, {})), None
            if case in DATABASE:
                assert postgres is not None, "the cases of the database need one"
                database = stack.enter_context(wire(str(postgres / ".s.PGSQL.5432")))
                url = f"postgresql://calotype@127.0.0.1:{database.port}/postgres"
                settings["CALOTYPE_METADATA__URL"] = url
                settings["CALOTYPE_METADATA__LEASE_SECONDS"] = "12"
            scene = stack.enter_context(staged(place / "data", s3, valkey, **settings))
            scene.database = database
            try:
                case(scene)
                outcome = "holds"
            except AssertionError as error:
                outcome = f"FAILS: {error}"
            slowest = ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in scene.slowest.items())
            lines.append(f"{case.__name__}: {outcome} ({slowest})")
    return lines
