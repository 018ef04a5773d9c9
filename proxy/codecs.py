"""Which formats the libvips at hand really reads and writes.

Asked in a process of its own, `proxy.codecs_probe`: the server never loads libvips.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

_SECONDS = 30.0
REMEDY = "pip install --force-reinstall 'pyvips[binary]' brings a libvips that can"


@dataclass(frozen=True, slots=True)
class Codecs:
    """What was found: the version of libvips, and by format what is wrong with it (nothing: it works).

    `failure` says why libvips could not be asked at all.
    """

    version: str = ""
    read: dict[str, str] | None = None
    written: dict[str, str] | None = None
    failure: str = ""


def find_codecs() -> Codecs:
    """Try every format. Takes a fifth of a second."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "proxy.codecs_probe"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Codecs(failure=f"libvips did not answer within {_SECONDS:g} seconds")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return Codecs(
            failure=f"libvips cannot be used: {lines[-1] if lines else f'status {done.returncode}'}"
        )
    return Codecs(**json.loads(done.stdout))


def codec_problems(codecs: Codecs, auto_formats: Sequence[str]) -> list[str]:
    """What the settings ask for and the codecs cannot do, a line each."""
    if codecs.failure:
        return [f"{codecs.failure}; {REMEDY}"]
    written = codecs.written or {}
    return [
        f"delivery.auto_formats[{index}]: {name} cannot be written by libvips {codecs.version} here "
        f"({written.get(name, 'unknown')}); {REMEDY}"
        for index, name in enumerate(auto_formats)
        if written.get(name, "unknown")
    ]
