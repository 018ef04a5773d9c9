"""The render worker: a process that takes one job at a time from its socket until it is closed or killed.

It is the only place where strangers' bytes meet a decoder. What it may do is settled before anything heavy is
loaded, and so before the first thread and the first stranger's byte: see `proxy.sandbox`.
"""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Protocol

from proxy.render_traits import formats_in, refuse_formats
from proxy.sandbox import confine, lacking
from proxy.sandbox.libc import LIBC, die_with_parent
from proxy.wire import (
    BEGUN,
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
from transforms.limits import Limits
from transforms.sharing import Plans
from transforms.summary import SummaryTerms

Job = Callable[[Any, bytes], Answer]
"""What a worker can do: the request's argument and its bytes to an answer."""

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_MALLOPT = ((_M_ARENA_MAX, 2), (_M_TRIM_THRESHOLD, 64 << 20), (_M_MMAP_THRESHOLD, 4 << 20))
_IDLE_MILLISECONDS = 5000
"""After which a worker that waits gives back what it has no use for. Pages that are taken anew cost a render
of a progressive JPEG a seventh: new pictures a second apart should not pay that each time."""
_MAX_TRACEBACK = 8000


def load_jobs() -> Mapping[str, Job]:
    """The jobs of a real worker. Imported here, not above: libvips must find the limits already set."""
    from transforms.probe import probe
    from transforms.render import look, prepare, render
    from transforms.series import Series
    from transforms.summarizing import summarize

    prepare()
    jobs: Mapping[str, Job] = {
        "probe": lambda limits, data: probe(data, limits),
        "look": lambda argument, data: Looked(with_sources(look, argument, data)),
        "summarize": lambda terms, data: summarize(data, terms),
        "render": lambda argument, data: with_sources(render, argument, data),
    }
    return SeriesJobs(Series).beside(jobs)


class Renders(Protocol):
    """Several renders of one original."""

    def __len__(self) -> int: ...

    def render(self, at: int) -> Answer:
        """One of them; they are asked for in turn."""


class SeriesJobs:
    """Renders of one original, asked for one at a time: `series` begins, `next` goes on. `end`, or whatever
    else is asked for, ends it, and what was held for it is let go."""

    def __init__(self, make: Callable[[Plans, bytes, Mapping[str, bytes]], Renders]) -> None:
        self._make = make
        self._open: Renders | None = None

    def beside(self, others: Mapping[str, Job]) -> Mapping[str, Job]:
        """The jobs of a worker: `others`, and these."""
        ending = {name: self._ending(job) for name, job in others.items()}
        series = {"series": self._ending(self._begin), "next": self._next}
        return {**ending, **series, "end": self._ending(lambda *_: Ready())}

    def _ending(self, job: Job) -> Job:
        def do(argument: Any, data: bytes) -> Answer:
            self._open = None
            return job(argument, data)

        return do

    def _begin(self, argument: Any, data: bytes) -> Answer:
        self._open = with_sources(self._make, argument, data)
        return self._next(0, b"")

    def _next(self, at: int, _: bytes) -> Answer:
        if self._open is None:
            raise LookupError("there is no series")
        series = self._open
        if at + 1 == len(series):
            self._open = None
        return series.render(at)


def with_sources(job: Callable[..., Any], argument: Any, data: bytes) -> Any:
    """Do a job whose argument may say that its bytes are several originals."""
    if not isinstance(argument, Sourced):
        return job(argument, data, {})
    own, layers = argument.apart(data)
    return job(argument.argument, own, layers)


def main(load: Callable[[], Mapping[str, Job]] = load_jobs) -> None:
    """Run as a worker on the socket whose descriptor is the last word of the command line."""
    channel = socket.socket(fileno=int(sys.argv[-1]))
    with channel, channel.makefile("rb") as stream:
        frame = read_frame(stream)
        if frame is None:
            return
        channel.sendall(BEGUN)
        _, limits = decode_request(frame[0])
        limit(limits)
        held = confine(limits.readable, address_space_bytes=limits.address_space_bytes)
        if limits.strict and (missing := lacking(held)):
            sys.exit(f"the sandbox is not whole, and render.sandbox is required: no {', '.join(missing)}")
        jobs = load()
        if limits.blocked:
            jobs = without(limits.blocked, jobs)
        send(channel, *encode_answer(Ready(held)))
        waiting = select.poll()
        waiting.register(channel, select.POLLIN)
        while (frame := next_frame(stream, waiting)) is not None:
            channel.sendall(BEGUN)
            answer = perform(jobs, *frame)
            # The original may be 50 MB: let go of it before the server looks at how much we hold.
            del frame
            send(channel, *answer)
            del answer


def limit(limits: WorkerLimits) -> None:
    """Die with the server, be nice, and give memory back."""
    faulthandler.enable()
    die_with_parent(signal.SIGKILL)
    if os.getppid() != limits.server_pid:
        # It died before we asked to be told.
        sys.exit("the server is gone")
    keep_memory_low()
    os.setpriority(os.PRIO_PROCESS, 0, limits.niceness)


def without(blocked: frozenset[str], jobs: Mapping[str, Job]) -> Mapping[str, Job]:
    """`jobs`, none of which decodes a format that is `blocked`."""
    from transforms.probe import recognise

    def guarded(job: Job) -> Job:
        def do(argument: Any, data: bytes) -> Answer:
            named = argument.argument if isinstance(argument, Sourced) else argument
            probed = isinstance(named, Limits | SummaryTerms)
            refuse_formats(blocked & ({recognise(data).name} if probed else formats_in(named)))
            return job(argument, data)

        return do

    return {name: guarded(job) for name, job in jobs.items()}


def keep_memory_low() -> None:
    """Have glibc hold little of what was freed; must come before the first thread.

    With its defaults a worker holds 472-583 MB after 500 renders. Where each block from 128 KiB on is a
    mapping of its own that is undone at once, it holds least while it works, and every render pays a tenth
    more for pages that were there a moment ago; so they stay until it is idle: see `next_frame`.
    """
    mallopt = getattr(LIBC, "mallopt", None)
    if mallopt is None:  # another C library has other habits, and no such call
        return
    for name, value in _MALLOPT:
        mallopt(name, value)


def next_frame(stream: BinaryIO, waiting: select.poll) -> tuple[bytes, bytes] | None:
    """The next request; memory goes back to the system when none comes for a while."""
    if not waiting.poll(_IDLE_MILLISECONDS):
        give_memory_back()
    return read_frame(stream)


def give_memory_back() -> None:
    """Return to the system what is free in the heap (malloc_trim(3)): some milliseconds."""
    trim = getattr(LIBC, "malloc_trim", None)
    if trim is not None:
        trim(0)


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
