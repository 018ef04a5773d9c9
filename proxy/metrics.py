"""What is counted, for Prometheus: a function an event. `proxy/counters.py` keeps the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from proxy.counters import count, keep, observe, observe_alike, set_to

# Told as 0 from the start: an alert cannot watch the growth of what is not there before its first event.
_SCOPES = ("process", "instances", "decode")
_LIMITED_SCOPES = ("asset", "client")
_RESTART_REASONS = ("timeout", "died", "worn", "grown", "renewed", "start")
_SECOND_FORMATS = ("jpg", "webp", "avif")
_CLOSED_REASONS = ("idle", "full", "slow")
_POISON_EVENTS = ("death", "poisoned", "refused")


def configure(*, enabled: bool, buckets: Sequence[float]) -> None:
    """Whether anything is counted, and the upper bounds of histograms in seconds. Before the first event."""
    keep(enabled=enabled, buckets=buckets)
    set_to("calotype_build_info", 1, version("calotype"))
    set_render_queue(depth=0, busy=0)
    set_connections(0)
    for scope in _SCOPES:
        count("calotype_coalesced", scope, amount=0)
    for scope in _LIMITED_SCOPES:
        count("calotype_limited", scope, amount=0)
    for reason in _RESTART_REASONS:
        count("calotype_render_worker_restarts", reason, amount=0)
    for format in _SECOND_FORMATS:
        count("calotype_second_encodes", format, "made", amount=0)
    for outcome in ("made", "used"):
        count("calotype_mezzanines", outcome, amount=0)
    for reason in _CLOSED_REASONS:
        count("calotype_connections_closed", reason, amount=0)
    for event in _POISON_EVENTS:
        count("calotype_poison", event, amount=0)


def count_request(route: str, status: int, seconds: float) -> None:
    count("calotype_requests", route, str(status))
    observe("calotype_request_seconds", seconds, route)


def count_short_way(status: int, number: int) -> None:
    """Answers that were given before the parser."""
    count("calotype_short_way", str(status), amount=number)


def count_alike_requests(route: str, status: int, bound: int, number: int, seconds: float) -> None:
    """So many requests at once, each of which took no longer than the bound of this number, but longer than
    the one before; `seconds` in all."""
    count("calotype_requests", route, str(status), amount=number)
    observe_alike("calotype_request_seconds", bound, number, seconds, route)


def count_cache(tier: str, result: str, number: int = 1) -> None:
    """`result` is hit, miss, error, stored or skipped; `tier` memory, redis or derived."""
    count("calotype_cache", tier, result, amount=number)


def count_render(format: str, outcome: str, seconds: float) -> None:
    """`outcome` is ok, or the code of the error."""
    count("calotype_renders", format, outcome)
    observe("calotype_render_seconds", seconds, format)


def count_second_encode(format: str, outcome: str) -> None:
    """`outcome` is made, known (another made it), elsewhere (another is at it), no_gain, gone, or the code of
    the error."""
    count("calotype_second_encodes", format, outcome)


def count_mezzanine(outcome: str) -> None:
    """`outcome` is made, known (another made it), elsewhere (another is at it), unlike (not good enough),
    used (a variant was made of it), lost, or the code of an error."""
    count("calotype_mezzanines", outcome)


def count_look(kind: str, outcome: str) -> None:
    """`kind` is what was looked for; `outcome` looked, recalled from Redis, or the code of the error."""
    count("calotype_looks", kind, outcome)


def count_origin_read(mount: str, outcome: str) -> None:
    """`outcome` is ok, not_found, too_large, timeout, unavailable, resting, changed or wrong_bytes."""
    count("calotype_origin_reads", mount, outcome)


def count_origin_stat(mount: str, outcome: str) -> None:
    """`outcome` is ok, not_found, timeout, unavailable or resting."""
    count("calotype_origin_stats", mount, outcome)


def set_origin_breaker(mount: str, is_open: bool) -> None:
    set_to("calotype_origin_breaker_open", int(is_open), mount)


def count_fetch(outcome: str) -> None:
    """`outcome` is ok, not_modified, not_found, too_large, forbidden, timeout or unavailable."""
    count("calotype_fetches", outcome)


def count_metadata_failure(operation: str) -> None:
    """`operation` is what was asked of the database: recall, facts, record, confirm or forget."""
    count("calotype_metadata_failures", operation)


def count_coalesced(scope: str) -> None:
    """`scope` is what was shared: process, a future; instances, a lease; decode, an original's pixels."""
    count("calotype_coalesced", scope)


def count_limited(scope: str) -> None:
    """`scope` is whose budget of new variants was spent: asset or client."""
    count("calotype_limited", scope)


def count_worker_restart(reason: str) -> None:
    """`reason` is timeout, died, worn (jobs done), grown (memory), renewed (other settings) or start (it did
    not come up)."""
    count("calotype_render_worker_restarts", reason)


def count_poison(event: str) -> None:
    """`event` is a death of a worker at an original, one more original poisoned, or a job refused for it."""
    count("calotype_poison", event)


def count_upload(result: str, size: int, seconds: float) -> None:
    """`result` is stored, existing, overwritten, or the code of the error."""
    count("calotype_uploads", result)
    if result in ("stored", "overwritten"):
        count("calotype_upload_bytes", amount=size)
    observe("calotype_upload_seconds", seconds)


def count_purge(backend: str, result: str) -> None:
    """`result` of a call to a CDN is acknowledged or failed."""
    count("calotype_purges", backend, result)


def set_oldest_purge(seconds: float) -> None:
    """The age of the oldest takedown that is not felt everywhere yet; 0 where there is none."""
    set_to("calotype_purge_oldest_seconds", seconds)


def count_job(kind: str, result: str) -> None:
    """`result` is done, failed (it comes again), refused (it does not) or lost (somebody else has it)."""
    count("calotype_jobs", kind, result)


def set_jobs(oldest_seconds: float, dead: int) -> None:
    """The age of the oldest job that is due, and the number of dead letters."""
    set_to("calotype_jobs_oldest_seconds", oldest_seconds)
    set_to("calotype_jobs_dead", dead)


def count_connection_closed(reason: str) -> None:
    """`reason` is idle (room was needed), full (there was none) or slow."""
    count("calotype_connections_closed", reason)


def set_connections(number: int) -> None:
    set_to("calotype_connections", number)


def set_sandbox(layer: str, holds: bool) -> None:
    """`layer` is rlimits, landlock or seccomp."""
    set_to("calotype_render_sandbox", int(holds), layer)


def set_render_queue(*, depth: int, busy: int) -> None:
    set_to("calotype_render_queue_depth", depth)
    set_to("calotype_render_busy", busy)


def set_render_lane(lane: str, depth: int) -> None:
    """`lane` is one of `proxy.render_lanes`."""
    set_to("calotype_render_lane_depth", depth, lane)


def compare_render_cost(foreseen_seconds: float, seconds: float) -> None:
    """The CPU that a render was foreseen to use, and what it used."""
    observe("calotype_render_cost_error", seconds / foreseen_seconds)


def set_redis_up(up: bool) -> None:
    set_to("calotype_redis_up", int(up))
