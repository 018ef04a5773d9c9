"""`calotype audit`: looks whether everything that should be kept is, and nothing else."""

from __future__ import annotations

import argparse
import json
from collections import Counter

from origin.hosting.audit import FAULTS, Audit, Fault
from proxy.commands.common import FAILED, printable_line
from proxy.commands.hosted import Keeper, on_hosted
from proxy.progress import counted

LOSSES = tuple(kind for kind in FAULTS if kind not in ("object_without_row", "object_ahead"))
"""What costs pictures, or may; the rest only takes room."""


def run(arguments: argparse.Namespace) -> int:
    """Print every fault, and how many there are of each kind. Returns 1 when a picture is in danger."""

    async def work(keeper: Keeper) -> int:
        found: Counter[str] = Counter()
        with counted("Auditing") as bar:
            audit = Audit(
                store=keeper.store,
                storage=keeper.storage,
                collector=keeper.collector,
                sample=arguments.sample,
                looked_at=bar.advance,
            )
            bar.of(await audit.objects())
            async for fault in audit.faults():
                found[fault.kind] += 1
                if not arguments.json:
                    bar.say(_line(fault))
        usage = await keeper.store.usage()
        if arguments.json:
            print(json.dumps({"pictures": usage.pictures, "bytes": usage.bytes, "faults": dict(found)}))
        else:
            _sum_up(found, usage.pictures, usage.bytes)
        return FAILED if any(found[kind] for kind in LOSSES) else 0

    return on_hosted(arguments, work)


def _line(fault: Fault) -> str:
    pictures = f"  {', '.join(fault.pictures)}" if fault.pictures else ""
    return printable_line(f"{fault.kind:<26}{fault.where}{pictures}")


def _sum_up(found: Counter[str], pictures: int, size: int) -> None:
    print(f"{pictures:,} pictures, {size:,} bytes; {sum(found.values()) or 'no'} faults")
    for kind, count in found.items():
        print(f"{count:>8,}  {kind}: {FAULTS[kind]}")
