"""What a render worker may use: the limits of `setrlimit(2)`, for its life and for each of its jobs.

For its life they are set by the worker itself, before anything is loaded. For a job they are set from
outside, by the server, so that a worker that was taken over cannot raise them again.
"""

from __future__ import annotations

import math
import resource
import time

MAX_DESCRIPTORS = 64
CPU_PER_SECOND = 4
"""Seconds of CPU for each second of a job's deadline: some decoders have threads of their own."""


def lower(*, address_space_bytes: int) -> None:
    """Take these limits for good."""
    _lower(resource.RLIMIT_AS, address_space_bytes)
    _lower(resource.RLIMIT_CORE, 0)
    # Not RLIMIT_NPROC: it counts all processes of the user, and a busy machine would deny us our own threads.
    _lower(resource.RLIMIT_NOFILE, MAX_DESCRIPTORS)
    # Decoders read from memory, in order; whichever wants a temporary file is being led astray.
    _lower(resource.RLIMIT_FSIZE, 0)


def _lower(kind: int, value: int) -> None:
    """Lower a limit, soft and hard; one that stands lower already stays."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def bound_cpu(pid: int, seconds: float) -> None:
    """Let process `pid` use no more CPU than a job of `seconds` can need; past that the kernel kills it.

    The server kills at the deadline itself. This holds where the server cannot: while it is stopped, or
    starved. Raises ProcessLookupError.
    """
    soft = math.ceil(_cpu_seconds(pid) + CPU_PER_SECOND * seconds) + 1
    _, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
    resource.prlimit(pid, resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else hard, hard))


def bound_memory(pid: int, address_space_bytes: int | None) -> None:
    """Let process `pid` have that much address space, at most what it may have anyway: all of that for None.

    Raises ProcessLookupError.
    """
    _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
    soft = hard if address_space_bytes is None else _least(address_space_bytes, hard)
    resource.prlimit(pid, resource.RLIMIT_AS, (soft, hard))


def _least(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _cpu_seconds(pid: int) -> float:
    """CPU that a process has used so far, by its clock: `MAKE_PROCESS_CPUCLOCK` of Linux' posix-timers."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError as error:
        raise ProcessLookupError(f"process {pid} is gone") from error
