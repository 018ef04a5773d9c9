"""The `purge` section: the CDNs that are told when a picture is taken down or replaced."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from proxy.config_types import Section, Told


class LogPurge(Section):
    """No CDN: what one would be sent is written into the log."""

    kind: Literal["log"] = "log"
    """Always `log`."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,32}$")] = "log"
    """What receipts, metrics and logs call it; each has another."""


AnyPurge = LogPurge


def distinct_purges(purges: tuple[AnyPurge, ...]) -> tuple[AnyPurge, ...]:
    """`purges` themselves, unless two have one name."""
    names = [purge.name for purge in purges]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Told(f"Expected a name for each, got {twice} twice")
    return purges
