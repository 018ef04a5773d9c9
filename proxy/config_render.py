"""The `render` section: who makes variants, and how much they may take."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from proxy.config_better import Mezzanine, SecondEncode, TwoStage
from proxy.config_types import Bytes, Count, PositiveCount, PositiveSeconds, Seconds, Section, Told
from transforms.limits import Limits

Loader = Literal[
    "jpg", "png", "webp", "avif", "gif", "tiff", "jxl", "jp2", "bmp", "ico", "tga", "svg", "pdf", "heic"
]
"""What `FORMATS` reads."""


_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Of the control group of a container, by the second and the first version of the interface."""


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0))


def machine_memory() -> int:
    """Bytes that this process may use: all of the machine's, or those of its control group."""
    amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in _MEMORY_LIMITS:
        with contextlib.suppress(OSError, ValueError):  # no such limit, or `max`
            amounts.append(int(Path(name).read_text()))
    return min(amounts)


def _positive(limits: Limits) -> Limits:
    for name, value in dataclasses.asdict(limits).items():
        if value < 1:
            raise Told(f"Expected every limit to be at least 1, got {name}: {value}")
    return limits


class Render(Section):
    """Making variants."""

    workers: Count = 0
    """Render processes in all, shared out among the HTTP processes; 0 is one a core."""
    queue: Count = 0
    """Renders that may wait in one HTTP process; one more is answered 503. 0 is 16 for each of `workers`: a
    page of new thumbnails fits, an attack does not."""
    deadline_seconds: PositiveSeconds = 8
    """A render that takes longer is killed and answered 504."""
    memory_bytes: Bytes = 0
    """What all renders together may hold, as estimated from the originals and what is asked for; shared out
    among the HTTP processes. Large ones wait for each other. 0 is half of the machine's memory, or of the
    container's."""
    recycle_after: PositiveCount = 500
    """Renders after which a worker is replaced."""
    max_memory_bytes: Bytes = 512_000_000
    """A worker that holds more when it is idle is replaced."""
    address_space_bytes: Bytes = 4_000_000_000
    """All the address space a worker may take; a render that needs more fails."""
    long_seconds: Seconds = 0.5
    """A render that is foreseen to take longer than this goes into the lane of long ones, which leave one
    worker and half of the queue to the others. 0: there is no such lane."""
    svg_deadline_seconds: PositiveSeconds = 3
    """A render of a drawing (SVG) that takes longer is killed and answered 413, or 504 where it is what is
    done to it that takes long: few bytes can ask for hours of work, and how they begin does not tell."""
    svg_address_space_bytes: Annotated[Bytes, Field(ge=300_000_000)] = 1_000_000_000
    """All the address space a worker may have while it is at a drawing (SVG)."""
    drop_scans: bool = True
    """Make small pictures of large progressive JPEGs out of their first scans: for half the work, and hardly
    another picture."""
    block_loaders: tuple[Loader, ...] = ()
    """Formats of originals that are not read, each answered 415, such as `[svg, tiff]`, until there is a
    mended library. Taken on reload. What was made of them before is still served."""
    sandbox: Literal["auto", "required"] = "auto"
    """What stands around every render worker. `auto`: Landlock and seccomp as far as the kernel has them,
    which `/-/ready` tells. `required`: without all of it no worker begins."""
    second_encode: SecondEncode = SecondEncode()
    """What is asked for often is encoded again, with more time."""
    two_stage: TwoStage = TwoStage()
    """A slow AVIF is made behind the answers."""
    mezzanine: Mezzanine = Mezzanine()
    """Small variants of large photographs are made of a small copy."""
    fonts: tuple[Path, ...] = ()
    """Folders with fonts for text layers (.ttf, .otf, .ttc), and all below them. Those that come along,
    Liberation Sans and Serif, stand behind them; the system's are never used. Read once, at the start."""
    limits: Annotated[Limits, AfterValidator(_positive)] = Limits()
    """How large pictures may be, in pixels unless they say otherwise."""

    @property
    def worker_count(self) -> int:
        """Render processes to start."""
        return self.workers or cores()

    @property
    def memory_budget(self) -> int:
        """Bytes that all renders may hold."""
        return self.memory_bytes or machine_memory() // 2

    @property
    def queue_length(self) -> int:
        """Renders that may wait."""
        return self.queue or 16 * self.worker_count
