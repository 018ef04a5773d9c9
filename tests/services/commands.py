"""`calotype …` a hundred times over, without a hundred starts of an interpreter.

Each command is a process of its own, as a user's, forked from one that has loaded what commands load. The
installed script itself is run by `tests/proxy/test_cli.py`.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock

_turn = Lock()


def run(*arguments: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `calotype` in that folder; beside `environment` it sees ours, without settings of the machine's."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CALOTYPE_")}
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err, _turn:
        request = {
            "arguments": ["calotype", *arguments],
            "folder": str(folder),
            "environment": clean | dict(environment),
            "files": [os.devnull, out.name, err.name],
        }
        forker = _forker()
        assert forker.stdin is not None and forker.stdout is not None
        forker.stdin.write(json.dumps(request) + "\n")
        forker.stdin.flush()
        status = int(forker.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, out.read().decode(), err.read().decode())


@cache
def _forker() -> subprocess.Popen[str]:
    """Ends when we do: its standard input does."""
    program = Path(__file__).with_name("forking.py")
    # Safe of our folder: its modules have names of packages.
    forker = subprocess.Popen(
        [sys.executable, "-P", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(_end, forker)
    return forker


def _end(forker: subprocess.Popen[str]) -> None:
    assert forker.stdin is not None and forker.stdout is not None
    forker.stdin.close()
    forker.stdout.close()
    forker.wait()
