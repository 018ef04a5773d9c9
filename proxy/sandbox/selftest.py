"""`calotype worker --selftest`: a real render worker tries to get out, and a table says how far it came.

The worker is started, limited and confined as those of the server are; its table of jobs is longer by one.
"""

from __future__ import annotations

import errno
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.render_process import NICENESS, ROOT, RenderProcess
from proxy.render_worker import Job, load_jobs
from proxy.render_worker import main as work
from proxy.renderer_errors import WorkerDied
from proxy.sandbox import LAYERS, lacking, landlock, seccomp
from proxy.sandbox.attempts import ATTEMPTS, DENIALS, Attempt, Ground, code_of
from proxy.wire import Looked, WorkerLimits, encode_request

COMMAND = (
    sys.executable,
    "-I",
    "-c",
    f"import sys; sys.path.append({ROOT!r}); from proxy.sandbox.selftest import main; main()",
)
"""Starts a worker that knows of the attempts."""

OK, OPEN, UNAVAILABLE = "ok", "OPEN", "unavailable"

_JOB = "attempt"
_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: `ok` where it was denied, `OPEN` where this kernel could have denied it,
    `unavailable` where it has nothing that could.
    """

    what: str
    verdict: str
    told: str
    """The name of the error, `done` where there was none."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker came to."""

    held: tuple[str, ...]
    """The layers that it says hold."""
    missing: tuple[str, ...]
    """The layers that this kernel has and that do not hold."""
    outcomes: tuple[Outcome, ...]

    @property
    def complete(self) -> bool:
        """Whether every layer holds."""
        return not lacking(self.held)

    @property
    def whole(self) -> bool:
        """Whether all that this kernel can deny is denied."""
        return not self.missing and all(outcome.verdict != OPEN for outcome in self.outcomes)


def main() -> None:
    """Run as the worker of a self-test."""
    work(_load)


def _load() -> Mapping[str, Job]:
    return {**load_jobs(), _JOB: _attempt}


def _attempt(ground: Any, data: bytes) -> Looked:
    return Looked(tuple((float(code_of(attempt, ground)),) for attempt in ATTEMPTS))


async def run_selftest(
    *,
    data_folder: Path,
    configuration: Path | None,
    originals: Sequence[Path],
    address_space_bytes: int,
    readable: Sequence[str],
    command: Sequence[str] = COMMAND,
) -> Report:
    """Start a worker, have it try everything in `ATTEMPTS`, and judge. WorkerDied when it does not survive.

    `configuration` and the first of `originals` that is there are what it tries to read; a file of our own
    stands in for them where they are not.
    """
    limits = WorkerLimits(os.getpid(), NICENESS, address_space_bytes, readable=tuple(readable))
    with _ground(data_folder, configuration, originals) as ground:
        worker = await RenderProcess.start(command, limits, timeout_seconds=_START_SECONDS)
        try:
            answer = await worker.ask(encode_request(_JOB, ground), b"")
        finally:
            await worker.close()
    if not isinstance(answer, Looked) or len(answer.rows) != len(ATTEMPTS):
        raise WorkerDied("did not say what came of its attempts")
    outcomes = zip(ATTEMPTS, answer.rows, strict=True)
    return Report(
        worker.confined,
        tuple(layer for layer in lacking(worker.confined) if _has(layer)),
        tuple(judge(attempt, int(row[0])) for attempt, row in outcomes),
    )


def judge(attempt: Attempt, code: int) -> Outcome:
    """What is to be thought of an attempt that ended in this error number, 0 for none."""
    told = errno.errorcode.get(code, str(code)) if code else "done"
    if code in DENIALS:
        return Outcome(attempt.what, OK, told)
    return Outcome(attempt.what, OPEN if any(map(_has, attempt.layers)) else UNAVAILABLE, told)


def table(report: Report) -> Iterator[str]:
    """The report as lines for people."""
    for layer in LAYERS:
        held = next((each for each in report.held if each.partition(":")[0] == layer), "")
        state = "holds" if held else OPEN if layer in report.missing else "not in this kernel"
        version = f", version {held.partition(':')[2]}" if ":" in held else ""
        yield f"{layer:<36}{state}{version}"
    yield ""
    for outcome in report.outcomes:
        yield f"{outcome.what:<36}{outcome.verdict:<14}{outcome.told}"
    yield ""
    counts = {word: sum(o.verdict == word for o in report.outcomes) for word in (OK, OPEN, UNAVAILABLE)}
    yield f"{counts[OK]} denied, {counts[OPEN]} open, {counts[UNAVAILABLE]} this kernel cannot deny"


def _has(layer: str) -> bool:
    """Whether this kernel has a layer, such as `landlock:4`, in that version or a later one."""
    name, _, version = layer.partition(":")
    if name == "landlock":
        return landlock.abi() >= int(version or 1)
    return seccomp.available() if name == "seccomp" else True


@contextmanager
def _ground(data_folder: Path, configuration: Path | None, originals: Sequence[Path]) -> Iterator[Ground]:
    """Something to try everything on."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="calotype-selftest-")))
        folder.chmod(0o777)
        ours = folder / "secret"
        ours.write_text("secret")
        program = folder / "program"
        program.touch(0o755)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        yield Ground(
            machine=platform.machine(),
            server_pid=os.getpid(),
            server_port=server.getsockname()[1],
            configuration=str(_first([configuration] if configuration else [], ours)),
            original=str(_first(originals, ours)),
            program=str(program),
            data_folder=str(data_folder.resolve() if data_folder.is_dir() else folder),
            temporary_folder=str(folder),
            working_folder=str(Path.cwd()),
        )


def _first(paths: Sequence[Path], otherwise: Path) -> Path:
    return next((path.resolve() for path in paths if path.is_file()), otherwise)
