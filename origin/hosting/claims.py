"""What a request may prove about a picture: an idempotency key that was used, a token that deletes."""

from __future__ import annotations

import secrets
from hashlib import sha256

from sqlalchemy import and_, delete, func, insert, select

from origin.errors import KeyUsedOtherwise
from origin.hosting.model import Wanted
from origin.hosting.transaction import Transaction
from origin.metadata.tables import answers, delete_tokens, idempotency


def replayed(transaction: Transaction, wanted: Wanted) -> str | None:
    """The asset id that came of the same request before; None for a new one.

    Raises KeyUsedOtherwise when that key came with another request.
    """
    if wanted.idempotency_key is None:
        return None
    asked = select(idempotency).where(
        idempotency.c.owner == wanted.owner,
        idempotency.c.key == wanted.idempotency_key,
        idempotency.c.expires_at > transaction.now,
    )
    row = transaction.connection.execute(asked).one_or_none()
    if row is None:
        return None
    if row.fingerprint != wanted.fingerprint:
        raise KeyUsedOtherwise("this idempotency key was used before, for another request")
    return str(row.asset_id)


def remember(transaction: Transaction, wanted: Wanted, asset_id: str, *, seconds: float) -> None:
    """Write down what came of a request."""
    if wanted.idempotency_key is None:
        return
    values = {
        "owner": wanted.owner,
        "key": wanted.idempotency_key,
        "fingerprint": wanted.fingerprint,
        "asset_id": asset_id,
        "expires_at": transaction.now + seconds,
    }
    # Not over a row of the same key: of two such requests at once, the second has to find the first.
    mine = and_(idempotency.c.owner == wanted.owner, idempotency.c.key == wanted.idempotency_key)
    past = delete(idempotency).where(mine, idempotency.c.expires_at <= transaction.now)
    transaction.connection.execute(past)
    transaction.connection.execute(insert(idempotency).values(values))


def issue_token(transaction: Transaction, asset_id: str, *, seconds: float) -> str:
    """A new token that deletes the picture; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": _hash(token),
        "asset_id": asset_id,
        "expires_at": transaction.now + seconds,
    }
    transaction.connection.execute(insert(delete_tokens).values(values))
    return token


def asset_of_token(transaction: Transaction, token: str) -> str | None:
    """The asset id of the picture that a token deletes; None for one that is wrong, used or too old."""
    asked = select(delete_tokens.c.asset_id).where(
        delete_tokens.c.token_hash == _hash(token), delete_tokens.c.expires_at > transaction.now
    )
    return transaction.connection.execute(asked).scalar_one_or_none()


def drop_tokens(transaction: Transaction, asset_id: str) -> None:
    """Forget the tokens of a picture."""
    transaction.connection.execute(delete(delete_tokens).where(delete_tokens.c.asset_id == asset_id))


def expire(transaction: Transaction) -> int:
    """Forget what is past its time; how much that was."""
    gone = 0
    for table in (idempotency, delete_tokens, answers):
        past = delete(table).where(table.c.expires_at <= transaction.now)
        gone += transaction.connection.execute(past).rowcount
    return gone


def expired(transaction: Transaction) -> int:
    """How much is past its time."""
    asked = (
        select(func.count()).select_from(table).where(table.c.expires_at <= transaction.now)
        for table in (idempotency, delete_tokens, answers)
    )
    return sum(int(transaction.connection.execute(each).scalar_one()) for each in asked)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
