"""Landlock: a process gives up files, TCP, and signals to others, for itself and all that it starts.

The rules are of `landlock(7)` and of Linux' `Documentation/userspace-api/landlock.rst`. What may be given up
grows with the version of the interface (ABI): files since 1, TCP since 4, signals and abstract sockets since
6.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from proxy.sandbox.libc import give_up_privileges, syscall

# The same numbers on every architecture of Linux.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# Execute, write, read, read folders, remove (2), make (7): thirteen bits; then refer, truncate, ioctl.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_TCP_RIGHTS = {4: 0b11}
_SCOPES = {6: 0b11}


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """The version of Landlock that this kernel has; 0 where it has none, or it is turned off."""
    try:
        return syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str]) -> int:
    """Give up every file but reading `readable`, and what is below them; all TCP; signals to others.

    What is not there is passed over. It holds for this thread and for those it starts, so it is done before
    any other thread is. Returns the version that held; OSError where there is none.
    """
    version = abi()
    rules = _Ruleset(_up_to(version, _FILE_RIGHTS), _up_to(version, _TCP_RIGHTS), _up_to(version, _SCOPES))
    ruleset = syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    try:
        for path in readable:
            with suppress(FileNotFoundError, NotADirectoryError):
                _allow_reading(ruleset, path)
        give_up_privileges()
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow_reading(ruleset: int, path: str) -> None:
    allowed = _READ_FILE | _READ_DIR if Path(path).is_dir() else _READ_FILE
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(allowed, descriptor)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _up_to(version: int, rights: dict[int, int]) -> int:
    return sum(bits for since, bits in rights.items() if since <= version)
