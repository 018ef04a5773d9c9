"""How often something may happen: so many times at once, and as many again, evenly, in each window.

It is the generic cell rate algorithm (ITU-T I.371, annex A, virtual scheduling). Of each account one number
is kept, the time at which all that was taken from it will have grown back; what is taken moves it on by
`window / amount`, and it may not lie further ahead than a window. So an account is one key, an amount of a
million costs no more than one of three, and the time until there is something again is known exactly.

The accounts lie in Redis, by its clock, where all instances share them; while it does not answer each process
goes on with what it has let by itself.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from cachetools import LRUCache

from proxy.link import RedisLink, RedisUnavailable

KEY_PREFIX = "calotype:1:budget:"

_MOST_ACCOUNTS = 100_000
"""Kept in memory, by one process."""
_MICRO = 1_000_000

# Times are microseconds, written without an exponent: of large numbers Lua shows fourteen digits only. ARGV:
# interval and window of each key. Answers the number of the key that has nothing left, 0 for none, and for
# how long. A time that lies too far ahead was written by a clock that went wrong.
_TAKE = """
local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local due = {}
for i, key in ipairs(KEYS) do
    local interval, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local held = math.min(tonumber(redis.call('get', key) or 0), now + window)
    due[i] = math.max(held, now) + interval
    if due[i] - now > window + 1 then
        return {i, math.ceil(due[i] - now - window)}
    end
end
for i, key in ipairs(KEYS) do
    redis.call('set', key, string.format('%.0f', due[i]), 'px', math.ceil((due[i] - now) / 1000))
end
return {0, 0}
"""

_GIVE_BACK = """
for i, key in ipairs(KEYS) do
    local held = redis.call('get', key)
    if held then
        redis.call('set', key, string.format('%.0f', held - ARGV[2 * i - 1]), 'keepttl')
    end
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Account:
    """What `amount` may be taken of in `window_seconds`."""

    name: str
    amount: int
    window_seconds: float

    @property
    def interval_seconds(self) -> float:
        """After which one of them has grown back."""
        return self.window_seconds / self.amount


@dataclass(frozen=True, slots=True)
class Empty:
    """The account that has nothing left, and how long that is so."""

    account: Account
    seconds: float


class Meter:
    """Takes from accounts. Without a `link` they are this process's own."""

    def __init__(self, link: RedisLink | None) -> None:
        self._link = link
        self._due: LRUCache[str, float] = LRUCache(_MOST_ACCOUNTS)

    async def take(self, accounts: Sequence[Account]) -> Empty | None:
        """Take one from each account, or from none of them: then the first that is empty."""
        if self._link is not None and accounts:
            with suppress(RedisUnavailable):
                number, microseconds = await self._call(_TAKE, accounts)
                if number:
                    return Empty(accounts[number - 1], microseconds / _MICRO)
                # Known here too: should Redis go away now, nobody begins anew.
                self._move(accounts, 1)
                return None
        return self._take_here(accounts)

    async def give_back(self, accounts: Sequence[Account]) -> None:
        """Undo a `take`: nothing came of it."""
        self._move(accounts, -1)
        if self._link is not None and accounts:
            with suppress(RedisUnavailable):
                await self._call(_GIVE_BACK, accounts)

    async def _call(self, script: str, accounts: Sequence[Account]) -> list[int]:
        assert self._link is not None
        keys = [KEY_PREFIX + account.name for account in accounts]
        times = (time for each in accounts for time in (each.interval_seconds, each.window_seconds))
        arguments = [round(seconds * _MICRO) for seconds in times]
        found = await self._link.execute("EVAL", script, len(keys), *keys, *arguments)
        return found if isinstance(found, list) else [0, 0]

    def _take_here(self, accounts: Sequence[Account]) -> Empty | None:
        now = time.monotonic()
        for account in accounts:
            due = max(self._due.get(account.name, 0.0), now) + account.interval_seconds
            if (late := due - now - account.window_seconds) > 1 / _MICRO:
                return Empty(account, late)
        self._move(accounts, 1)
        return None

    def _move(self, accounts: Sequence[Account], steps: int) -> None:
        now = time.monotonic()
        for account in accounts:
            due = max(self._due.get(account.name, 0.0), now) + steps * account.interval_seconds
            self._due[account.name] = min(due, now + account.window_seconds)
