"""Every key there is: those of the settings, and those of the database, kept in mind for a moment."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable

from cachetools import TTLCache

from origin.hosting.credentials import Credential
from origin.hosting.keys import KeyStore, token_hash

_MOST = 10_000


class KeyRing:
    """Keys of `configured` go before those of `store`. One that is revoked counts no more after
    `fresh_seconds`."""

    def __init__(
        self,
        *,
        configured: Iterable[Credential] = (),
        store: KeyStore | None = None,
        fresh_seconds: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        listed = list(configured)
        self._by_key = {credential.key: credential for credential in listed}
        self._by_secret = {token_hash(c.secret): c for c in listed if c.secret is not None}
        self._store = store
        self._found: TTLCache[tuple[str, str], tuple[Credential | None]] = TTLCache(
            _MOST, fresh_seconds, clock
        )

    async def by_key(self, key: str) -> Credential | None:
        """The key of that name. Raises MetadataUnavailable."""
        if key in self._by_key:
            return self._by_key[key]
        return await self._kept("key", key, lambda store: store.by_key(key))

    async def by_token(self, token: str) -> Credential | None:
        """The key of a bearer token; of a key of the settings, its secret is one.

        Raises MetadataUnavailable.
        """
        digest = token_hash(token)
        if digest in self._by_secret:
            return self._by_secret[digest]
        # By its hash: what was tried does not stay in memory.
        return await self._kept("token", digest, lambda store: store.by_token(token))

    async def _kept(
        self, kind: str, name: str, find: Callable[[KeyStore], Awaitable[Credential | None]]
    ) -> Credential | None:
        if self._store is None:
            return None
        known = self._found.get((kind, name))
        if known is None:
            known = self._found[kind, name] = (await find(self._store),)
        return known[0]
