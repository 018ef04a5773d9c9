"""`calotype jobs`: what is still to be done, what failed for good, and another chance for it."""

from __future__ import annotations

import argparse
import time

from origin.hosting.outbox import Entry, Outbox
from origin.metadata.store import MetadataStore
from proxy.commands.common import complain, printable_line
from proxy.commands.database import on_database
from proxy.config import Settings

_MOST_SHOWN = 1000


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""

    async def work(metadata: MetadataStore, _: Settings) -> int:
        outbox = Outbox(metadata)
        match arguments.action:
            case "retry":
                return await _retry(outbox, arguments.id)
            case "dead":
                return _tell(await outbox.dead(limit=_MOST_SHOWN), "no dead letters")
        return await _list(outbox)

    return on_database(arguments, work)


async def _list(outbox: Outbox) -> int:
    waiting = await outbox.waiting()
    if waiting:
        print("# " + ", ".join(f"{count} {kind}" for kind, count in sorted(waiting.items())))
    if dead := await outbox.count_dead():
        print(f"# {dead} dead letters: calotype jobs dead")
    return _tell(await outbox.pending(limit=_MOST_SHOWN), "nothing to be done")


async def _retry(outbox: Outbox, which: str) -> int:
    if which == "all":
        print(f"{await outbox.revive()} jobs are tried again")
        return 0
    if not which.isascii() or not which.isdigit() or len(which) > 18:
        return complain(f"{which!r}: Expected the number of a job, or all")
    if not await outbox.revive(int(which)):
        return complain(f"{which}: there is no such dead letter")
    print(f"{which} is tried again")
    return 0


def _tell(entries: tuple[Entry, ...], nothing: str) -> int:
    now = time.time()
    for entry in entries:
        print(_line(entry, now))
    if not entries:
        print(f"# {nothing}")
    return 0


def _line(entry: Entry, now: float) -> str:
    about = entry.payload.get("public_id") or entry.key
    said = f"; {printable_line(entry.last_error)}" if entry.last_error else ""
    text = f"{entry.id:<8} {entry.kind:<17} {_state(entry, now):<15} {entry.attempts} attempts  {about}{said}"
    return printable_line(text)


def _state(entry: Entry, now: float) -> str:
    if entry.dead_at is not None:
        return "dead"
    if entry.lease_until is not None and entry.lease_until > now:
        return "under way"
    if entry.not_before > now:
        return f"in {entry.not_before - now:,.0f} s"
    return "due"
