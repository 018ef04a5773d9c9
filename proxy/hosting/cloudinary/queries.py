"""The parameters of the admin API that say which pictures are meant."""

from __future__ import annotations

from datetime import UTC, datetime

from origin.hosting.intake_errors import UploadMalformed
from proxy.hosting.cloudinary.calls import Call
from transforms.errors import printable

MOST_DELETED = 1000
"""By one call; `partial` and a cursor say that there are more."""


def some_of(call: Call, name: str) -> tuple[str, ...]:
    """The ids of a list that has to be there. Raises UploadMalformed."""
    ids = call.params.list(name)
    if not 0 < len(ids) <= MOST_DELETED:
        raise UploadMalformed(
            f"{name}: expected 1 to {MOST_DELETED} of them, got {len(ids)}",
            code="invalid_parameter",
            parameter=name,
        )
    return ids


def newest_first(call: Call) -> bool:
    """`direction`: desc where nothing is said. Raises UploadMalformed."""
    direction = call.params.get("direction").lower()
    if direction not in ("", "asc", "desc", "1", "-1"):
        raise UploadMalformed("direction: expected asc or desc", parameter="direction")
    return direction in ("", "desc", "-1")


def since(call: Call) -> float:
    """`start_at` in epoch seconds, 0 without it. Raises UploadMalformed."""
    text = call.params.get("start_at")
    if not text:
        return 0.0
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UploadMalformed(
            f"start_at: expected a time such as 2026-11-22T20:00:00Z, got {printable(text)!r}",
            parameter="start_at",
        ) from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
