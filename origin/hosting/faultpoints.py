"""Named places where a process may die: at every await that touches database, storage, Redis or a CDN.

In production nothing happens there. With the environment variable `CALOTYPE_TEST_CRASH_AT=<name>`, or
`<name>:<n>`, the process kills itself when it comes by for the n-th time, as `kill -9` would. With `@<file>`
it does so where that file says, once: whoever dies takes the file along. A hook set by a test may stop there,
wait or raise.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

VARIABLE = "CALOTYPE_TEST_CRASH_AT"

POINTS: Mapping[str, str] = {
    "upload.begun": "the bytes are received and hashed, nothing is written",
    "upload.intent_written": "the intent is in the database",
    "upload.blob_read": "what is stored of these bytes is known",
    "upload.stored": "the object lies in the storage, without a row",
    "upload.verified": "an object that was there already is found to be right",
    "upload.committed": "the picture is there, and nobody was told",
    "change.begun": "an update is wanted, nothing is written",
    "change.committed": "it is written, and nobody was told",
    "rename.begun": "a new name is wanted, nothing is written",
    "rename.committed": "it is written, and nobody was told",
    "delete.begun": "a deletion is wanted, nothing is written",
    "delete.committed": "the tombstone stands, nobody was told and nothing is purged",
    "delete.page_done": "some of many are deleted",
    "takedown.published": "the other instances were told",
    "takedown.purged": "a purge was sent, and not written down as done",
    "takedown.variants_dropped": "variants are dropped, and that is not written down",
    "collect.begun": "an object is to be collected, nothing is written",
    "collect.marked": "its row says deleting",
    "collect.deleted": "the object is gone, its row still says deleting",
    "collect.done": "the row says gone",
    "sweep.listed": "objects without a row are known",
    "sweep.claimed": "one of them has a row that says deleting",
    "sweep.deleted": "it is gone, and its row still says deleting",
    "outbox.leased": "jobs are taken, and not begun",
    "outbox.done": "a job is done, and struck off",
    "outbox.failed": "a job failed, and is put off",
    "outbox.fed": "a job is in the queue, and not struck off",
    "job.begun": "a job is taken, and nothing of it is done",
    "job.read": "a worker has read the original",
    "job.rendered": "a worker has rendered, and stored nothing",
    "job.stored": "all of a job is done, and it is not struck off",
    "mounted.looked": "a name was looked up",
    "mounted.read": "bytes were read",
}
"""Every point by its name, and what is true when it is reached."""

Hook = Callable[[str], Awaitable[None]]


async def reach(name: str) -> None:
    """Come by the point of that name, which is one of POINTS."""
    if _hook is not None:
        await _hook(name)


@contextmanager
def hooked(hook: Hook) -> Iterator[None]:
    """Have `hook` called at every point until the block ends: for tests."""
    global _hook
    before, _hook = _hook, hook
    try:
        yield
    finally:
        _hook = before


def crash_at(wanted: str) -> Hook:
    """A hook that kills this process at `<name>` or `<name>:<n>`.

    Raises ValueError for a name that is not one of POINTS.
    """
    name, _, number = wanted.partition(":")
    if name not in POINTS or not (number or "1").isdigit():
        raise ValueError(f"{VARIABLE}: {wanted!r}: Expected one of {', '.join(POINTS)}, or one with `:<n>`")
    last, seen = int(number or 1), Counter[str]()

    async def crash(reached: str) -> None:
        seen[reached] += 1
        if reached == name and seen[reached] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return crash


def crash_as_told(path: Path) -> Hook:
    """A hook that kills this process at the point that the file names, if it is there: any of several
    processes, and one alone."""

    def look(reached: str) -> None:
        with suppress(FileNotFoundError):
            if path.read_text() == reached:
                path.rename(path.with_suffix(".taken"))
                os.kill(os.getpid(), signal.SIGKILL)

    async def crash(reached: str) -> None:
        look(reached)

    return crash


def _hook_of(variable: str) -> Hook | None:
    if variable.startswith("@"):
        return crash_as_told(Path(variable[1:]))
    return crash_at(variable) if variable else None


_hook: Hook | None = _hook_of(os.environ.get(VARIABLE, ""))
