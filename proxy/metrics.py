"""What is counted, for Prometheus: one truth over all HTTP processes.

Each process writes its numbers into files of one folder, which the supervisor empties at the start; whichever
process is asked adds them all up. That folder must be known before `prometheus_client` is imported, so it is
imported with the first event, and `prepare` comes before that.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
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

# Told as 0 from the start: an alert cannot watch the growth of what is not there before its first event.
_SCOPES = ("process", "instances", "decode")
_LIMITED_SCOPES = ("asset", "client")
_RESTART_REASONS = ("timeout", "died", "worn", "grown", "renewed", "start")
_SECOND_FORMATS = ("jpg", "webp", "avif")
_CLOSED_REASONS = ("idle", "full", "slow")
_POISON_EVENTS = ("death", "poisoned", "refused")


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


def configure(*, enabled: bool, buckets: Sequence[float]) -> None:
    """Whether anything is counted, and the upper bounds of histograms in seconds. Before the first event."""
    _state.enabled = enabled
    _state.buckets = tuple(buckets)
    if enabled and _FOLDER in os.environ:
        _reserve(Path(os.environ[_FOLDER]))
    _set("calotype_build_info", 1, version("calotype"))
    set_render_queue(depth=0, busy=0)
    set_connections(0)
    for scope in _SCOPES:
        _count("calotype_coalesced", scope, amount=0)
    for scope in _LIMITED_SCOPES:
        _count("calotype_limited", scope, amount=0)
    for reason in _RESTART_REASONS:
        _count("calotype_render_worker_restarts", reason, amount=0)
    for format in _SECOND_FORMATS:
        _count("calotype_second_encodes", format, "made", amount=0)
    for outcome in ("made", "used"):
        _count("calotype_mezzanines", outcome, amount=0)
    for reason in _CLOSED_REASONS:
        _count("calotype_connections_closed", reason, amount=0)
    for event in _POISON_EVENTS:
        _count("calotype_poison", event, amount=0)


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


def count_request(route: str, status: int, seconds: float) -> None:
    _count("calotype_requests", route, str(status))
    _observe("calotype_request_seconds", seconds, route)


def count_short_way(status: int, number: int) -> None:
    """Answers that were given before the parser."""
    _count("calotype_short_way", str(status), amount=number)


def request_bounds() -> tuple[float, ...]:
    """The bounds that the times of requests are told by, in seconds, the least first."""
    return tuple(sorted(_state.buckets))


def count_alike_requests(route: str, status: int, bound: int, number: int, seconds: float) -> None:
    """So many requests at once, each of which took no longer than the bound of this number, but longer than
    the one before; `seconds` in all."""
    if _state.enabled:
        _count("calotype_requests", route, str(status), amount=number)
        times = _child("calotype_request_seconds", (route,))
        times._sum.inc(seconds)
        times._buckets[bound].inc(number)


def count_cache(tier: str, result: str, number: int = 1) -> None:
    """`result` is hit, miss, error, stored or skipped; `tier` memory, redis or derived."""
    _count("calotype_cache", tier, result, amount=number)


def count_render(format: str, outcome: str, seconds: float) -> None:
    """`outcome` is ok, or the code of the error."""
    _count("calotype_renders", format, outcome)
    _observe("calotype_render_seconds", seconds, format)


def count_second_encode(format: str, outcome: str) -> None:
    """`outcome` is made, known (another made it), elsewhere (another is at it), no_gain, gone, or the code of
    the error."""
    _count("calotype_second_encodes", format, outcome)


def count_mezzanine(outcome: str) -> None:
    """`outcome` is made, known (another made it), elsewhere (another is at it), unlike (not good enough),
    used (a variant was made of it), lost, or the code of an error."""
    _count("calotype_mezzanines", outcome)


def count_look(kind: str, outcome: str) -> None:
    """`kind` is what was looked for; `outcome` looked, recalled from Redis, or the code of the error."""
    _count("calotype_looks", kind, outcome)


def count_origin_read(mount: str, outcome: str) -> None:
    """`outcome` is ok, not_found, too_large, timeout, unavailable, resting, changed or wrong_bytes."""
    _count("calotype_origin_reads", mount, outcome)


def count_origin_stat(mount: str, outcome: str) -> None:
    """`outcome` is ok, not_found, timeout, unavailable or resting."""
    _count("calotype_origin_stats", mount, outcome)


def set_origin_breaker(mount: str, is_open: bool) -> None:
    _set("calotype_origin_breaker_open", int(is_open), mount)


def count_fetch(outcome: str) -> None:
    """`outcome` is ok, not_modified, not_found, too_large, forbidden, timeout or unavailable."""
    _count("calotype_fetches", outcome)


def count_metadata_failure(operation: str) -> None:
    """`operation` is what was asked of the database: recall, facts, record, confirm or forget."""
    _count("calotype_metadata_failures", operation)


def count_coalesced(scope: str) -> None:
    """`scope` is what was shared: process, a future; instances, a lease; decode, an original's pixels."""
    _count("calotype_coalesced", scope)


