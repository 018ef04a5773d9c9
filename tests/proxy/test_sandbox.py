"""The walls around a worker: what is written into the kernel, and that pictures are made behind them."""

from __future__ import annotations

import errno
import os
import platform
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from proxy.sandbox import lacking, landlock, libraries, seccomp
from proxy.sandbox.syscalls import ABSENT, DENIED, MACHINES, NEWEST, NUMBERS, number
from tests.proxy.render_jobs import ROOT

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
PID = 4711
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


def judged(machine: str, name: str | int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter says of a system call, worked out as the kernel would."""
    called = name if isinstance(name, int) else number(name, machine)
    assert called is not None
    known = seccomp.AUDIT_ARCHITECTURES[machine] if architecture is None else architecture
    six = [argument % 2**64 for argument in (*arguments, *(0,) * (6 - len(arguments)))]
    seen = struct.pack("<IIQ6Q", called, known, 0, *six)
    program, at, value = seccomp.program(machine, PID), 0, 0
    while True:
        code, yes, no, operand = program[at]
        at += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("<I", seen, operand)
            case 0x15:
                at += yes if value == operand else no
            case 0x25:
                at += yes if value > operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"an instruction nobody wrote: {code:#x}")


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_refused_whatever_its_arguments(machine: str) -> None:
    there = [name for name in DENIED if number(name, machine) is not None]

    assert len(there) > 80
    assert {EPERM} == {judged(machine, name) for name in there}
    assert {ENOSYS} == {judged(machine, name) for name in ABSENT}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("openat", (-100, 0, os.O_RDONLY | os.O_CLOEXEC), ALLOW),
        ("openat", (-100, 0, os.O_WRONLY), EPERM),
        ("openat", (-100, 0, os.O_RDWR), EPERM),
        ("openat", (-100, 0, os.O_CREAT), EPERM),
        ("openat", (-100, 0, os.O_TRUNC), EPERM),
        ("openat", (-100, 0, os.O_TMPFILE | os.O_RDWR), EPERM),
        ("clone", (0x003D0F00,), ALLOW),
        ("clone", (signal.SIGCHLD,), EPERM),
        ("clone", (0x4100 | signal.SIGCHLD,), EPERM),
        ("kill", (PID, signal.SIGABRT), ALLOW),
        ("kill", (PID + 1, 0), EPERM),
        ("kill", (0, signal.SIGKILL), EPERM),
        ("kill", (-1, signal.SIGKILL), EPERM),
        ("tgkill", (PID, PID, signal.SIGABRT), ALLOW),
        ("tgkill", (PID + 1, PID + 1, signal.SIGABRT), EPERM),
        ("prctl", (15,), ALLOW),
        ("prctl", (1, 0), EPERM),
        ("prlimit64", (0, 7, 0, 0x7FFE00000000), ALLOW),
        ("prlimit64", (0, 7, 0x7FFE00000000, 0), EPERM),
        ("prlimit64", (0, 7, 0x1000, 0), EPERM),
        (NEWEST + 1, (), ENOSYS),
        (0x40000000 + 41, (), ENOSYS),
    ],
)
def test_what_depends_on_arguments(
    machine: str, name: str | int, arguments: tuple[int, ...], expected: int
) -> None:
    assert expected == judged(machine, name, *arguments)


def test_the_old_open_is_for_reading_only() -> None:
    assert ALLOW == judged("x86_64", "open", 0, os.O_RDONLY)
    assert EPERM == judged("x86_64", "open", 0, os.O_WRONLY | os.O_CREAT)


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_are_refused(machine: str) -> None:
    assert EPERM == judged(machine, "openat", architecture=0x40000003)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_filter_is_no_longer_than_the_kernel_takes(machine: str) -> None:
    assert len(seccomp.program(machine, PID)) < 4096


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_the_kernel(machine: str) -> None:
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip("the headers of the kernel are not installed")
    found = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)\n", header.read_text()))
    ours = {name: str(number(name, machine)) for name in NUMBERS if name in found}

    assert len(ours) > 100
    assert {name: found[name] for name in ours} == ours


def test_no_number_stands_twice() -> None:
    for column, machine in enumerate(MACHINES):
        numbers = [row[column] for row in NUMBERS.values() if row[column] is not None]

        assert len(numbers) == len(set(numbers)), machine


def test_what_is_lacking() -> None:
    assert ("landlock",) == lacking(("rlimits", "seccomp"))
    assert () == lacking(("rlimits", "landlock:7", "seccomp"))


def test_libraries_may_be_read_and_nothing_beside_them() -> None:
    allowed = [Path(path) for path in libraries()]
    forbidden = [Path(ROOT) / "config.yaml", Path("/etc/passwd"), Path.home() / ".ssh", Path("/proc/1")]

    assert any((Path(ROOT) / "transforms" / "fonts").is_relative_to(path) for path in allowed)
    assert not [path for path in forbidden if any(path.is_relative_to(each) for each in allowed)]


def confined(code: str, *arguments: str) -> Sequence[str]:
    """The lines that a process prints that is confined before `code` runs."""
    before = f"""
import sys, threading, os, socket
sys.path.append({ROOT!r})
from proxy.sandbox import confine, landlock, seccomp
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", before + code, *arguments], capture_output=True, text=True, timeout=60
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(landlock.abi() == 0, reason="the kernel has no Landlock")
def test_landlock_alone(tmp_path: Path) -> None:
    (tmp_path / "shown").mkdir()
    for name in ("shown/a", "hidden", "single"):
        (tmp_path / name).write_text("text")
    code = """
folder = sys.argv[1]
os.chdir(folder)
landlock.restrict([f"{folder}/shown", f"{folder}/single", f"{folder}/absent"])
for name in ("shown/a", "single", "hidden"):
    print(tried(lambda: open(name)))
print(tried(lambda: os.listdir("shown")), tried(lambda: os.listdir(".")))
print(tried(lambda: open("shown/b", "w")), tried(lambda: open("shown/a", "a")))
print(tried(lambda: os.unlink("single")))
later = []
thread = threading.Thread(target=lambda: later.append(tried(lambda: open("hidden"))))
thread.start(); thread.join()
print(*later)
"""
    denied = "PermissionError"
    expected = ["done", "done", denied, f"done {denied}", f"{denied} {denied}", denied, denied]

    assert expected == confined(code, str(tmp_path))
    assert ["hidden", "shown", "single"] == sorted(path.name for path in tmp_path.iterdir())


@pytest.mark.skipif(not seccomp.available(), reason="the kernel filters no system calls")
def test_seccomp_alone_and_in_threads_that_run_already(tmp_path: Path) -> None:
    code = """
go, came = threading.Event(), []
def wait():
    go.wait()
    came.append(tried(socket.socket))
thread = threading.Thread(target=wait)
thread.start()
seccomp.install()
go.set(); thread.join()
print(*came)
print(tried(socket.socket), tried(os.fork))
print(tried(lambda: os.kill(os.getppid(), 0)), tried(lambda: os.kill(os.getpid(), 0)))
print(tried(lambda: open(sys.argv[1] + "/new", "w")), tried(lambda: os.mkdir(sys.argv[1] + "/folder")))
print(tried(lambda: os.execv("/absent", ["absent"])))
another = threading.Thread(target=print, args=("a thread",))
another.start(); another.join()
"""
    denied = "PermissionError"
    expected = [denied, f"{denied} {denied}", f"{denied} done", f"{denied} {denied}", denied, "a thread"]

    assert expected == confined(code, str(tmp_path))
    assert [] == list(tmp_path.iterdir())


def test_a_machine_that_is_not_known_is_told() -> None:
    code = """
import platform
platform.machine = lambda: "riscv64"
print(*confine((), address_space_bytes=1 << 32))
"""
    (held,) = confined(code)

    assert "rlimits" == held.split()[0]
    assert "seccomp" not in held
    assert ("seccomp",) == lacking((*held.split(), "landlock:1"))


def test_this_machine_is_one_of_those_known() -> None:
    if platform.machine() not in MACHINES:
        pytest.skip("no filter is written for this machine")

    assert NUMBERS["seccomp"][MACHINES.index(platform.machine())] is not None
