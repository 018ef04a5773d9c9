"""What a tier of the variant cache is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from origin.hosting.standing import Standing
from proxy.variant import Variant

Observer = Callable[[str, str], None]
"""Told `(tier, result)` of every operation; result is one of `RESULTS`."""

RESULTS = ("hit", "miss", "error", "stored", "skipped")


class TierError(Exception):
    """A tier could not do what was asked: unreachable, too slow, refused, or what it held was damaged."""


class Damaged(TierError):
    """What a tier held is not what was put there."""


class TakenDown(Exception):
    """A variant is not kept: something that is in it was taken down while it was made."""


class Tier(Protocol):
    """One level of the variant cache.

    Every operation either does what it says or raises `TierError`; `Tiers` turns that into a miss.
    """

    @property
    def name(self) -> str:
        """As metrics and Cache-Status have it."""

    @property
    def shared(self) -> bool:
        """Whether other processes see what is put here."""

    @property
    def durable(self) -> bool:
        """Whether what is put here stays until someone deletes it."""

    @property
    def atomic(self) -> bool:
        """Whether a put is refused in the moment in which something was taken down: else that is looked at
        before it and after it."""

    async def get(self, key: str) -> Variant | None:
        """The variant under `key`, whole and undamaged, or None."""

    async def put(self, variant: Variant, standings: Sequence[Standing] = ()) -> bool:
        """Keep `variant`; False when it is not for this tier, as too large.

        `standings` are of the hosted pictures that it was made of. A tier that can tell in the same moment
        that one of them was taken down raises TakenDown.
        """

    async def drop(self, key: str) -> None:
        """Forget `key`, if it is known."""

    async def drop_made_of(self, content_hashes: Sequence[str]) -> int:
        """Forget all that was made of these originals, or shows one in a layer; how many that were."""

    async def close(self) -> None:
        """Let go of what the tier holds open."""


def read_variant(tier: str, key: str, found: bytes | Variant | ValueError) -> Variant:
    """The variant in what `tier` holds under `key`, or what came of reading it there; TierError when it is
    damaged or another's."""
    # Told, not raised: an error that a frame it went through has in a variable lives on, with all they hold.
    if isinstance(found, ValueError):
        raise Damaged(f"{tier}: {found}")
    try:
        variant = found if isinstance(found, Variant) else Variant.from_bytes(found)
    except ValueError as error:
        raise Damaged(f"{tier}: {error}") from error
    if variant.key != key:
        raise Damaged(f"{tier}: {variant.key} lies under {key}")
    return variant
