"""What was taken down lately, and so what must not be kept or shown any more.

A takedown moves the generation of its asset on. The new generation is marked in Redis and told to every
process; whatever carries an older one (`Standing`) was made before. Marks outlive the longest render with its
sending by far; after that nothing old can be under way, and what is kept was dropped.

The order that makes it hold: mark, then drop. What is put before the mark is dropped, what is put after it is
refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from cachetools import TTLCache

from origin.errors import OriginError
from origin.hosting.standing import Standing
from proxy.channel import Channel
from proxy.link import RedisLink, RedisUnavailable
from proxy.notice import Notice, pack, unpack

logger = logging.getLogger(__name__)

KEY_PREFIX = "calotype:1:gone:"
CHANNEL = "calotype:1:takedowns"

MARK_SECONDS = 3600
_MOST_MARKS = 200_000
_TRIES = 3
_NOTICES_AT_ONCE = 200

# KEYS: the marks. ARGV: life in milliseconds, channel, message, then the generation of each mark. A mark
# never moves back: rows of an outbox may be worked off in any order. Answers how many processes were told.
_MARK = """
for i, key in ipairs(KEYS) do
    local known = tonumber(redis.call('get', key) or '0')
    if tonumber(ARGV[i + 3]) >= known then
        redis.call('set', key, ARGV[i + 3], 'px', ARGV[1])
    end
end
return redis.call('publish', ARGV[2], ARGV[3])
"""

Generations = Callable[[Collection[str]], Awaitable[Mapping[str, int]]]
"""What the database says of assets: the generation of each that it knows, live or not. Raises OriginError
when it is away."""


class Gone:
    """The marks of takedowns: those this process heard of, and, with a `link`, those in Redis.

    `generations` asks the database, where there is one that knows.
    """

    def __init__(
        self,
        link: RedisLink | None,
        *,
        generations: Generations | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._generations = generations
        self._marks: TTLCache[str, int] = TTLCache(_MOST_MARKS, MARK_SECONDS, timer=clock)
        self._forget: list[Callable[[Sequence[Notice]], None]] = []
        self._forget_all: list[Callable[[], None]] = []
        self._channel = (
            None if link is None else Channel(link, name=CHANNEL, hear=self._hear, joined=self._missed)
        )

    @property
    def listening(self) -> bool:
        """Whether this process would hear of a takedown elsewhere."""
        return self._channel is not None and self._channel.listening

    def on_notice(
        self, forget: Callable[[Sequence[Notice]], None], *, missed: Callable[[], None] | None = None
    ) -> None:
        """Have `forget` called with every notice, and `missed` when some may have been lost."""
        self._forget.append(forget)
        if missed is not None:
            self._forget_all.append(missed)

    def start(self) -> None:
        """Listen to what other processes tell."""
        if self._channel is not None:
            self._channel.start()

    async def close(self) -> None:
        """Stop listening."""
        if self._channel is not None:
            await self._channel.close()

    def outdated(self, standings: Sequence[Standing]) -> bool:
        """Whether this process has heard that any of them is no more; asks nobody."""
        return any(self._marks.get(each.asset_id, 0) > each.generation for each in standings)

    async def look(self, standings: Sequence[Standing]) -> bool:
        """Whether any of them is no more, by all who can be asked: this process, Redis, the database."""
        if not standings:
            return False
        for ask in (self._marked, self._recorded):
            if self.outdated(standings):
                return True
            for asset_id, generation in (await ask(standings)).items():
                self._note(asset_id, generation)
        return self.outdated(standings)

    def hear(self, notices: Sequence[Notice]) -> None:
        """Take note, and forget in this process whatever was made before."""
        for notice in notices:
            self._note(notice.asset_id, notice.generation)
        for forget in self._forget:
            forget(notices)

    async def tell(self, notices: Sequence[Notice]) -> int | None:
        """Take note here, mark in Redis and tell every process: how many were told, None if Redis is away."""
        self.hear(notices)
        if self._link is None:
            return None
        told = 0
        for start in range(0, len(notices), _NOTICES_AT_ONCE):
            try:
                told = await self._mark(self._link, notices[start : start + _NOTICES_AT_ONCE])
            except RedisUnavailable as error:
                logger.warning("other instances are not told of a takedown yet: %s", error)
                return None
        return told

    async def _mark(self, link: RedisLink, notices: Sequence[Notice]) -> int:
        keys = [mark_key(notice.standing) for notice in notices]
        rest: list[str | int] = [MARK_SECONDS * 1000, CHANNEL, pack(notices)]
        rest += [notice.generation for notice in notices]
        # Marking twice does no harm.
        return int(await link.execute("EVAL", _MARK, len(keys), *keys, *rest, tries=_TRIES))

    def _note(self, asset_id: str, generation: int) -> None:
        self._marks[asset_id] = max(self._marks.get(asset_id, 0), generation)

    async def _marked(self, standings: Sequence[Standing]) -> Mapping[str, int]:
        """What Redis has marked of them."""
        if self._link is None:
            return {}
        keys = [mark_key(each) for each in standings]
        try:
            marks = await self._link.execute("MGET", *keys, tries=_TRIES)
        except RedisUnavailable:
            return {}
        pairs = zip(standings, marks, strict=True)
        return {each.asset_id: int(mark) for each, mark in pairs if mark is not None}

    async def _recorded(self, standings: Sequence[Standing]) -> Mapping[str, int]:
        """What the database has of them. Of what it no longer knows at all, nothing is left to be shown."""
        if self._generations is None:
            return {}
        try:
            known = await self._generations({each.asset_id for each in standings})
        except OriginError as error:
            # Nobody can take anything down there at the moment either.
            logger.warning("the database does not say whether a picture is still there: %s", error)
            return {}
        return {each.asset_id: known.get(each.asset_id, each.generation + 1) for each in standings}

    def _hear(self, message: bytes) -> None:
        try:
            notices = unpack(message)
        except ValueError as error:
            logger.error("a message about takedowns does not read, all is forgotten: %s", error)
            self._missed()
            return
        self.hear(notices)

    def _missed(self) -> None:
        for forget in self._forget_all:
            forget()


def mark_key(standing: Standing) -> str:
    """Where Redis holds the mark of that asset."""
    return KEY_PREFIX + standing.asset_id
