"""Those who want leases: several links in this process that stand for as many processes."""

from __future__ import annotations

import asyncio
import time

from proxy.lease import Lease, Leases
from proxy.link import RedisLink


class Process:
    """What a process has: a link of its own, and leases over it."""

    def __init__(self, url: str, *, ttl_seconds: float = 5.0, budget_seconds: float = 0.05) -> None:
        self.link = RedisLink(url, budget_seconds=budget_seconds)
        self.leases = Leases(self.link, ttl_seconds=ttl_seconds)

    async def close(self) -> None:
        await self.leases.close()
        await self.link.close()


async def hold_briefly(process: Process, *, patience_seconds: float = 20) -> Lease:
    async with process.leases.hold("name", patience_seconds=patience_seconds) as lease:
        return lease


async def hold_for(process: Process, seconds: float) -> None:
    async with process.leases.hold("name", patience_seconds=60):
        await asyncio.sleep(seconds)


async def ready(processes: list[Process]) -> None:
    """Have every process listen to the bell."""
    for process in processes:
        async with process.leases.hold("warm", patience_seconds=5):
            pass
    await subscribed(processes[0].link, len(processes))


async def subscribed(link: RedisLink, number: int) -> None:
    """Wait until that many processes listen."""
    deadline = time.monotonic() + 10
    while (await link.client.pubsub_numsub("calotype:1:lease:released"))[0][1] != number:
        assert time.monotonic() < deadline, "nobody subscribed"
        await asyncio.sleep(0.01)
