"""The render worker: a process that takes one job at a time from its socket until it is closed or killed.

It is the only place where strangers' bytes meet a decoder. What it may do is settled in two steps: `limit`
before anything heavy is loaded, `confine` when all is loaded and before the first stranger's byte.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from proxy.wire import (
    Answer,
    Failure,
    Looked,
    Ready,
    Sourced,
    WorkerLimits,
    checked_lengths,
    decode_answer,
    decode_request,
    encode_answer,
    prefix,
    read_frame,
)
from transforms.errors import TransformError

Job = Callable[[Any, bytes], Answer]
"""What a worker can do: the request's argument and its bytes to an answer."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_MAX_DESCRIPTORS = 64
_MAX_TRACEBACK = 8000


def load_jobs() -> Mapping[str, Job]:
    """The jobs of a real worker. Imported here, not above: libvips must find the limits already set."""
    from transforms.probe import probe
    from transforms.render import look, prepare, render

    prepare()
    return {
        "probe": lambda _, data: probe(data),
        "look": lambda argument, data: Looked(with_sources(look, argument, data)),
        "render": lambda argument, data: with_sources(render, argument, data),
    }


def with_sources(job: Callable[..., Any], argument: Any, data: bytes) -> Any:
    """Do a job whose argument may say that its bytes are several originals."""
    if not isinstance(argument, Sourced):
        return job(argument, data)
    own, layers = argument.apart(data)
    return job(argument.argument, own, layers)


def main(load: Callable[[], Mapping[str, Job]] = load_jobs) -> None:
    """Run as a worker on the socket whose descriptor is the last word of the command line."""
    channel = socket.socket(fileno=int(sys.argv[-1]))
    with channel, channel.makefile("rb") as stream:
        frame = read_frame(stream)
        if frame is None:
            return
        _, limits = decode_request(frame[0])
        limit(limits)
        jobs = load()
        confine()
        send(channel, *encode_answer(Ready()))
        while (frame := read_frame(stream)) is not None:
            answer = perform(jobs, *frame)
            # The original may be 50 MB: let go of it before the server looks at how much we hold.
            del frame
            send(channel, *answer)
            del answer


def limit(limits: WorkerLimits) -> None:
    """Die with the server, be nice, give memory back, and take no more than is due."""
    faulthandler.enable()
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != limits.server_pid:
        # It died before we asked to be told.
        sys.exit("the server is gone")
    keep_memory_low()
    os.setpriority(os.PRIO_PROCESS, 0, limits.niceness)
    _set_limit(resource.RLIMIT_AS, limits.address_space_bytes)
    _set_limit(resource.RLIMIT_CORE, 0)
    # Not RLIMIT_NPROC: it counts all processes of the user, and a busy machine would deny us our own threads.
    _set_limit(resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS)
    # Decoders read from memory, in order; whichever wants a temporary file is being led astray.
    _set_limit(resource.RLIMIT_FSIZE, 0)


def confine() -> None:
    """Give up, for good, what only loading needed. Filters for files and system calls belong here."""
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def keep_memory_low() -> None:
    """Have glibc return freed memory to the system; must come before the first thread.

    With its defaults a worker holds 472-583 MB after 500 renders, so 78-94 MB.
    """
    mallopt = getattr(_LIBC, "mallopt", None)
    if mallopt is None:  # another C library has other habits, and no such call
        return
    for name, value in ((_M_ARENA_MAX, 2), (_M_TRIM_THRESHOLD, 128 << 10), (_M_MMAP_THRESHOLD, 128 << 10)):
        mallopt(name, value)


def _set_limit(kind: int, value: int) -> None:
    """Lower a limit, soft and hard; one that stands lower already stays."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def perform(jobs: Mapping[str, Job], head: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Do what a request asks; head and body of the answer, whatever went wrong."""
    # No exception is kept in a variable: with its trace it would hold on to `data` until the next collection.
    try:
        name, argument = decode_request(head)
        return _tell(jobs[name](argument, data))
    except TransformError as error:
        return _tell(error)
    except Exception:
        return encode_answer(_failure())


def _tell(answer: Answer) -> tuple[bytes, bytes]:
    """An answer the server will take: a wrong type is a fault of ours, and must not pass for a death."""
    try:
        head, body = encode_answer(answer)
        checked_lengths(prefix(head, body))
        decode_answer(head, body)
    except Exception:
        return encode_answer(_failure())
    return head, body


def _failure() -> Failure:
    return Failure(traceback.format_exc()[-_MAX_TRACEBACK:])


def send(channel: socket.socket, head: bytes, body: bytes) -> None:
    channel.sendall(prefix(head, body) + head)
    if body:
        channel.sendall(body)
