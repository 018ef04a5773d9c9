"""What render workers may take and read: the terms of a pool, which may change while it works."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxy.render_lanes import LONG_SECONDS
from transforms.cost import cost
from transforms.limits import Limits
from transforms.plan import RenderPlan


@dataclass(frozen=True, slots=True)
class RenderTerms:
    """What holds for every worker hired, and every job begun, from now on."""

    deadline_seconds: float
    """Of a job, from when a worker begins it."""
    recycle_after: int = 500
    """Jobs that one worker may do."""
    max_memory_bytes: int = 512 << 20
    """Of a worker that is idle; one that holds more is replaced."""
    address_space_bytes: int = 4 << 30
    """Of a worker, whatever it does."""
    svg_deadline_seconds: float = 3.0
    """Of a job on a drawing."""
    svg_address_space_bytes: int = 1 << 30
    """Of a worker while it is at a drawing."""
    blocked: frozenset[str] = frozenset()
    """Formats that are not read."""
    long_seconds: float = LONG_SECONDS
    """A render that will take longer, as foreseen, goes into the lane of long ones; 0: there is none."""
    limits: Limits = field(default_factory=Limits)
    """What an original is held to when it is first read."""

    def deadline(self, asked_seconds: float | None, *, drawing: bool) -> float:
        """Of one job that was given `asked_seconds`, or nothing in particular."""
        seconds = self.deadline_seconds if asked_seconds is None else asked_seconds
        return min(seconds, self.svg_deadline_seconds) if drawing else seconds

    def memory(self, *, drawing: bool) -> int | None:
        """Of one job, in bytes of address space; None is all that the worker may have."""
        return self.svg_address_space_bytes if drawing else None

    def is_long(self, seconds: float) -> bool:
        """Whether a render that is foreseen to take so long is a long one."""
        return 0 < self.long_seconds < seconds

    def takes_long(self, plan: RenderPlan) -> bool:
        """Whether the render of a plan is a long one."""
        return self.is_long(cost(plan).seconds)
