"""Bodies that memory has let go of, looked for beyond it: once for all who ask at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from proxy.variant import Variant

Found = Callable[[Variant | None], None]

_MOST = 128
"""Looks under way; the others wait their turn."""


class Beyond(Protocol):
    """What lies beyond memory."""

    @property
    def beyond(self) -> str | None:
        """The name of the tier that is looked into; None where there is none."""

    def look_beyond(self, key: str, found: Found) -> bool:
        """Have `found` called in a later turn of the loop: with the variant, which is undamaged, or with None
        where it is not there, or there is no answer. False where the tier cannot be asked now."""

    def keep(self, variant: Variant) -> bool:
        """Have it in memory from now on, if it is for that."""


class Afar:
    """Looks for variants beyond memory."""

    def __init__(self, tiers: Beyond, *, most: int = _MOST) -> None:
        self._tiers = tiers
        self._most = most
        self._looks: dict[str, list[Found]] = {}
        """Who waits for what: looks under way, and those that wait their turn."""
        self._later: deque[str] = deque()
        self.name = tiers.beyond
        self.keep = tiers.keep

    def look(self, key: str, found: Found) -> bool:
        """Have `found` called with the variant, or with None, in a later turn of the loop; False where nobody
        can be asked now."""
        waiting = self._looks.get(key)
        if waiting is not None:
            waiting.append(found)
            return True
        if len(self._looks) - len(self._later) >= self._most:
            self._later.append(key)
        elif not self._tiers.look_beyond(key, partial(self._found, key)):
            return False
        self._looks[key] = [found]
        return True

    def _found(self, key: str, variant: Variant | None) -> None:
        first, *others = self._looks.pop(key)
        loop = asyncio.get_running_loop()
        for each in others:
            loop.call_soon(each, variant)
        if self._later:
            loop.call_soon(self._look_for_the_next)
        first(variant)

    def _look_for_the_next(self) -> None:
        while self._later:
            key = self._later.popleft()
            if self._tiers.look_beyond(key, partial(self._found, key)):
                return
            for each in self._looks.pop(key):
                each(None)
