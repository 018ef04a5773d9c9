"""The jobs of the test's render workers: each misbehaves in its own way. Run as a worker by `COMMAND`."""

from __future__ import annotations

import ctypes
import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from proxy.render_worker import Job, SeriesJobs
from proxy.render_worker import main as work
from proxy.wire import Answer
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo
from transforms.plan import RenderPlan
from transforms.rendition import Rendition
from transforms.sharing import Plans

ROOT = str(Path(__file__).parents[2])
COMMAND = (
    sys.executable,
    "-I",
    "-c",
    f"import sys; sys.path.append({ROOT!r}); from tests.proxy.render_jobs import main; main()",
)

_HELD: list[bytes] = []


def render(argument: tuple[str, Any] | RenderPlan, data: bytes) -> Answer:
    """`argument` names an act below and what it needs; or it is a plan, and the bytes say what to do."""
    if isinstance(argument, RenderPlan):
        return acted(argument, json.loads(data), "render")
    return told(ACTS[argument[0]](argument[1], data))


def acted(plan: RenderPlan, acts: Mapping[str, tuple[str, Any]], how: str) -> Answer:
    """What is done for a plan, going by the width that it wants; `how` the worker was asked."""
    name, value = acts[str(plan.result.width)]
    answer = ACTS[name](value, b"")
    return told(answer | {"how": how} if isinstance(answer, dict) else answer)


def told(answer: object) -> Answer:
    return answer if isinstance(answer, Rendition | ImageInfo) else picture(json.dumps(answer).encode())


def picture(body: bytes) -> Rendition:
    return Rendition(body=body, format="jpg", width=4, height=3, pages=1, timings={"decode": 1.5})


def probe(_: None, data: bytes) -> ImageInfo:
    return ImageInfo("gif", 40, 30, pages=2, animated=True, delays=(100, len(data) % 1000))


def sleep(seconds: float, data: bytes) -> dict[str, object]:
    begun = time.monotonic()
    time.sleep(seconds)
    return {"pid": os.getpid(), "begun": begun, "ended": time.monotonic(), "data": data.decode()}


def wait(path: str, data: bytes) -> dict[str, object]:
    """Until there is such a file; the bound is for a broken test."""
    for _ in range(2000):
        if Path(path).exists():
            break
        time.sleep(0.01)
    return {"pid": os.getpid()}


def spin(_: None, data: bytes) -> None:
    while True:
        pass


def spin_in_c(_: None, data: bytes) -> None:
    """Inside one C call that holds the interpreter: no signal handler of Python's would ever run."""
    re.match(r"(a|a)*b", "a" * 200)


def grow(size: int, data: bytes) -> int:
    _HELD.append(os.urandom(size))
    return os.getpid()


def garble(raw: bytes, data: bytes) -> None:
    """Write `raw` where the answer belongs, then wait to be killed."""
    os.write(int(sys.argv[-1]), raw)
    time.sleep(60)


def refuse(_: None, data: bytes) -> None:
    raise BrokenImage("the\nscan ends early", code="truncated", parameter="w_1", position=3, component=2)


def fail(text: str, data: bytes) -> None:
    raise ValueError(text)


def mutter(lines: int, data: bytes) -> None:
    for number in range(lines):
        print(f"line {number}", file=sys.stderr)
    print("x" * 100_000, file=sys.stderr, flush=True)


def write_file(path: str, data: bytes) -> None:
    with Path(path).open("wb") as file:
        file.write(b"x" * 10_000)


def facts(_: None, data: bytes) -> dict[str, object]:
    """What the worker is allowed."""
    return {
        "environment": dict(os.environ),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "folder": str(Path.cwd()),
        "leader": os.getpgid(0) == os.getpid(),
        "session": os.getsid(0),
        "descriptors": [number for number in range(64) if is_open(number)],
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in LIMITS},
        "privileges given up": ctypes.CDLL(None).prctl(39, 0, 0, 0, 0),
    }


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


LIMITS = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE")

ACTS: Mapping[str, Callable[[Any, bytes], object]] = {
    "echo": lambda _, data: picture(data),
    "sleep": sleep,
    "wait": wait,
    "spin": spin,
    "spin in C": spin_in_c,
    "exit": lambda status, _: os._exit(status),
    "segfault": lambda _, __: ctypes.string_at(0),
    "abort": lambda _, __: os.abort(),
    "signal": lambda number, _: os.kill(os.getpid(), number),
    "grow": grow,
    "garble": garble,
    "probe instead": lambda _, data: probe(None, data),
    "refuse": refuse,
    "fail": fail,
    "mutter": mutter,
    "write": write_file,
    "facts": facts,
}


class Acted:
    """A series whose bytes say, by the width that a plan wants, what to do."""

    def __init__(self, plans: Plans, data: bytes, _: Mapping[str, bytes]) -> None:
        self.acts = json.loads(data)
        self.plans = plans.plans

    def __len__(self) -> int:
        return len(self.plans)

    def render(self, at: int) -> Answer:
        return acted(self.plans[at], self.acts, "series")


def load() -> Mapping[str, Job]:
    return SeriesJobs(Acted).beside({"probe": probe, "render": render})


def main() -> None:
    work(load)
