"""What the scheduler is asked for, as it tells it itself (sched_getattr(2))."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable

import pytest

_ASKED = """
import ctypes, json, os, platform, struct
from proxy.sandbox.libc import syscall, take_short_turns
{before}
take_short_turns()
told = ctypes.create_string_buffer(48)
syscall({{"x86_64": 315, "aarch64": 275}}[platform.machine()], 0, told, 48, 0)
_, policy, _, niceness, _, slice, *_ = struct.unpack("IIQiIQQQ", told.raw)
print(policy, niceness, slice)
"""
_KERNEL = tuple(int(part) for part in platform.release().split(".")[:2])

Told = Callable[[str], list[int]]


@pytest.fixture
def told() -> Told:
    """In a process of its own: nothing gives a slice back."""

    def tell(before: str) -> list[int]:
        asked = [sys.executable, "-c", _ASKED.format(before=before)]
        return [int(each) for each in subprocess.check_output(asked, text=True).split()]

    return tell


@pytest.mark.skipif(_KERNEL < (6, 12), reason="earlier kernels give all the same slice")
def test_the_slice_is_short_and_niceness_stays(told: Told) -> None:
    assert [os.SCHED_OTHER, 7, 100_000] == told("os.setpriority(os.PRIO_PROCESS, 0, 7)")


def test_another_policy_stays(told: Told) -> None:
    policy, *_ = told("os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))")

    assert os.SCHED_BATCH == policy
