"""System calls that Python has no name for."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)

_SET_NO_NEW_PRIVS = 38
_SET_DEATH_SIGNAL = 1

_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
_SCHED_ATTR = struct.Struct("IIQiIQQQ")
"""Size, policy, flags, niceness, priority, runtime, deadline, period."""
_SHORTEST_TURN_NANOSECONDS = 100_000


def syscall(number: int, *arguments: Any) -> int:
    """A system call by its number; OSError where it fails. Whole numbers are passed as long."""
    passed = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    LIBC.syscall.restype = ctypes.c_long
    result = int(LIBC.syscall(ctypes.c_long(number), *passed))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def die_with_parent(signal: int) -> None:
    """Have the kernel send us `signal` when the thread that started us ends."""
    _prctl(_SET_DEATH_SIGNAL, signal)


def give_up_privileges() -> None:
    """No program that this process, or a child, ever runs may have more rights than it has now."""
    _prctl(_SET_NO_NEW_PRIVS, 1)


def take_short_turns() -> None:
    """Ask the scheduler for the shortest turns that it gives, for this thread and what it starts later.

    Who asks for less at a time is let in sooner when it wakes up. Linux does so from 6.12 on: `sched_runtime`
    of an ordinary thread is its slice (sched_setattr(2)); earlier ones take it for nothing. What is scheduled
    otherwise than usual stays as it is. Raises OSError where it is forbidden.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if number is None or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    asked = _SCHED_ATTR.pack(
        _SCHED_ATTR.size, os.SCHED_OTHER, 0, niceness, 0, _SHORTEST_TURN_NANOSECONDS, 0, 0
    )
    syscall(number, 0, asked, 0)


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
