"""What can go wrong between asking for a render and getting it, the picture itself aside.

    RenderError
    ├── QueueFull        too many wait, or this one waited too long; come back later
    ├── NoWorkers        not one render worker can be started at the moment
    ├── RenderTimeout    killed at its deadline
    │   └── DrawingTooSlow   at that of drawings, by the drawing's own fault
    ├── WorkerDied       the worker crashed, ran out of memory or answered nonsense
    │   └── NotBegun     it was gone before it had all of the job, which may safely be tried again
    ├── Poisoned         the original has cost workers lately; nothing was begun
    ├── RenderFailed     a fault of ours inside the worker; its traceback is in the log
    └── PoolClosed       the server is stopping

What is wrong with a picture or a recipe is a `TransformError`, raised here as it was raised in the worker.
"""

from __future__ import annotations

import random


class RenderError(Exception):
    """Any failure of the render pool."""

    code = "render_error"


class _TryAgain(RenderError):
    """Nothing was begun. `retry_after_seconds` is 1 to 5, drawn anew so that clients do not return as one."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.retry_after_seconds = random.randint(1, 5)


class QueueFull(_TryAgain):
    code = "render_queue_full"


class NoWorkers(_TryAgain):
    code = "no_render_workers"


class RenderTimeout(RenderError):
    code = "render_timeout"

    def __init__(self, deadline_seconds: float) -> None:
        super().__init__(f"The render was stopped after {deadline_seconds:g} s")
        self.deadline_seconds = deadline_seconds


class DrawingTooSlow(RenderTimeout):
    """What it asks for is too much, as pixels can be too many: a drawing is a program."""

    code = "drawing_too_slow"

    def __init__(self, deadline_seconds: float) -> None:
        super().__init__(deadline_seconds)
        self.args = (f"Drawing the original takes longer than {deadline_seconds:g} s",)


class WorkerDied(RenderError):
    """`how` is a signal's name (`SIGSEGV`), `exit 3`, or what was wrong with the worker's answer."""

    code = "render_crashed"

    def __init__(self, how: str) -> None:
        super().__init__(f"The renderer died of this picture ({how})")
        self.how = how


class NotBegun(WorkerDied):
    pass


class Poisoned(RenderError):
    code = "poisoned"


class RenderFailed(RenderError):
    code = "render_failed"


class PoolClosed(RenderError):
    code = "render_pool_closed"
