"""System calls that Python has no name for."""

from __future__ import annotations

import ctypes
import os
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)

_SET_NO_NEW_PRIVS = 38
_SET_DEATH_SIGNAL = 1


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


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