def count_limited(scope: str) -> None:
    """`scope` is whose budget of new variants was spent: asset or client."""
    _count("calotype_limited", scope)


def count_worker_restart(reason: str) -> None:
    """`reason` is timeout, died, worn (jobs done), grown (memory), renewed (other settings) or start (it did
    not come up)."""
    _count("calotype_render_worker_restarts", reason)


def count_poison(event: str) -> None:
    """`event` is a death of a worker at an original, one more original poisoned, or a job refused for it."""
    _count("calotype_poison", event)


def count_upload(result: str, size: int, seconds: float) -> None:
    """`result` is stored, existing, overwritten, or the code of the error."""
    _count("calotype_uploads", result)
    if result in ("stored", "overwritten"):
        _count("calotype_upload_bytes", amount=size)
    _observe("calotype_upload_seconds", seconds)


def count_purge(backend: str, result: str) -> None:
    """`result` of a call to a CDN is acknowledged or failed."""
    _count("calotype_purges", backend, result)


def set_oldest_purge(seconds: float) -> None:
    """The age of the oldest takedown that is not felt everywhere yet; 0 where there is none."""
    _set("calotype_purge_oldest_seconds", seconds)


def count_job(kind: str, result: str) -> None:
    """`result` is done, failed (it comes again), refused (it does not) or lost (somebody else has it)."""
    _count("calotype_jobs", kind, result)


def set_jobs(oldest_seconds: float, dead: int) -> None:
    """The age of the oldest job that is due, and the number of dead letters."""
    _set("calotype_jobs_oldest_seconds", oldest_seconds)
    _set("calotype_jobs_dead", dead)


def count_connection_closed(reason: str) -> None:
    """`reason` is idle (room was needed), full (there was none) or slow."""
    _count("calotype_connections_closed", reason)


def set_connections(count: int) -> None:
    _set("calotype_connections", count)


def set_sandbox(layer: str, holds: bool) -> None:
    """`layer` is rlimits, landlock or seccomp."""
    _set("calotype_render_sandbox", int(holds), layer)


def set_render_queue(*, depth: int, busy: int) -> None:
    _set("calotype_render_queue_depth", depth)
    _set("calotype_render_busy", busy)


def set_render_lane(lane: str, depth: int) -> None:
    """`lane` is one of `proxy.render_lanes`."""
    _set("calotype_render_lane_depth", depth, lane)


def compare_render_cost(foreseen_seconds: float, seconds: float) -> None:
    """The CPU that a render was foreseen to use, and what it used."""
    _observe("calotype_render_cost_error", seconds / foreseen_seconds)


def set_redis_up(up: bool) -> None:
    _set("calotype_redis_up", int(up))


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


def _count(name: str, *labels: str, amount: int = 1) -> None:
    if _state.enabled:
        _child(name, labels).inc(amount)


def _observe(name: str, seconds: float, *labels: str) -> None:
    if _state.enabled:
        _child(name, labels).observe(seconds)


def _set(name: str, value: float, *labels: str) -> None:
    if _state.enabled:
        _child(name, labels).set(value)


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
