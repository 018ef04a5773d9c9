"""The parts of a running process, held together for those that close them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from origin.breaker import Breaker
from origin.library import Library
from origin.metadata.store import MetadataStore
from proxy.cache.tiers import Tiers
from proxy.coalesce import Coalescer
from proxy.delivery import Delivery
from proxy.finder import Finder
from proxy.gone import Gone
from proxy.lease import Leases
from proxy.limits import Budgets
from proxy.link import RedisLink
from proxy.presets import Presets
from proxy.renderer import RenderPool
from proxy.research import Research
from proxy.settling import Settling
from proxy.takedown import Takedown
from proxy.takedown_jobs import OldestPurge, TakedownJobs

if TYPE_CHECKING:
    from proxy.app_hosting import HostingParts
    from proxy.jobs.queue import EagerQueue


@dataclass(slots=True)
class Services:
    """Everything `build_services` made; `close` ends it in the order that loses nothing."""

    metadata: MetadataStore
    library: Library
    link: RedisLink | None
    leases: Leases
    coalescer: Coalescer
    tiers: Tiers
    pool: RenderPool
    make_behind: Callable[[], RenderPool]
    """Makes a pool for what nobody waits for."""
    finder: Finder
    presets: Presets
    research: Research
    settling: Settling
    eager: EagerQueue | None
    delivery: Delivery
    gone: Gone
    hosting: HostingParts | None
    """What uploads, changes and deletions go through, where they are offered."""
    takedown: Takedown
    takedowns: TakedownJobs | None
    """What follows from a change to what was uploaded: `published`, and `handlers` for the outbox."""
    oldest_purge: OldestPurge | None
    budgets: Budgets
    mounts: Mapping[str, Breaker]
    """What tells whether the storages of originals answer, by the name of the mount."""
    derived: Breaker | None
    """The same of the storage of variants, where they are kept."""
    grace_seconds: float
    stopping: bool = field(default=False)

    async def close(self) -> None:
        """Finish what is under way, write what is still to be written, let go of everything."""
        await self.research.close()
        await self.coalescer.close(grace_seconds=self.grace_seconds)
        await self.pool.close()
        await self.finder.close()
        await self.presets.close()
        if self.eager is not None:
            await self.eager.close()
        if self.oldest_purge is not None:
            await self.oldest_purge.close()
        await self.gone.close()
        await self.takedown.close()
        await self.tiers.close()
        await self.leases.close()
        if self.hosting is not None:
            await self.hosting.close()
        await self.library.close()
        await self.metadata.close()
        if self.link is not None:
            await self.link.close()
