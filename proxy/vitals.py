"""The gauges of one process, brought up to date once a second.

Whichever process is asked for metrics reads what all of them wrote, so each must write in time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from origin.breaker import Breaker
from proxy import metrics
from proxy.link import RedisLink, RedisUnavailable
from proxy.renderer import RenderPool
from proxy.sandbox import LAYERS, lacking

_INTERVAL_SECONDS = 1.0


async def watch(pool: RenderPool, link: RedisLink | None, mounts: Mapping[str, Breaker]) -> None:
    """Write how many jobs wait and in which lanes, busy workers, worker restarts, shared decodes, what the
    sandbox has, which mounts are not asked and whether Redis answers, until cancelled."""
    seen: Counter[str] = Counter()
    while True:
        metrics.set_render_queue(depth=pool.depth, busy=pool.busy)
        for reason, count in pool.restarts.items():
            for _ in range(count - seen[reason]):
                metrics.count_worker_restart(reason)
            seen[reason] = count
        for lane, depth in pool.depths.items():
            metrics.set_render_lane(lane, depth)
        for _ in range(pool.shared - seen["decode"]):
            metrics.count_coalesced("decode")
        seen["decode"] = pool.shared
        missing = lacking(pool.confined)
        for layer in LAYERS if pool.alive else ():
            metrics.set_sandbox(layer, layer not in missing)
        for name, breaker in mounts.items():
            metrics.set_origin_breaker(name, breaker.state != "closed")
        if link is not None:
            metrics.set_redis_up(await answers(link))
        await asyncio.sleep(_INTERVAL_SECONDS)


async def answers(link: RedisLink) -> bool:
    """Whether Redis answers within its budget."""
    try:
        await link.call(lambda: link.client.ping())
    except RedisUnavailable:
        return False
    return True
