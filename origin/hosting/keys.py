"""API keys in the database: who may upload, change and delete, in whose name.

Two secrets go with a key. The bearer token is only ever compared, so its SHA-256 is kept; a slow hash is for
passwords, which can be guessed, and nobody guesses 256 random bits. The API secret is what Cloudinary's SDKs
sign with: to verify that it has to be read, so it is kept sealed (`origin.hosting.sealing`).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from origin.hosting.credentials import Credential, NewKey, StoredKey
from origin.hosting.scopes import SCOPES, Scope
from origin.hosting.sealing import SealBroken, Sealer
from origin.metadata.store import MetadataStore
from origin.metadata.tables import api_keys, owners

logger = logging.getLogger(__name__)

TOKEN_PREFIX = "calotype_"
"""How bearer tokens begin, so that who finds one in a log or a repository knows what it is."""
_KEY_DIGITS = 15
"""As many as Cloudinary's have, and digits only: some of its SDKs take them for a number."""


class KeyStore:
    """Every method raises MetadataUnavailable when the database does not answer."""

    def __init__(self, metadata: MetadataStore, sealer: Sealer) -> None:
        self._metadata = metadata
        self._sealer = sealer

    async def create(self, *, owner: str, scopes: Iterable[Scope], name: str = "") -> NewKey:
        """Make a key, and its owner when there is none of that name."""
        new = NewKey(
            key="".join(secrets.choice("0123456789") for _ in range(_KEY_DIGITS)),
            secret=secrets.token_urlsafe(32),
            token=TOKEN_PREFIX + secrets.token_urlsafe(32),
        )
        now = time.time()
        row = {
            "key": new.key,
            "owner": owner,
            "name": name,
            "secret_hash": token_hash(new.token),
            "secret_sealed": self._sealer.seal(new.secret, purpose=new.key),
            "scopes": [scope for scope in SCOPES if scope in set(scopes)],
            "created_at": now,
        }

        def write(connection: Connection) -> None:
            known = connection.execute(select(owners.c.owner).where(owners.c.owner == owner)).first()
            if known is None:
                values = {"owner": owner, "name": owner, "created_at": now}
                connection.execute(self._metadata.upsert(owners, values))
            connection.execute(api_keys.insert().values(row))

        await self._metadata.run(write)
        return new

    async def all(self) -> Sequence[StoredKey]:
        """Every key, the oldest first; revoked ones too."""

        def read(connection: Connection) -> Sequence[StoredKey]:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key))
            return [
                StoredKey(
                    key=row.key,
                    owner=row.owner,
                    name=row.name,
                    scopes=tuple(row.scopes),
                    created_at=row.created_at,
                    revoked_at=row.revoked_at,
                )
                for row in rows
            ]

        return await self._metadata.run(read)

    async def revoke(self, key: str) -> bool:
        """Have it count no more; False when there is no such key that does."""
        statement = (
            update(api_keys)
            .where(api_keys.c.key == key, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=time.time())
        )

        def write(connection: Connection) -> bool:
            return bool(connection.execute(statement).rowcount)

        return await self._metadata.run(write)

    async def by_key(self, key: str) -> Credential | None:
        """The key of that name, if it counts."""
        return await self._find(api_keys.c.key == key)

    async def by_token(self, token: str) -> Credential | None:
        """The key that a bearer token belongs to, if it counts."""
        return await self._find(api_keys.c.secret_hash == token_hash(token))

    async def _find(self, where: ColumnElement[bool]) -> Credential | None:
        def read(connection: Connection) -> Row[Any] | None:
            return connection.execute(select(api_keys).where(where)).first()

        row = await self._metadata.run(read)
        if row is None or row.revoked_at is not None:
            return None
        if row.expires_at is not None and row.expires_at <= time.time():
            return None
        return Credential(
            key=row.key, owner=row.owner, scopes=frozenset(row.scopes), secret=self._unsealed(row)
        )

    def _unsealed(self, row: Row[Any]) -> str | None:
        try:
            return self._sealer.open(row.secret_sealed, purpose=row.key) if row.secret_sealed else None
        except SealBroken:
            logger.error(
                "the secret of the key %s is sealed under another hosting.encryption_key: its signatures "
                "cannot be verified, its bearer token can",
                row.key,
            )
            return None


def token_hash(token: str) -> str:
    """What is kept of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()
