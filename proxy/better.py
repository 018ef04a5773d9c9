"""What takes the place of a variant once it has been made behind the answers.

Two things are made so: a second encode, smaller, of what is asked for often; and an AVIF that `f_auto` chose
and that nobody is to wait for. Each is a variant of its own, under a key that its own plan makes: no ETag
stands for two bodies, ever, whatever two processes know. What a process does not know yet costs some bytes,
never a wrong picture.

    avif that is slow      asked for under its own key; while it is not there, `otherwise` is answered
    second encode          the first one is asked for; one that says `succeeded` is exchanged for its second

That a second is there is said by the first itself, in every tier that has it, so that it holds for processes
that start later; those that run are told on a channel. A second that was lost since is not made for a
request: the first is answered again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Literal

from cachetools import LRUCache, TTLCache

from proxy.better_making import CHANNEL, Making, Order
from proxy.better_plans import for_now, second_of
from proxy.cache.tiers import Tiers
from proxy.channel import Channel
from proxy.delivery import Delivered, Delivery
from proxy.link import RedisLink
from proxy.making import MezzanineLost
from proxy.mezzanines import Mezzanines
from proxy.popular import Popular
from proxy.renderer_errors import Poisoned
from proxy.settled import Settled
from transforms.errors import BrokenImage
from transforms.second import second_save

Immutable = Literal["keep", "wait"]

_MOST = 65_536
_PREPARED = 4096
_ABSENT_SECONDS = 2.0
"""How long a slow AVIF that was not there is not looked for again."""
_LOST_SECONDS = 300.0
_DECIDED_SECONDS = 6 * 3600.0
"""How long a variant that gained nothing, or may not be made again, is not thought of again."""


class Instead(Exception):
    """Another answer is the one to give now."""

    def __init__(self, settled: Settled) -> None:
        super().__init__(settled.key)
        self.settled = settled


class Better:
    """Exchanges variants for better ones, and has those made.

    `immutable` says what is done for URLs that promise never to change: `keep` leaves them at the first
    encode, `wait` has them promise nothing before the second.
    """

    def __init__(
        self,
        *,
        delivery: Delivery,
        tiers: Tiers,
        link: RedisLink | None,
        making: Making,
        mezzanines: Mezzanines,
        enabled: bool,
        immutable: Immutable,
        after: int,
        over_seconds: float,
        max_pixels: int,
    ) -> None:
        self._delivery = delivery
        self._tiers = tiers
        self._enabled = enabled
        self._keeps = immutable == "keep"
        self._max_pixels = max_pixels
        self.popular = Popular(after=after, over_seconds=over_seconds, tell=self._encode_again)
        """Whoever answers without asking here counts there."""
        self._mezzanines = mezzanines
        self._making = making
        making.listen(made=self._find_again, succeeded=self.succeed, decided=self.decide)
        self._succeeded: LRUCache[str, None] = LRUCache(_MOST)
        self._lost: TTLCache[str, None] = TTLCache(_MOST, _LOST_SECONDS)
        self._decided: TTLCache[str, None] = TTLCache(_MOST, _DECIDED_SECONDS)
        self._absent: TTLCache[str, None] = TTLCache(_MOST, _ABSENT_SECONDS)
        # By identity: headers are kept by the object, and so it has to be the same one each time.
        self._others: LRUCache[int, tuple[Settled, Settled]] = LRUCache(_PREPARED)
        self._on_success: list[Callable[[str], None]] = []
        self._channel = (
            None
            if link is None or not enabled
            else Channel(link, name=CHANNEL, hear=lambda message: self.succeed(message.decode()))
        )

    def start(self) -> None:
        """Listen to what other processes have made."""
        if self._channel is not None:
            self._channel.start()

    async def run(self, _: object) -> AsyncIterator[None]:
        """Start, and close when the iteration goes on."""
        self.start()
        yield
        await self.close()

    async def close(self) -> None:
        """Make nothing more, and stop listening."""
        if self._channel is not None:
            await self._channel.close()
        await self._making.close()

    def on_success(self, forget: Callable[[str], None]) -> None:
        """Have `forget` called with the key of every variant that has a better one now."""
        self._on_success.append(forget)

    def succeed(self, key: str) -> None:
        """The variant under `key` has a second encode, which is answered from now on."""
        self._lost.pop(key, None)
        self._succeeded[key] = None
        for forget in self._on_success:
            forget(key)

    def decide(self, key: str) -> None:
        """There is to be no second encode of that variant for some hours."""
        self._decided[key] = None

    def instead(self, settled: Settled) -> Settled:
        """What is answered for `settled`, as far as is known here; and it is counted."""
        settled = self._mezzanines.known(settled)
        if not self._enabled or self._is_promised(settled):
            return settled
        other = self.known(settled)
        if other is settled and settled.key not in self._decided and settled.otherwise is None:
            self._count(settled)
        return other

    def known(self, settled: Settled) -> Settled:
        """The same without counting: nobody asked for the picture."""
        settled = self._mezzanines.known(settled)
        if settled.key not in self._succeeded or self._is_promised(settled) or settled.otherwise is not None:
            return settled
        return self._second(settled)

    def may_improve(self, settled: Settled) -> bool:
        """Whether a URL that never changes must not say so yet."""
        return (
            self._enabled
            and not self._keeps
            and settled.otherwise is None
            and settled.key not in self._decided
            and self._can_have_second(settled)
        )

    async def expected(self, settled: Settled) -> Settled:
        """What would be answered now, without counting."""
        known = self.known(settled)
        if known is not settled or settled.otherwise is not None:
            return known
        return await self._mezzanines.instead(settled) or settled

    async def variant(self, settled: Settled) -> Delivered:
        """The picture. Raises Instead where another is to be answered, and what `Delivery.variant` raises."""
        if settled.otherwise is None:
            made = await self._first(settled)
            if made.variant.succeeded and self._follows(settled):
                self.succeed(settled.key)
                raise Instead(self._second(settled))
            return made
        found = await self._look(settled)
        if found is not None:
            return found
        if settled.otherwise.provisional:
            self._making.want(Order(settled))
        else:
            # Made for a request it would be in everybody's way.
            self._succeeded.pop(settled.otherwise.key, None)
            self._lost[settled.otherwise.key] = None
        raise Instead(self._for_now(settled))

    async def _first(self, settled: Settled) -> Delivered:
        """The picture, of the original or its mezzanine, as `settled` says. Raises Instead for the other."""
        if settled.direct is None and (other := await self._mezzanines.instead(settled)) is not None:
            raise Instead(other)
        try:
            made = await self._delivery.variant(settled)
        except (MezzanineLost, BrokenImage, Poisoned):
            if settled.direct is None:
                raise
            self._mezzanines.lost(settled)
            raise Instead(settled.direct) from None
        if made.tier is None and not made.collapsed:
            self._mezzanines.rendered(settled)
        return made

    async def _look(self, settled: Settled) -> Delivered | None:
        if (variant := self._tiers.peek(settled.key)) is not None:
            return Delivered(variant, "memory", False, {})
        if settled.key in self._absent:
            return None
        hit = await self._tiers.get(settled.key, settled.standings)
        if hit is None:
            self._absent[settled.key] = None
            return None
        return Delivered(hit[0], hit[1], False, {})

    def _find_again(self, key: str) -> None:
        self._absent.pop(key, None)

    def _follows(self, settled: Settled) -> bool:
        return self._enabled and settled.key not in self._lost and not self._is_promised(settled)

    def _is_promised(self, settled: Settled) -> bool:
        return self._keeps and settled.promised

    def _count(self, settled: Settled) -> None:
        if not self._can_have_second(settled):
            self.decide(settled.key)
            return
        self.popular.watch(settled)
        self.popular.hit(settled.key)

    def _can_have_second(self, settled: Settled) -> bool:
        plan = settled.plan
        if plan is None or plan.result.pages > 1 or plan.result.pixels > self._max_pixels:
            return False
        return second_save(plan.save, settled.recipe) is not None

    def _encode_again(self, settled: Settled) -> None:
        """What is popular is told of once; should it come to nothing, it is counted anew."""
        self._making.want(Order(self._second(settled), replaces=settled))

    def _second(self, settled: Settled) -> Settled:
        return self._once(settled, second_of)

    def _for_now(self, settled: Settled) -> Settled:
        return self._once(settled, for_now)

    def _once(self, settled: Settled, make: Callable[[Settled], Settled]) -> Settled:
        known = self._others.get(id(settled))
        if known is not None and known[0] is settled:
            return known[1]
        other = make(settled)
        self._others[id(settled)] = settled, other
        return other
