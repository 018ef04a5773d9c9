"""Pictures that look alike: perceptual hashes of 64 bits that differ in few.

A hash is kept in four bands of 16 bits, each with an index. Two that differ in at most 4k + 3 bits agree in
one band but for k bits: so the bands are asked for every value that is at most k bits away, and what comes is
compared as a whole (Manku, Jain, Das Sarma: "Detecting near-duplicates for web crawling", section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import select

from origin.hosting import rows
from origin.hosting.model import HostedAsset
from origin.hosting.transaction import Transaction
from origin.metadata.tables import assets

MOST_DISTANT = 11
"""The most bits that are searched for; pictures that share eleven do not look alike any more."""
_MOST_CANDIDATES = 20_000
_SIZE = 200
"""How many values one statement asks for."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A picture, and in how many bits its perceptual hash differs."""

    asset: HostedAsset
    distance: int


def similar_to(
    transaction: Transaction, phash: int, *, owner: str | None, max_distance: int, limit: int
) -> tuple[Likeness, ...]:
    """Pictures within `max_distance` bits, the likest first. Raises ValueError for a distance beyond
    MOST_DISTANT."""
    if not 0 <= max_distance <= MOST_DISTANT:
        raise ValueError(f"{max_distance} is not a distance from 0 to {MOST_DISTANT} bits")
    distances: dict[str, int] = {}
    for band in range(rows.BANDS):
        for asset_id, other in _candidates(transaction, phash, band, max_distance, owner):
            distance = (phash ^ rows.unsigned(other)).bit_count()
            if distance <= max_distance:
                distances[asset_id] = distance
    nearest = sorted(distances, key=lambda asset_id: (distances[asset_id], asset_id))[:limit]
    asked = select(assets).where(assets.c.asset_id.in_(nearest))
    found = {row.asset_id: rows.asset_of(row) for row in transaction.connection.execute(asked)}
    return tuple(Likeness(found[each], distances[each]) for each in nearest if each in found)


def _candidates(
    transaction: Transaction, phash: int, band: int, max_distance: int, owner: str | None
) -> Iterator[tuple[str, int]]:
    column = assets.c[f"phash_{band}"]
    values = list(_near(rows.bands_of(phash)[band], max_distance // rows.BANDS))
    for start in range(0, len(values), _SIZE):
        asked = select(assets.c.asset_id, assets.c.phash).where(
            column.in_(values[start : start + _SIZE]), assets.c.deleted_at.is_(None)
        )
        if owner is not None:
            asked = asked.where(assets.c.owner == owner)
        for row in transaction.connection.execute(asked.limit(_MOST_CANDIDATES)):
            yield row.asset_id, row.phash


def _near(value: int, bits: int) -> Iterator[int]:
    """The values of 16 bits that are at most so many bits away."""
    for number in range(bits + 1):
        for flipped in combinations(range(rows.BAND_BITS), number):
            yield value ^ sum(1 << bit for bit in flipped)
