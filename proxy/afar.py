"""Bodies that memory has let go of, looked for beyond it: once for all who ask at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from proxy.variant import Variant

Found = Callable[[Variant | None], None]


class Beyond(Protocol):
    """What lies beyond memory."""

    @property
    def beyond(self) -> str | None:
        """The name of the tier that is looked into; None where there is none."""

    async def look_beyond(self, key: str) -> Variant | None:
        """The variant, whole and undamaged, if it is there and the tier answers."""

    def keep(self, variant: Variant) -> None:
        """Have it in memory from now on."""


class Afar:
    """Looks for variants beyond memory."""

    def __init__(self, tiers: Beyond) -> None:
        self._tiers = tiers
        self._looks: dict[str, asyncio.Task[Variant | None]] = {}
        self.name = tiers.beyond
        self.keep = tiers.keep

    def look(self, key: str, found: Found) -> None:
        """Have `found` called with the variant, or with None, in a later turn of the loop."""
        look = self._looks.get(key)
        if look is None:
            self._looks[key] = look = asyncio.create_task(self._tiers.look_beyond(key))
            look.add_done_callback(lambda _: self._looks.pop(key))
        look.add_done_callback(partial(_tell, found))


def _tell(found: Found, look: asyncio.Task[Variant | None]) -> None:
    failed = look.cancelled() or look.exception() is not None
    found(None if failed else look.result())
