"""Receipts: what was taken down, when, and what was done about it since."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Row, insert, select, tuple_, update

from origin.hosting.cursors import read_cursor, write_cursor
from origin.hosting.model import HostedAsset, Page, Receipt
from origin.hosting.transaction import Transaction
from origin.metadata.tables import receipts

STEPS = ("published", "purged", "purged_again", "variants_collected", "blob_collected")
"""What is done about a picture that was taken down, in the order in which it usually is."""


def write(transaction: Transaction, kind: str, gone: HostedAsset, *, generation: int, reason: str) -> Receipt:
    """The receipt for the picture `gone`, which is there no longer from `generation` on."""
    receipt = Receipt(
        receipt_id=secrets.token_hex(16),
        kind=kind,
        owner=gone.owner,
        public_id=gone.public_id,
        asset_id=gone.asset_id,
        generation=generation,
        content_hash=gone.blob.content_hash,
        reason=reason,
        at=transaction.now,
    )
    columns = {name: getattr(receipt, name) for name in Receipt.__dataclass_fields__}
    transaction.connection.execute(insert(receipts).values(**{**columns, "steps": {}}))
    return receipt


def mark(transaction: Transaction, receipt_id: str, step: str) -> None:
    """Write down that a step was done; the first time counts. Raises ValueError for none of STEPS."""
    if step not in STEPS:
        raise ValueError(f"{step!r}: Expected one of {', '.join(STEPS)}")
    mine = receipts.c.receipt_id == receipt_id
    asked = select(receipts.c.steps).where(mine).with_for_update()
    steps = transaction.connection.execute(asked).scalar_one_or_none()
    if steps is not None and step not in steps:
        told = {**steps, step: transaction.now}
        transaction.connection.execute(update(receipts).where(mine).values(steps=told))


def find(transaction: Transaction, receipt_id: str) -> Receipt | None:
    """The receipt of that id."""
    row = transaction.connection.execute(
        select(receipts).where(receipts.c.receipt_id == receipt_id)
    ).one_or_none()
    return None if row is None else receipt_of(row)


def receipt_of(row: Row[Any]) -> Receipt:
    """The receipt that a row is."""
    return Receipt(**row._mapping)


def page_of(
    transaction: Transaction, *, owner: str | None, public_id: str | None, limit: int, cursor: str | None
) -> Page[Receipt]:
    """At most `limit` receipts behind the cursor, the latest first. Raises InvalidCursor."""
    listed = ("receipts", owner, public_id)
    by = (receipts.c.at, receipts.c.receipt_id)
    asked = select(receipts)
    if owner is not None:
        asked = asked.where(receipts.c.owner == owner)
    if public_id is not None:
        asked = asked.where(receipts.c.public_id == public_id)
    if cursor is not None:
        asked = asked.where(tuple_(*by) < tuple_(*read_cursor(listed, cursor, (float, str))))
    asked = asked.order_by(*(column.desc() for column in by)).limit(limit + 1)
    found = [receipt_of(row) for row in transaction.connection.execute(asked)]
    last = found[limit - 1] if len(found) > limit else None
    return Page(tuple(found[:limit]), write_cursor(listed, (last.at, last.receipt_id)) if last else None)
