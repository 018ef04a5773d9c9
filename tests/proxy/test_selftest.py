"""The self-test of the sandbox tells what is denied, what is open, and that it can tell the two apart."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from proxy.render_process import ROOT, RenderProcess
from proxy.renderer_errors import WorkerDied
from proxy.sandbox import landlock, seccomp
from proxy.sandbox.attempts import ATTEMPTS, DENIALS
from proxy.sandbox.selftest import COMMAND, OK, OPEN, Outcome, Report, judge, run_selftest, table
from proxy.wire import WorkerLimits

both = pytest.mark.skipif(
    landlock.abi() < 6 or not seccomp.available(), reason="this kernel has not all of the sandbox"
)


def without(*layers: str) -> Sequence[str]:
    """The command of a worker around which these layers are missing."""
    patches = {
        "landlock": "sandbox.landlock.restrict = no",
        "seccomp": "sandbox.seccomp.install = no",
        "rlimits": "sandbox.rlimits.lower = lambda address_space_bytes: None",
    }
    code = f"""
import sys
sys.path.append({ROOT!r})
from proxy import sandbox
from proxy.sandbox.selftest import main
def no(*_):
    raise OSError(1, "left out")
{chr(10).join(patches[layer] for layer in layers)}
main()
"""
    return (sys.executable, "-I", "-c", code)


async def outcomes(folder: Path, **changes: object) -> Report:
    settings = {"data_folder": folder, "configuration": None, "originals": (), "readable": ()}
    return await run_selftest(**{**settings, "address_space_bytes": 4 << 30, **changes})  # type: ignore[arg-type]


def opened(report: Report) -> set[str]:
    return {outcome.what for outcome in report.outcomes if outcome.verdict == OPEN}


def denied_by(layer: str) -> set[str]:
    """What only this layer denies."""
    return {a.what for a in ATTEMPTS if [each.partition(":")[0] for each in a.layers] == [layer]}


@both
async def test_a_worker_as_the_server_starts_it(tmp_path: Path) -> None:
    report = await outcomes(tmp_path)

    assert ("rlimits", f"landlock:{landlock.abi()}", "seccomp") == report.held
    assert {OK} == {outcome.verdict for outcome in report.outcomes}
    assert report.whole
    assert report.complete
    assert [] == list(tmp_path.iterdir())  # noqa: ASYNC240 - an empty folder


@both
@pytest.mark.parametrize(
    ("layer", "least"),
    [
        ("landlock", {"read /etc/passwd", "read the configuration", "read an original"}),
        ("seccomp", {"open an IPv4 socket", "fork", "change a file's rights"}),
    ],
)
async def test_what_is_open_without_a_layer(tmp_path: Path, layer: str, least: set[str]) -> None:
    report = await outcomes(tmp_path, command=without(layer))
    found = opened(report)

    assert (layer,) == report.missing
    assert not report.whole
    assert least <= found
    assert found <= denied_by(layer)


@both
async def test_nearly_everything_is_open_without_any(tmp_path: Path) -> None:
    """So that a denial is the sandbox's doing, not this machine's."""
    report = await outcomes(tmp_path, command=without("landlock", "seccomp", "rlimits"))
    writing = {
        "write into the data folder",
        "write into the temporary folder",
        "make a folder",
        "rename a file",
    }
    others = {"signal the server", "hold on to the server", "outlive the server", "raise its own limits"}
    programs = {"execute a program", "spawn a program", "fork", "connect over TCP", "make a file in memory"}

    assert writing | others | programs <= opened(report)


def test_only_a_denial_is_a_denial() -> None:
    (attempt,) = (each for each in ATTEMPTS if each.what == "find secrets in its environment")

    assert Outcome(attempt.what, OK, "EPERM") == judge(attempt, errno.EPERM)
    assert Outcome(attempt.what, OPEN, "done") == judge(attempt, 0)
    assert Outcome(attempt.what, OPEN, "ECONNREFUSED") == judge(attempt, errno.ECONNREFUSED)
    assert not DENIALS & {errno.ENOENT, errno.ECONNREFUSED, errno.ENOEXEC, errno.EFAULT, errno.EINVAL}


def test_the_table_names_what_is_open() -> None:
    report = Report(("rlimits", "landlock:7"), ("seccomp",), (Outcome("fork", OPEN, "done"),))
    lines = list(table(report))

    assert ["rlimits", "holds"] == lines[0].split()
    assert ["landlock", "holds,", "version", "7"] == lines[1].split()
    assert ["seccomp", "OPEN"] == lines[2].split()
    assert ["fork", "OPEN", "done"] == lines[4].split()
    assert "0 denied, 1 open, 0 this kernel cannot deny" == lines[-1]
    assert not report.whole


@both
def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "data" / "originals").mkdir(parents=True)
    (tmp_path / "data" / "originals" / "cat.jpg").write_bytes(b"x")
    (tmp_path / "config.yaml").write_text("server: {port: 8123}\n")
    done = subprocess.run(
        [sys.executable, "-m", "proxy.cli", "worker", "--selftest"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = {" ".join(line.split()[:-2]): line.split()[-2:] for line in done.stdout.splitlines() if line}

    assert 0 == done.returncode, done.stderr
    assert ["ok", "EACCES"] == lines["read the configuration"]
    assert ["ok", "EACCES"] == lines["read an original"]
    assert f"{len(ATTEMPTS)} denied, 0 open" in done.stdout
    assert ["config.yaml", "data"] == sorted(path.name for path in tmp_path.iterdir())


@both
@pytest.mark.parametrize("strict", [False, True])
async def test_a_worker_that_must_have_all_of_it(strict: bool) -> None:
    limits = WorkerLimits(os.getpid(), 10, 4 << 30, strict=strict)
    whole = await RenderProcess.start(COMMAND, limits, timeout_seconds=60)
    await whole.close()
    try:
        worker = await RenderProcess.start(without("seccomp"), limits, timeout_seconds=60)
    except WorkerDied:
        begun = False
    else:
        begun = True
        await worker.close()

    assert begun is not strict
