"""A file pushed through render workers: what HTTP would say of it, and how long that took."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from proxy.errors import error_code, rule_for
from proxy.renderer import RenderPool
from tests.attack.bombs import TRANSFORMATIONS
from transforms.parser import parse
from transforms.plan import make_plan

PROBE = "probe"


@dataclass(frozen=True)
class Outcome:
    """One answer: `code` is empty where there is a picture."""

    asked: str
    status: int
    code: str
    message: str
    seconds: float


async def push(
    pool: RenderPool, data: bytes, transformations: Iterable[str] = TRANSFORMATIONS
) -> list[Outcome]:
    """What becomes of a file: of its probe, and if that knows it, of each transformation."""
    begun = time.monotonic()
    try:
        info = await pool.probe(data)
    except Exception as error:
        return [_failed(PROBE, error, begun)]
    outcomes = [Outcome(PROBE, 200, "", str(info), time.monotonic() - begun)]
    for transformation in transformations:
        begun = time.monotonic()
        try:
            rendition = await pool.render(make_plan(parse(transformation), info), data)
            told = f"{rendition.width}x{rendition.height} {rendition.format}"
            outcomes.append(Outcome(transformation, 200, "", told, time.monotonic() - begun))
        except Exception as error:
            outcomes.append(_failed(transformation, error, begun))
    return outcomes


def _failed(asked: str, error: Exception, begun: float) -> Outcome:
    return Outcome(asked, rule_for(error).status, error_code(error), str(error), time.monotonic() - begun)


def peak_bytes(pid: int) -> int:
    """The most memory a process has held; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)
