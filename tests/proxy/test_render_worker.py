from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest

from proxy.render_worker import Job, perform, send
from proxy.wire import (
    BEGUN,
    MAX_HEAD_BYTES,
    Answer,
    Failure,
    WorkerLimits,
    decode_answer,
    encode_request,
    prefix,
    read_frame,
)
from tests.proxy.render_jobs import COMMAND, ROOT, picture
from transforms.errors import BrokenImage
from transforms.frame import ImageInfo

INFO = ImageInfo("gif", 40, 30, pages=2, animated=True, delays=(100, 40))


def done(job: Job, argument: object = None, data: bytes = b"") -> Answer:
    """What the server is told of a job."""
    return decode_answer(*perform({"job": job}, encode_request("job", argument), data))


def raising(error: BaseException) -> Job:
    def job(argument: Any, data: bytes) -> Answer:
        raise error

    return job


def test_a_job_is_given_its_argument_and_the_bytes() -> None:
    actual = done(lambda argument, data: picture(repr((argument, data)).encode()), {"w": 3}, b"bytes")

    assert picture(b"({'w': 3}, b'bytes')") == actual


def test_a_refusal_is_an_answer() -> None:
    assert isinstance(done(raising(BrokenImage("no end of image"))), BrokenImage)


@pytest.mark.parametrize("error", [ValueError("what"), MemoryError(), RecursionError("deep")])
def test_any_other_exception_is_a_failure_with_its_trace(error: Exception) -> None:
    actual = done(raising(error))

    assert isinstance(actual, Failure)
    assert actual.traceback.strip().splitlines()[-1].startswith(type(error).__name__)


def test_a_trace_keeps_its_end() -> None:
    actual = done(raising(ValueError("x" * 10_000 + " the end")))

    assert isinstance(actual, Failure)
    assert 8000 == len(actual.traceback)
    assert actual.traceback.endswith("the end\n")


def test_a_job_that_is_not_in_the_table() -> None:
    actual = decode_answer(*perform({}, encode_request("paint", None), b""))

    assert isinstance(actual, Failure)
    assert "KeyError: 'paint'" in actual.traceback


@pytest.mark.parametrize(
    "answer",
    [
        replace(INFO, width="40"),  # type: ignore[arg-type]
        replace(INFO, alpha=1),  # type: ignore[arg-type]
        replace(INFO, delays=(-1,)),
        replace(INFO, delays=(2**31 - 1,) * (MAX_HEAD_BYTES // 10)),
        replace(picture(b"x"), format="a picture"),
        picture(b""),
        "not an answer at all",
        BrokenImage("here", position=-1),
    ],
)
def test_an_answer_the_server_would_not_believe_is_a_fault_of_ours(answer: Any) -> None:
    assert isinstance(done(lambda argument, data: answer), Failure)


@pytest.mark.parametrize("size", [0, 1, 1 << 20])
def test_answers_are_sent_as_frames(size: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb") as stream:
        sender = threading.Thread(target=send, args=(theirs, b"head", b"b" * size))
        sender.start()
        frame = read_frame(stream)
        sender.join()

    assert (b"head", b"b" * size) == frame


def run_worker(request: bytes) -> tuple[subprocess.CompletedProcess[bytes], bytes]:
    """A worker run by hand: what became of it, and what it said before it went."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(request)
        ours.shutdown(socket.SHUT_WR)
        done = subprocess.run(
            [*COMMAND, str(theirs.fileno())], pass_fds=[theirs.fileno()], capture_output=True, timeout=30
        )
        ours.setblocking(False)
        try:
            return done, ours.recv(1 << 16)
        except BlockingIOError:
            return done, b""


def greeting(server_pid: int) -> bytes:
    """The first frame from a server."""
    head = encode_request("limit", WorkerLimits(server_pid, niceness=3, address_space_bytes=4 << 30))
    return prefix(head, b"") + head


def test_a_worker_ends_when_the_server_closes_the_socket() -> None:
    done, said = run_worker(greeting(os.getpid()))

    confined = json.loads(said[said.index(b"{") :])["confined"]

    assert 0 == done.returncode, done.stderr
    assert "rlimits" in confined


def test_a_worker_without_a_word_from_the_server_ends() -> None:
    done, said = run_worker(b"")

    assert (0, b"") == (done.returncode, said)


def test_a_worker_whose_server_is_gone_does_not_begin() -> None:
    done, said = run_worker(greeting(1))

    assert BEGUN == said
    assert b"the server is gone\n" == done.stderr
    assert 1 == done.returncode


def test_memory_settings_are_taken() -> None:
    # Left alone, glibc raises its threshold when a large block is freed, and takes the next ones from the
    # heap, which it then cannot give back. With a threshold of ours every such block stays a mapping of its
    # own.
    code = f"""
import ctypes, sys
sys.path.append({ROOT!r})
from proxy.render_worker import keep_memory_low
if sys.argv[1] == "ours":
    keep_memory_low()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]
libc.mallinfo2.restype = Mallinfo2
libc.free(libc.malloc(20_000_000))
before = libc.mallinfo2().hblks
blocks = [libc.malloc(5_000_000) for _ in range(50)]
print(libc.mallinfo2().hblks - before >= 50)
"""
    mapped = {
        whose: subprocess.run(
            [sys.executable, "-c", code, whose], capture_output=True, text=True, check=True
        ).stdout
        for whose in ("ours", "theirs")
    }

    assert {"ours": "True\n", "theirs": "False\n"} == mapped


@pytest.mark.parametrize(("idle", "kept"), [(True, False), (False, True)])
def test_an_idle_worker_gives_back_what_it_has_freed(idle: bool, kept: bool) -> None:
    # Blocks freed below one that is still in use cannot be cut off the heap, and stay resident.
    code = f"""
import ctypes, io, sys
sys.path.append({ROOT!r})
from proxy.render_worker import keep_memory_low, next_frame
keep_memory_low()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
blocks = [libc.malloc(1_000_000) for _ in range(50)]
for block in blocks:
    ctypes.memset(block, 1, 1_000_000)
last = libc.malloc(100_000)
for block in blocks:
    libc.free(block)
class Waiting:
    def poll(self, milliseconds):
        return [] if {idle} else [(0, 1)]
assert next_frame(io.BytesIO(b""), Waiting()) is None
resident = int(open("/proc/self/statm").read().split()[1]) * 4096
print(resident > 60_000_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f"{kept}\n" == done.stdout
