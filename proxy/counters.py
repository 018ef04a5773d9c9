"""Where numbers are kept: one truth over all HTTP processes.

Each process writes its numbers into files of one folder, which the supervisor empties at the start; whichever
process is asked adds them all up. That folder must be known before `prometheus_client` is imported, so it is
imported with the first event, and `prepare` comes before that. What is counted is in `proxy/metrics.py`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from proxy.metrics_table import METRICS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

logger = logging.getLogger(__name__)

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_MOST_CHILDREN = 5000
"""Label combinations of all metrics; beyond them everything is `other`, so that no bug fills the memory."""
_RESERVED_BYTES = 256 * 1024
"""Of each file; 1,500 label combinations."""


@dataclass
class _State:
    enabled: bool = True
    buckets: tuple[float, ...] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
    children: dict[tuple[str, ...], Any] = field(default_factory=dict)


_state = _State()


def prepare(folder: Path) -> None:
    """Empty `folder` and have every process started from now on count there. For the supervisor, once."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    os.environ[_FOLDER] = str(folder.resolve())


def keep(*, enabled: bool, buckets: Sequence[float]) -> None:
    """Whether anything is kept, and the upper bounds of histograms in seconds. Before the first event."""
    _state.enabled = enabled
    _state.buckets = tuple(buckets)
    if enabled and _FOLDER in os.environ:
        _reserve(Path(os.environ[_FOLDER]))


def request_bounds() -> tuple[float, ...]:
    """The bounds that the times of requests are told by, in seconds, the least first."""
    return tuple(sorted(_state.buckets))


def _reserve(folder: Path) -> None:
    """Have room on the disk before the files are mapped into memory: a process that writes to a mapped page
    for which a full disk has no room is killed. Where there is none, this process counts for itself.
    """
    gauges = {f"gauge_{metric.merged}" for metric in METRICS.values() if metric.kind == "gauge"}
    paths = [folder / f"{kind}_{os.getpid()}.db" for kind in ("counter", "histogram", *sorted(gauges))]
    try:
        for path in paths:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, _RESERVED_BYTES)
    except OSError as error:
        logger.warning("what this process counts is in no sum: %s: %s", folder, error.strerror)
        for path in paths:
            path.unlink(missing_ok=True)
        del os.environ[_FOLDER]


def process_gone(pid: int) -> None:
    """Forget the gauges of a process that ended; what it counted stays counted."""
    if _FOLDER in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def exposition() -> bytes:
    """Everything counted by all processes, as Prometheus reads it. Reads files: not for the event loop."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    if _FOLDER not in os.environ:
        return generate_latest(_registry())
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def count(name: str, *labels: str, amount: int = 1) -> None:
    if _state.enabled:
        _child(name, labels).inc(amount)


def observe(name: str, seconds: float, *labels: str) -> None:
    if _state.enabled:
        _child(name, labels).observe(seconds)


def set_to(name: str, value: float, *labels: str) -> None:
    if _state.enabled:
        _child(name, labels).set(value)


def observe_alike(name: str, bound: int, number: int, seconds: float, *labels: str) -> None:
    """So many values at once, each above the bound before that of this number and not above it; `seconds` in
    all."""
    if _state.enabled:
        child = _child(name, labels)
        child._sum.inc(seconds)
        child._buckets[bound].inc(number)


def _child(name: str, labels: tuple[str, ...]) -> Any:
    """The metric with its labels. Kept: looking one up in the library costs more than counting."""
    child = _state.children.get((name, *labels))
    return _new_child(name, labels) if child is None else child


def _new_child(name: str, labels: tuple[str, ...]) -> Any:
    if len(_state.children) >= _MOST_CHILDREN:
        labels = ("other",) * len(labels)
    metric = _made(name)
    return _state.children.setdefault((name, *labels), metric.labels(*labels) if labels else metric)


@cache
def _registry() -> Any:
    from prometheus_client import CollectorRegistry

    return CollectorRegistry()


@cache
def _made(name: str) -> Any:
    import prometheus_client as library

    metric = METRICS[name]
    make: dict[str, Callable[[], Any]] = {
        "counter": lambda: library.Counter(name, metric.help, metric.labels, registry=_registry()),
        "histogram": lambda: library.Histogram(
            name, metric.help, metric.labels, registry=_registry(), buckets=metric.buckets or _state.buckets
        ),
        "gauge": lambda: library.Gauge(
            name,
            metric.help,
            metric.labels,
            registry=_registry(),
            multiprocess_mode=metric.merged,  # type: ignore[arg-type]
        ),
    }
    return make[metric.kind]()
