"""CPU time and memory of a process with all its descendants, read from outside."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PARENT, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 13, 14
"""Fields of /proc/<pid>/stat, counted behind the name (proc(5) has three more before them)."""

_ROLES = (("proxy.render_worker", "worker"), ("proxy.web", "http"), ("valkey", "valkey"), ("redis", "valkey"))
"""What a process of the server is, by a word of its command line."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: resident, the process's own share of that, and the most that was ever resident."""

    resident: int
    proportional: int
    peak: int


def tree(pid: int) -> list[int]:
    """`pid` and all its descendants that live."""
    children = defaultdict(list)
    for each in _every_process():
        if fields := _stat(each):
            children[int(fields[_PARENT])].append(each)
    found = [pid]
    for each in found:
        found += children[each]
    return found


def cpu_seconds(pid: int) -> dict[str, float]:
    """CPU used so far by the tree below `pid`, by role; `gone` is what ended processes had used."""
    used: dict[str, float] = defaultdict(float)
    for each in tree(pid):
        if fields := _stat(each):
            used[role(each)] += _own_seconds(each)
            used["gone"] += (int(fields[_CHILDREN_USER]) + int(fields[_CHILDREN_SYSTEM])) / _TICKS_PER_SECOND
    return dict(used)


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """What was used between two `cpu_seconds`. The sum is right even when a process ended in between: its
    whole past then moves from its role to `gone`."""
    return {name: after.get(name, 0.0) - before.get(name, 0.0) for name in {**before, **after}}


def role(pid: int) -> str:
    """What a process of the server does: http, worker, valkey, or supervisor for what is none of these."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "supervisor"
    return next((name for word, name in _ROLES if word in words), "supervisor")


def memory(pid: int) -> Memory:
    """Memory of one process. OSError when it is gone."""
    shares = _kilobytes(Path(f"/proc/{pid}/smaps_rollup"))
    status = _kilobytes(Path(f"/proc/{pid}/status"))
    return Memory(shares["Rss"] * 1024, shares["Pss"] * 1024, status["VmHWM"] * 1024)


def _own_seconds(pid: int) -> float:
    # The CPU clock of another process (clock_getcpuclockid(3)): nanoseconds, threads that ended included.
    # /proc/<pid>/stat counts in hundredths of a second, too coarse for a handful of requests.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _every_process() -> Iterator[int]:
    return (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat behind the name, which may hold anything; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _kilobytes(path: Path) -> dict[str, int]:
    rows = (line.split() for line in path.read_text().splitlines() if line.endswith(" kB"))
    return {row[0].rstrip(":"): int(row[1]) for row in rows}
