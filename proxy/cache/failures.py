"""What failed lately, remembered briefly by every process, so that not each of them fails at it anew."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cachetools import TLRUCache

from proxy.cache.made_of import put_command
from proxy.errors import RememberedFailure, error_code, error_message, rule_for
from proxy.link import RedisLink, RedisUnavailable

KEY_PREFIX = "calotype:1:failure:"

_MAX_REMEMBERED = 10_000


class Failures:
    """Failures by key, in memory and, when there is a `link`, in Redis. Redis gone: memory alone."""

    def __init__(self, link: RedisLink | None) -> None:
        self._link = link
        # Each entry is (when it ends, the failure); the time to use is the first of the two.
        self._known: TLRUCache[str, tuple[float, dict[str, Any]]] = TLRUCache(
            _MAX_REMEMBERED, ttu=lambda _key, entry, _now: entry[0], timer=time.time
        )

    async def remember(self, key: str, error: Exception, made_of: Sequence[str] = ()) -> None:
        """Remember that `key` failed so, for as long as the table of errors says; most are not remembered.

        `made_of` are the content hashes of the originals that it was to show.
        """
        rule = rule_for(error)
        if rule.remember_seconds:
            facts = {"status": rule.status, "message": error_message(error)}
            await self.put(key, error_code(error), facts, rule.remember_seconds, made_of)

    async def check(self, key: str) -> None:
        """Raise RememberedFailure when `key` failed a moment ago."""
        failure = await self.get(key)
        if failure is not None:
            raise RememberedFailure(failure["status"], failure["code"], failure["message"])

    async def put(
        self,
        key: str,
        code: str,
        payload: Mapping[str, Any],
        ttl_seconds: float,
        made_of: Sequence[str] = (),
    ) -> None:
        """Remember for `ttl_seconds` that `key` failed with `code`; `payload` is plain JSON."""
        failure = {**payload, "code": code}
        until = time.time() + ttl_seconds
        self._known[key] = (until, failure)
        if self._link is None:
            return
        command = put_command(
            KEY_PREFIX + key,
            json.dumps({"until": until, "failure": failure}),
            life_milliseconds=max(1, int(ttl_seconds * 1000)),
            made_of=made_of,
        )
        with contextlib.suppress(RedisUnavailable):
            await self._link.execute(*command)

    def forget(self) -> None:
        """Forget, in this process, all failures; what may be known on is in Redis."""
        self._known.clear()

    async def get(self, key: str) -> dict[str, Any] | None:
        """The payload with its `code`, or None when nothing is known against `key`."""
        known = self._known.get(key)
        if known is not None:
            return known[1]
        return await self._get_shared(key)

    async def _get_shared(self, key: str) -> dict[str, Any] | None:
        if self._link is None:
            return None
        try:
            text = await self._link.execute("GET", KEY_PREFIX + key)
            if text is None:
                return None
            entry = json.loads(text)
            until, failure = float(entry["until"]), dict(entry["failure"])
        except (RedisUnavailable, ValueError, KeyError, TypeError):
            return None
        self._known[key] = (until, failure)
        return failure
