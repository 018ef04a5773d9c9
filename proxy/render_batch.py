"""Renders that wait at one moment for one original: done by one worker in turn, from one decode.

Each keeps its own deadline and its own answer, which is byte for byte what it would be alone. Those not begun
still wait: they may be given up, run out of time or, if this worker is lost, be given to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from proxy.render_queue import Job
from proxy.render_traits import memory_of
from proxy.wire import Sourced, encode_request
from transforms.sharing import Plans, cheapest_first, shares

MOST_TOGETHER = 32
"""Renders of one batch."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Jobs for one worker, in their order; most often one."""

    jobs: tuple[Job, ...]
    memory_bytes: int

    @property
    def long(self) -> bool:
        """Whether it belongs into the lane of long jobs. One that is long only by the decode is not, where
        a short one decodes."""
        return all(job.long for job in self.jobs)

    def request(self, place: int) -> tuple[bytes, bytes]:
        """What the worker is sent for one of the jobs: head and body. The bytes go with the first alone."""
        first = self.jobs[0]
        if len(self.jobs) == 1:
            return first.head, first.data
        if place:
            return encode_request("next", place), b""
        plans = Plans(tuple(job.plan for job in self.jobs if job.plan is not None))
        argument = Sourced(plans, first.layers) if first.layers else plans
        return encode_request("series", argument), first.data


def single(job: Job) -> Batch:
    """A job by itself."""
    return Batch((job,), job.memory_bytes)


def batch_of(head: Job, waiting: Iterable[Job], *, fits: Callable[[int], bool]) -> Batch:
    """What to do with `head`, whose turn it is: it and those of the `waiting` that share its decode, if there
    is memory for what they hold together."""
    if head.plan is None or head.alone:
        return single(head)
    alike = [head, *(job for job in waiting if job is not head and _joins(job, head))][:MOST_TOGETHER]
    if len(alike) == 1:
        return single(head)
    plans = [job.plan for job in alike if job.plan is not None]
    jobs = tuple(alike[at] for at in cheapest_first(plans, [_unshared(job) for job in alike]))
    memory_bytes = memory_of(Plans(tuple(plans)), head.data)
    return Batch(jobs, memory_bytes) if fits(memory_bytes) else single(head)


def spared(left: Sequence[Job]) -> Sequence[Job]:
    """Of what a batch has left, in its order, the part that an idle worker had better do, with a decode of
    its own: half of the work, where that is more than the decode. Else nothing."""
    if not left or (work := sum(map(_unshared, left))) < 2 * left[0].decoding_seconds:
        return ()
    parted, done = len(left), 0.0
    while parted and done < work / 2:
        parted -= 1
        done += _unshared(left[parted])
    return left[parted:]


def _joins(job: Job, head: Job) -> bool:
    if job.alone or (job.suspects, job.layers) != (head.suspects, head.layers):
        return False
    if job.plan is None or head.plan is None or not shares(job.plan, head.plan):
        return False
    # Beside short ones only what is short once the original is decoded.
    return head.long or not job.long_decoded


def _unshared(job: Job) -> float:
    return job.seconds - job.decoding_seconds
