"""Purges at CDNs: one interface, and a table of those that are spoken to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from proxy.purge.base import Purger
from proxy.purge.log import LogPurger

# By the `kind` of the settings; what else the settings say of one are its arguments.
PURGERS: Mapping[str, Callable[..., Purger]] = {
    "log": LogPurger,
}
