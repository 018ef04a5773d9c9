"""`calotype worker --selftest`: what a render worker can still do when a file has taken it over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from proxy.commands.common import FAILED, complain
from proxy.config import FilesystemStorage, Settings
from proxy.config_sources import chosen_file
from proxy.renderer_errors import WorkerDied

_MOST_LOOKED_AT = 1000


def selftest(settings: Settings, config: Path | None) -> int:
    """Have a worker try, and print the table. Returns the exit status: 1 when something is open."""
    from proxy.sandbox.selftest import run_selftest, table

    try:
        report = asyncio.run(
            run_selftest(
                data_folder=settings.data_dir,
                configuration=chosen_file(config),
                originals=list(islice(_originals(settings), 1)),
                address_space_bytes=settings.render.address_space_bytes,
                readable=(str((settings.data_dir / "fonts").absolute()),),
            )
        )
    except WorkerDied as error:
        return complain(f"the worker did not live to tell: {error.how}")
    print("\n".join(table(report)))
    if settings.render.sandbox == "required" and not report.complete:
        return complain("render.sandbox is required, and this kernel has not all of it")
    return 0 if report.whole else FAILED


def _originals(settings: Settings) -> Iterator[Path]:
    """Originals that lie in folders: the samples, as a rule."""
    for mount in settings.resolved_mounts:
        storage = mount.storage
        if isinstance(storage, FilesystemStorage) and storage.path is not None and storage.path.is_dir():
            yield from (path for path in islice(storage.path.rglob("*"), _MOST_LOOKED_AT) if path.is_file())
