"""Answers to requests with an idempotency key, kept for a day: what comes again is answered again, not done.

Of requests that come twice at once the second is told that the first is under way. Whoever dies over one
leaves its key free after a while; the work itself has to bear being done twice then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update

from origin.errors import KeyUsedOtherwise
from origin.hosting.sealing import SealBroken, Sealer
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.metadata.tables import answers

KEPT_SECONDS = 86_400.0
BUSY_SECONDS = 60.0
"""How long whoever answers a request may take before another may do it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Busy:
    """The same request is under way, for at most so long."""

    seconds: float


class Replays:
    """Keeps answers, sealed by `sealer`. `sender` is who has the key, `fingerprint` tells requests apart.

    Every method raises MetadataUnavailable.
    """

    def __init__(self, store: HostingStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def find(self, sender: str, key: str, fingerprint: str) -> Kept | None:
        """The answer to that request, if it was given. Raises KeyUsedOtherwise."""
        row = await self._store.read(lambda t: _row(t, sender, key, fingerprint))
        return self._kept(row) if row is not None else None

    async def begin(self, sender: str, key: str, fingerprint: str) -> Kept | Busy | None:
        """The answer to that request; None where it is ours to give, with `keep` or `free`.

        Raises KeyUsedOtherwise.
        """

        def take(transaction: Transaction) -> Row[Any] | Busy | None:
            row = _row(transaction, sender, key, fingerprint, lock=True)
            if row is not None and row.status is not None:
                return row
            if row is not None and row.busy_until > transaction.now:
                return Busy(row.busy_until - transaction.now)
            busy = {"busy_until": transaction.now + BUSY_SECONDS}
            if row is not None:
                transaction.connection.execute(update(answers).where(_mine(sender, key)).values(busy))
                return None
            # Never over a row of the same key that counts: of two at once, the second has to find the first.
            over = and_(_mine(sender, key), answers.c.expires_at <= transaction.now)
            transaction.connection.execute(delete(answers).where(over))
            made = {**_values(transaction, sender, key, fingerprint), **busy}
            transaction.connection.execute(insert(answers).values(made))
            return None

        found = await self._store.write(take)
        return self._kept(found) if isinstance(found, Row) else found

    async def keep(self, sender: str, key: str, fingerprint: str, answer: Kept) -> None:
        """Write down what a request was answered."""
        told = {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": self._sealer.seal(answer.body.decode(), purpose=_purpose(sender, key)),
        }
        await self._store.write(
            lambda t: (
                t.connection.execute(
                    t.upsert(answers, {**_values(t, sender, key, fingerprint), **told})
                ).rowcount
            )
        )

    async def free(self, sender: str, key: str) -> None:
        """Let that request be tried again: it failed, and nothing was done."""
        unanswered = and_(_mine(sender, key), answers.c.status.is_(None))
        await self._store.write(lambda t: t.connection.execute(delete(answers).where(unanswered)).rowcount)

    def _kept(self, row: Row[Any]) -> Kept | None:
        if row.status is None:
            return None
        try:
            body = self._sealer.open(row.body, purpose=_purpose(row.sender, row.key))
        except SealBroken:
            # The key it was sealed under was changed: as if it had been forgotten.
            return None
        return Kept(row.status, row.headers, body.encode())


def _row(
    transaction: Transaction, sender: str, key: str, fingerprint: str, *, lock: bool = False
) -> Row[Any] | None:
    asked = select(answers).where(_mine(sender, key), answers.c.expires_at > transaction.now)
    row = transaction.connection.execute(asked.with_for_update() if lock else asked).one_or_none()
    if row is not None and row.fingerprint != fingerprint:
        raise KeyUsedOtherwise("this idempotency key was used before, for another request")
    return row


def _mine(sender: str, key: str) -> ColumnElement[bool]:
    return and_(answers.c.sender == sender, answers.c.key == key)


def _values(transaction: Transaction, sender: str, key: str, fingerprint: str) -> dict[str, object]:
    return {
        "sender": sender,
        "key": key,
        "fingerprint": fingerprint,
        "busy_until": transaction.now,
        "expires_at": transaction.now + KEPT_SECONDS,
    }


def _purpose(sender: str, key: str) -> str:
    return f"answer {sender} {key}"
