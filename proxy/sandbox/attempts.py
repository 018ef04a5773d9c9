"""What a worker that was taken over would try. Each attempt is made for real, inside a confined worker.

An attempt succeeds when nothing is raised, and that is what must not happen. It fails by an error number; one
that does not say that it was denied (a refused connection, a file that is no program) is as good as success.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from proxy.sandbox.libc import LIBC, syscall
from proxy.sandbox.syscalls import number

DENIALS = frozenset(
    (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EFBIG, errno.EMFILE, errno.ENOMEM, errno.EROFS)
)
"""The error numbers that mean no."""

_TRACE_SEIZE = 0x4206
_MOST_DESCRIPTORS = 4096
_SECRETS = ("CALOTYPE", "AWS", "REDIS", "DATABASE", "SECRET", "TOKEN", "PASSWORD", "KEY")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the attempts are made; everything named here exists."""

    machine: str
    server_pid: int
    server_port: int
    """Of 127.0.0.1, where somebody listens."""
    configuration: str
    original: str
    program: str
    """An empty file that may be executed."""
    data_folder: str
    temporary_folder: str
    working_folder: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something to try, and the layers of the sandbox each of which denies it."""

    what: str
    layers: tuple[str, ...]
    do: Callable[[Ground], object]


def code_of(attempt: Attempt, ground: Ground) -> int:
    """The number of the error that an attempt ends in; 0 where it succeeds."""
    try:
        attempt.do(ground)
    except OSError as error:
        return error.errno or -1
    except MemoryError:
        return errno.ENOMEM
    return 0


def _read(path: str) -> object:
    return Path(path).read_bytes()[:1]


def _list(folder: str) -> object:
    return next(Path(folder).iterdir(), None)


def _write(folder: str) -> None:
    path = Path(folder) / f"calotype-selftest-{os.getpid()}"
    path.write_bytes(b"x")
    path.unlink()


def _make_folder(ground: Ground) -> None:
    path = Path(ground.temporary_folder) / f"calotype-selftest-{os.getpid()}"
    path.mkdir()
    path.rmdir()


def _rename(ground: Ground) -> None:
    Path(ground.program).rename(f"{ground.program}-moved")
    Path(f"{ground.program}-moved").rename(ground.program)


def _connect(ground: Ground) -> None:
    socket.create_connection(("127.0.0.1", ground.server_port), timeout=5).close()


def _reconnect(ground: Ground) -> None:
    with socket.socket(fileno=os.dup(int(sys.argv[-1]))) as channel:
        channel.connect(f"{ground.temporary_folder}/none")


def _fork(ground: Ground) -> None:
    # A child must not come back from here: it would answer in our place.
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _spawn(ground: Ground) -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def _trace(ground: Ground) -> None:
    _call(ground, "ptrace", _TRACE_SEIZE, ground.server_pid, 0, 0)


def _read_memory(ground: Ground) -> None:
    space = ctypes.create_string_buffer(8)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(space), 8)
    # Where it lies does not matter: what is not mapped there says EFAULT, and that is not a denial.
    there = (ctypes.c_size_t * 2)(0x1000, 8)
    _call(ground, "process_vm_readv", ground.server_pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)


def _raise_limit(ground: Ground) -> None:
    every = ctypes.byref((ctypes.c_uint64 * 2)(2**64 - 1, 2**64 - 1))
    _call(ground, "prlimit64", 0, int(resource.RLIMIT_AS), every, None)


def _outlive(ground: Ground) -> None:
    if LIBC.prctl(1, 0, 0, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _take_memory(ground: Ground) -> None:
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    size = 1 << 46 if allowed == resource.RLIM_INFINITY else allowed
    mmap.mmap(-1, size).close()


def _open_many(ground: Ground) -> None:
    with ExitStack() as stack:
        for _ in range(_MOST_DESCRIPTORS):
            stack.callback(os.close, os.dup(2))


def _find_secrets(ground: Ground) -> None:
    if not any(word in name.upper() for name in os.environ for word in _SECRETS):
        raise PermissionError(errno.EACCES, "there are none")


def _call(ground: Ground, name: str, *arguments: object) -> None:
    called = number(name, ground.machine) if ground.machine in ("x86_64", "aarch64") else None
    if called is None:
        raise OSError(errno.EINVAL, f"no number is known for {name}")
    with suppress(OverflowError):
        result = syscall(called, *arguments)
        if name in _GIVE_DESCRIPTORS:
            os.close(result)


_GIVE_DESCRIPTORS = ("memfd_create", "userfaultfd", "io_uring_setup", "perf_event_open")


def _named(name: str, *arguments: object) -> Callable[[Ground], object]:
    return lambda ground: _call(ground, name, *arguments)


_FILES, _SECCOMP, _BOTH = ("landlock",), ("seccomp",), ("landlock", "seccomp")
_EMPTY = ctypes.byref(ctypes.create_string_buffer(256))

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt("read /etc/passwd", _FILES, lambda ground: _read("/etc/passwd")),
    Attempt("read the configuration", _FILES, lambda ground: _read(ground.configuration)),
    Attempt("read an original", _FILES, lambda ground: _read(ground.original)),
    Attempt("list the data folder", _FILES, lambda ground: _list(ground.data_folder)),
    Attempt("list the root folder", _FILES, lambda ground: _list("/")),
    Attempt(
        "read the server's environment", _FILES, lambda ground: _read(f"/proc/{ground.server_pid}/environ")
    ),
    Attempt("open the server's memory", _FILES, lambda ground: _read(f"/proc/{ground.server_pid}/mem")),
    Attempt("write into the data folder", _BOTH, lambda ground: _write(ground.data_folder)),
    Attempt("write into the temporary folder", _BOTH, lambda ground: _write(ground.temporary_folder)),
    Attempt("write into the working folder", _BOTH, lambda ground: _write(ground.working_folder)),
    Attempt("write into shared memory", _BOTH, lambda ground: _write("/dev/shm")),
    Attempt("make a folder", _BOTH, _make_folder),
    Attempt("rename a file", _BOTH, _rename),
    Attempt("change a file's rights", _SECCOMP, lambda ground: Path(ground.program).chmod(0o777)),
    Attempt("change a file's times", _SECCOMP, lambda ground: os.utime(ground.program)),
    Attempt("make a file in memory", _SECCOMP, _named("memfd_create", _EMPTY, 0)),
    Attempt("open an IPv4 socket", _SECCOMP, lambda ground: socket.socket(socket.AF_INET).close()),
    Attempt("open an IPv6 socket", _SECCOMP, lambda ground: socket.socket(socket.AF_INET6).close()),
    Attempt("open a Unix socket", _SECCOMP, lambda ground: socket.socket(socket.AF_UNIX).close()),
    Attempt("open a netlink socket", _SECCOMP, lambda ground: socket.socket(socket.AF_NETLINK).close()),
    Attempt("connect over TCP", ("landlock:4", "seccomp"), _connect),
    Attempt("connect its own socket elsewhere", _SECCOMP, _reconnect),
    Attempt("execute a program", _BOTH, lambda ground: os.execv(ground.program, ["program"])),
    Attempt("fork", _SECCOMP, _fork),
    Attempt("spawn a program", _BOTH, _spawn),
    Attempt("signal the server", ("landlock:6", "seccomp"), lambda ground: os.kill(ground.server_pid, 0)),
    Attempt("signal every process", _SECCOMP, lambda ground: os.kill(-1, 0)),
    Attempt("hold on to the server", _SECCOMP, lambda ground: os.close(os.pidfd_open(ground.server_pid))),
    Attempt("trace the server", _BOTH, _trace),
    Attempt("read the server's memory", _BOTH, _read_memory),
    Attempt("outlive the server", _SECCOMP, _outlive),
    Attempt("raise its own limits", _SECCOMP, _raise_limit),
    Attempt("be nicer to itself", _SECCOMP, lambda ground: os.setpriority(os.PRIO_PROCESS, 0, -20)),
    Attempt("take more memory than it may", ("rlimits",), _take_memory),
    Attempt("open more files than it may", ("rlimits",), _open_many),
    Attempt("find secrets in its environment", ("rlimits",), _find_secrets),
    Attempt("use io_uring", _SECCOMP, _named("io_uring_setup", 1, _EMPTY)),
    Attempt("load a program into the kernel", _SECCOMP, _named("bpf", 0, _EMPTY, 32)),
    Attempt("handle page faults", _SECCOMP, _named("userfaultfd", 0)),
    Attempt("count events of the kernel", _SECCOMP, _named("perf_event_open", _EMPTY, 0, -1, -1, 0)),
    Attempt("use the kernel's keys", _SECCOMP, _named("keyctl", 0, -3, 0)),
    Attempt("have namespaces of its own", _SECCOMP, _named("unshare", 0x10000000)),
    Attempt("mount", _SECCOMP, _named("mount", None, _EMPTY, None, 0, None)),
)
"""In the order in which they are made and told."""
