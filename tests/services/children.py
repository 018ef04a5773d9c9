"""Servers that end with the tests, even when the tests are killed."""

from __future__ import annotations

import ctypes
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def start(command: Sequence[str], *, log: Path, user: str | None = None) -> subprocess.Popen[bytes]:
    """Start a server that writes into `log`, and that the kernel stops should this process go first."""
    libc = ctypes.CDLL(None)

    def follow() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT if user else signal.SIGKILL)

    with log.open("wb") as output:
        return subprocess.Popen(
            command, stdout=output, stderr=output, cwd=log.parent, user=user, preexec_fn=follow
        )
