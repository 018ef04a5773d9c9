"""Makes a change to hosted pictures felt everywhere: in every process, in every tier, at every CDN.

Called at once after a deletion is committed, and again by the jobs that were written down with it, until
everything has been done and acknowledged. Doing it twice does no harm.

The order matters: first the marks, so that what is under way is not kept; then the tiers, so that what was
kept is gone; then the CDNs, which would otherwise fetch it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from origin.hosting.faultpoints import reach
from proxy.cache.tiers import Tiers
from proxy.gone import Gone
from proxy.notice import Notice
from proxy.purge.sending import Purges, Sent
from proxy.tags import asset_tag
from transforms.formats import by_extension

logger = logging.getLogger(__name__)

INLINE_SECONDS = 2.0
"""How long whoever asked for a deletion waits for it to be felt; the jobs do the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of one takedown."""

    notices: tuple[Notice, ...]
    told: int | None = None
    """How many processes were told, this one included; None while Redis is away."""
    dropped: Mapping[str, int | None] = field(default_factory=dict)
    """Variants dropped by tier; None for a tier that could not be asked."""
    purges: tuple[Sent, ...] = ()
    """What was sent to which CDN."""
    finished: bool = False
    """Whether every step was gone through, however it went."""
    shared: bool = True
    """Whether there is anyone to be told."""

    @property
    def published(self) -> bool:
        """Whether every process that there is was told."""
        return self.told is not None or not self.shared

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be done again."""
        return self.finished and not self.missing

    @property
    def missing(self) -> str:
        """What is left to be done again, of the steps that were gone through."""
        faults = [] if self.published else ["other instances are not told"]
        faults += [f"{tier} did not drop" for tier, dropped in self.dropped.items() if dropped is None]
        failed = sorted({sent.backend for sent in self.purges if sent.acknowledged_at is None})
        return "; ".join([*faults, *(f"{name} did not acknowledge a purge" for name in failed)])


class Takedown:
    """Takes pictures out of sight. `shared` says whether there are processes to be told, over Redis."""

    def __init__(self, *, gone: Gone, tiers: Tiers, purges: Purges, shared: bool = True) -> None:
        self._gone = gone
        self._tiers = tiers
        self._purges = purges
        self._shared = shared

    async def run(
        self, notices: Sequence[Notice], *, within_seconds: float | None = INLINE_SECONDS
    ) -> Receipt:
        """Go through all steps, or as many as time allows; never fails.

        `within_seconds` of None takes as long as it takes.
        """
        receipt = _Draft(tuple(notices), self._shared)
        try:
            async with asyncio.timeout(within_seconds):
                await self._take_down(receipt)
        except TimeoutError:
            logger.warning("a takedown of %d pictures is not everywhere yet; it goes on behind", len(notices))
        return receipt.written()

    async def drop(self, content_hashes: Iterable[str]) -> Mapping[str, int | None]:
        """Drop what was made of these originals from every tier, and tell nobody."""
        dropped = await self._tiers.drop_made_of([each for each in dict.fromkeys(content_hashes) if each])
        await reach("takedown.variants_dropped")
        return dropped

    async def purge(self, tags: Sequence[str]) -> tuple[Sent, ...]:
        """Have every CDN forget what carries one of these tags: what was sent. Takes as long as it takes."""
        return await self._purges.send(tags=tags)

    async def close(self) -> None:
        """Let go of the CDNs."""
        await self._purges.close()

    async def _take_down(self, draft: _Draft) -> None:
        draft.told = await self._gone.tell(draft.notices)
        await reach("takedown.published")
        draft.dropped = await self.drop(notice.content_hash for notice in draft.notices)
        tags = dict.fromkeys(tag for notice in draft.notices for tag in tags_of(notice))
        urls = dict.fromkeys(url for notice in draft.notices for url in notice.urls)
        draft.purges = await self._purges.send(tags=list(tags), urls=list(urls))
        await reach("takedown.purged")
        draft.finished = True


@dataclass(slots=True)
class _Draft:
    """A receipt while it is being earned: what was done stands in it though the rest was not."""

    notices: tuple[Notice, ...]
    shared: bool
    told: int | None = None
    dropped: Mapping[str, int | None] = field(default_factory=dict)
    purges: tuple[Sent, ...] = ()
    finished: bool = False

    def written(self) -> Receipt:
        return Receipt(
            notices=self.notices,
            shared=self.shared,
            told=self.told,
            dropped=self.dropped,
            purges=self.purges,
            finished=self.finished,
        )


def tags_of(notice: Notice) -> tuple[str, ...]:
    """What CDNs are to purge: the tags of all answers that could show the picture, or its absence.

    An id may end as a URL's extension does: `cat.jpg` is shown at `/cat.jpg` and at `/cat.webp`, whose
    answers carry the tag of `cat`.
    """
    stem, _, extension = notice.public_id.rpartition(".")
    other = (asset_tag(stem),) if stem and by_extension(extension) is not None else ()
    return (asset_tag(notice.public_id), *other, *notice.tags)
