"""A bar for work that takes a while, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

Item = TypeVar("Item")


def track(items: Sequence[Item], description: str) -> Iterator[Item]:
    """Each of `items`, with a bar on standard error that says how many are done."""
    if len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as bar

    yield from bar(items, description, console=Console(stderr=True), transient=True)


class Bar:
    """Counts what is done, of `total` if that is known; says nothing where there is no terminal."""

    def __init__(self, progress: Progress | None = None, description: str = "") -> None:
        self._progress = progress
        self._task = progress.add_task(description, total=None) if progress is not None else None

    def of(self, total: int | None) -> None:
        """Say how many there are in all."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total)

    def advance(self, count: int) -> None:
        """So many more are done."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, count)

    def say(self, line: str) -> None:
        """Print a line; above the bar, where there is one."""
        if self._progress is not None and sys.stdout.isatty():
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line)


@contextmanager
def counted(description: str) -> Iterator[Bar]:
    """A bar on standard error, on a terminal only, for work whose items come one by one."""
    if not sys.stderr.isatty():
        yield Bar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress, description)
