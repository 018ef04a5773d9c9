"""The table of metrics: name, kind, labels and help of each.

Labels have few values: routes, not paths; the names of mounts, not of originals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the table of metrics."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    labels: tuple[str, ...]
    help: str
    merged: str = "livesum"
    """Gauges only: how the processes' values make one."""
    buckets: tuple[float, ...] = ()
    """Histograms only, of what is no time: the upper bounds."""


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("calotype_requests", "counter", ("route", "status"), "Requests answered."),
        Metric("calotype_short_way", "counter", ("status",), "Requests answered before they were parsed."),
        Metric("calotype_request_seconds", "histogram", ("route",), "Time to answer a request."),
        Metric(
            "calotype_cache", "counter", ("tier", "result"), "Look-ups and writes of a tier of the cache."
        ),
        Metric("calotype_renders", "counter", ("format", "outcome"), "Renders ended."),
        Metric("calotype_render_seconds", "histogram", ("format",), "Time a render took, with its wait."),
        Metric(
            "calotype_second_encodes",
            "counter",
            ("format", "outcome"),
            "Variants made behind the answers: second encodes, and AVIFs that nobody was to wait for.",
        ),
        Metric(
            "calotype_mezzanines",
            "counter",
            ("outcome",),
            "Small copies of large originals: made, and used for variants.",
        ),
        Metric("calotype_looks", "counter", ("kind", "outcome"), "Looks at pictures that plans needed."),
        Metric("calotype_origin_reads", "counter", ("mount", "outcome"), "Originals read."),
        Metric("calotype_origin_stats", "counter", ("mount", "outcome"), "Originals looked at, unread."),
        Metric(
            "calotype_origin_breaker_open",
            "gauge",
            ("mount",),
            "1 while a process does not ask this storage, since it failed lately.",
            "livemax",
        ),
        Metric("calotype_fetches", "counter", ("outcome",), "Remote originals asked for."),
        Metric("calotype_metadata_failures", "counter", ("operation",), "Times the database did not serve."),
        Metric("calotype_coalesced", "counter", ("scope",), "Requests that shared the work of another."),
        Metric("calotype_limited", "counter", ("scope",), "New variants refused by a budget."),
        Metric("calotype_render_queue_depth", "gauge", (), "Renders waiting."),
        Metric("calotype_render_busy", "gauge", (), "Render workers at work."),
        Metric(
            "calotype_render_lane_depth",
            "gauge",
            ("lane",),
            "Jobs waiting, by lane; nobody waits for those in `series`.",
        ),
        Metric(
            "calotype_render_cost_error",
            "histogram",
            (),
            "CPU that a render used, to what was foreseen: 1 is right, 2 is twice as much.",
            buckets=(0.1, 0.25, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 4, 10),
        ),
        Metric("calotype_render_worker_restarts", "counter", ("reason",), "Render workers replaced."),
        Metric(
            "calotype_render_sandbox",
            "gauge",
            ("layer",),
            "1 when this layer of the sandbox holds around every render worker.",
            "livemin",
        ),
        Metric("calotype_connections", "gauge", (), "Connections of clients that are open."),
        Metric(
            "calotype_connections_closed",
            "counter",
            ("reason",),
            "Connections closed to make room (idle), turned away (full) or cut off (slow).",
        ),
        Metric("calotype_poison", "counter", ("event",), "Originals that render workers died of."),
        Metric("calotype_uploads", "counter", ("result",), "Uploads that came in whole."),
        Metric("calotype_upload_bytes", "counter", (), "Bytes of uploads that were stored."),
        Metric("calotype_upload_seconds", "histogram", (), "Time from an upload's last byte to its answer."),
        Metric("calotype_purges", "counter", ("backend", "result"), "Purges sent to CDNs."),
        Metric(
            "calotype_purge_oldest_seconds",
            "gauge",
            (),
            "Age of the oldest takedown that is not felt everywhere yet.",
            "livemax",
        ),
        Metric("calotype_jobs", "counter", ("kind", "result"), "Jobs ended: done, failed, refused or lost."),
        Metric(
            "calotype_jobs_oldest_seconds",
            "gauge",
            (),
            "Age of the oldest job that is due and not done, dead letters included.",
            "livemax",
        ),
        Metric("calotype_jobs_dead", "gauge", (), "Jobs that failed for the last time.", "livemax"),
        Metric("calotype_redis_up", "gauge", (), "1 when Redis answers every HTTP process.", "livemin"),
        Metric(
            "calotype_build_info", "gauge", ("version",), "Always 1; the label says what runs.", "livemax"
        ),
    )
}
"""By name, as Prometheus shows it but for the `_total` of counters."""
