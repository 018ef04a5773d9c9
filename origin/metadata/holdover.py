"""How long what was read from a database may still be used once the database does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from origin.errors import MetadataUnavailable


class Holdover:
    """Whether the database answered within the last `seconds`; counted from the first failure in a row.

    While nobody asks, nothing fails: whoever relies on it has to ask now and then.
    """

    def __init__(self, *, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._over_at: float | None = None

    def answered(self) -> None:
        """The database answered: all begins anew."""
        self._over_at = None

    def failed(self) -> None:
        """The database did not answer."""
        if self._over_at is None:
            self._over_at = self._clock() + self._seconds

    def check(self) -> None:
        """Raise MetadataUnavailable once it is over."""
        if self._over_at is not None and self._clock() >= self._over_at:
            raise MetadataUnavailable(f"the database is away for more than {self._seconds:g} seconds")
