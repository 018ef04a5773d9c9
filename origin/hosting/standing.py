"""Which state of which hosted picture something was made of.

A picture's facts, and all that is made of them, carry the asset and the generation they were read at, in the
ETag that the hosted storage answers; a takedown moves the generation on. So whoever holds something can tell,
without a word from the database, that it was made before a takedown that he has heard of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_ETAG = re.compile(r"hosted:([0-9a-f]{32}):([1-9][0-9]{0,17})\Z")


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """An asset as it was at one generation."""

    asset_id: str
    """32 hex digits."""
    generation: int

    @property
    def etag(self) -> str:
        """What the hosted storage answers as the ETag of its original: `hosted:<asset_id>:<generation>`."""
        return f"hosted:{self.asset_id}:{self.generation}"


@lru_cache(16384)
def standing_of(etag: str) -> Standing | None:
    """The standing that an ETag tells; None for one of any other storage."""
    found = _ETAG.match(etag)
    return Standing(found[1], int(found[2])) if found else None
