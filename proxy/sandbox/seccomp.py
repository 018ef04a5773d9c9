"""Seccomp: a filter in the kernel that looks at every system call of a render worker.

The filter is a program of classic BPF (`seccomp(2)`, `Documentation/userspace-api/seccomp_filter.rst`),
written here by hand: libseccomp would have to be on the system, and what is wanted is a list. What a worker
has no use for is refused with EPERM rather than killed for: a library that only tries something must not cost
a render.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Iterator

from proxy.sandbox.libc import give_up_privileges, syscall
from proxy.sandbox.syscalls import ABSENT, DENIED, NEWEST, number

AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
_ALL_THREADS = 1

_LOAD, _EQUAL, _GREATER, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000
_NUMBER, _ARCHITECTURE = 0, 4
"""Offsets in `struct seccomp_data`."""

_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_SET_DEATH_SIGNAL = 1

Instruction = tuple[int, int, int, int]
"""Code, jumps if true and if false, operand: `struct sock_filter`."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def available() -> bool:
    """Whether this kernel filters system calls, and this machine is one whose calls we know."""
    machine = platform.machine()
    if machine not in AUDIT_ARCHITECTURES:
        return False
    try:
        syscall(_seccomp(machine), _GET_ACTION_AVAIL, 0, ctypes.byref(ctypes.c_uint32(_REFUSE)))
    except OSError:
        return False
    return True


def install() -> None:
    """Put the filter before this process, all its threads, for good. OSError where that cannot be."""
    machine = platform.machine()
    if machine not in AUDIT_ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no filter is written for {machine}")
    instructions = program(machine, os.getpid())
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    give_up_privileges()
    filter = _Program(len(instructions), code)
    if syscall(_seccomp(machine), _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(filter)):
        raise OSError(errno.ESRCH, "a thread could not be put behind the filter")


def program(machine: str, pid: int) -> list[Instruction]:
    """The filter for process `pid`, as `install` hands it over."""
    refuse, absent = _answer(errno.EPERM), _answer(errno.ENOSYS)
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        # Calls of another architecture, such as 32-bit ones, have other numbers.
        (_EQUAL, 1, 0, AUDIT_ARCHITECTURES[machine]),
        refuse,
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER, 0, 1, NEWEST),
        absent,
        *_each(DENIED, machine, [refuse]),
        *_each(ABSENT, machine, [absent]),
        # For reading only, so that nothing is written even where there is no Landlock.
        *_each(["open"], machine, _unless_any(1, _WRITING)),
        *_each(["openat"], machine, _unless_any(2, _WRITING)),
        # A thread, not a process.
        *_each(["clone"], machine, [_argument(0), (_ANY_BIT, 0, 1, _CLONE_THREAD), _allow(), refuse]),
        # To itself: it must be able to abort.
        *_each(["kill", "tgkill"], machine, [_argument(0), (_EQUAL, 0, 1, pid), _allow(), refuse]),
        *_each(["prctl"], machine, [_argument(0), (_EQUAL, 0, 1, _SET_DEATH_SIGNAL), refuse, _allow()]),
        *_each(["prlimit64"], machine, _only_asking()),
        _allow(),
    ]


def _seccomp(machine: str) -> int:
    found = number("seccomp", machine)
    assert found is not None
    return found


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)


def _answer(code: int) -> Instruction:
    return (_RETURN, 0, 0, _REFUSE | code)


def _argument(index: int, *, high: bool = False) -> Instruction:
    """Load the low half of an argument, or the high one: both machines are little-endian."""
    return (_LOAD, 0, 0, 16 + 8 * index + 4 * high)


def _each(names: Iterable[str], machine: str, then: list[Instruction]) -> Iterator[Instruction]:
    """For each of these calls `then`, which ends in an answer; for another, what comes after."""
    for name in names:
        if (found := number(name, machine)) is not None:
            yield (_EQUAL, 0, len(then), found)
            yield from then


def _unless_any(index: int, bits: int) -> list[Instruction]:
    """Refuse when the argument has any of these bits."""
    return [_argument(index), (_ANY_BIT, 0, 1, bits), _answer(errno.EPERM), _allow()]


def _only_asking() -> list[Instruction]:
    """`prlimit64` that sets nothing: its third argument is a null pointer."""
    refuse = _answer(errno.EPERM)
    return [
        *(_argument(2), (_EQUAL, 1, 0, 0), refuse),
        *(_argument(2, high=True), (_EQUAL, 1, 0, 0), refuse),
        _allow(),
    ]
