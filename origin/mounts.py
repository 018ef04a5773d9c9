"""Which mount a public id lies in, and which object it means there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from origin.address import is_address
from origin.breaker import Breaker
from origin.errors import AssetNotFound
from origin.storage.base import Stat, Storage, check_key, is_valid_key
from transforms.formats import FORMATS

PREFERENCE = tuple(extension for format in FORMATS.values() for extension in format.extensions)
"""The extensions an original may have, that of the first choice first."""

Find = Callable[[str, str | None], Awaitable[Stat]]
"""Answers what a name, with that extension at its end if that is an image's, means. Raises AssetNotFound, and
AssetGone where no other mount is to be asked."""

_SIBLINGS = 100
"""How many objects that share a stem are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Mount:
    """Originals of one storage, under one prefix of public ids."""

    name: str
    prefix: str
    """The first segments of the ids found here, which the keys do not repeat. Empty: every id."""
    storage: Storage
    revalidate_seconds: float
    """How long facts count before the storage is asked again."""
    timeout_seconds: float | None = None
    """How long one look at an object, or reading it, may take; None for as long as everywhere."""
    breaker: Breaker | None = field(default=None, compare=False)
    """What keeps a storage that fails from being asked; None where many servers lie behind one mount."""
    find: Find | None = field(default=None, compare=False)
    """How names are looked up here; None: as `resolve` does, by names of objects."""
    first: bool = False
    """Whether it is looked in before all others, however long their prefixes are."""
    patience_seconds: float | None = None
    """How long an answer waits for an overdue check; None: as long as everywhere."""
    remote: bool = False
    """Whether it is servers of others that lie behind it: they fail as they like, and are not our storage."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name may lie: a mount, and the name there."""

    mount: Mount
    name: str


class Mounts:
    """All mounts. Those that are `first` are looked in first, then the longest prefix that fits, then the
    shorter ones.

    Names that are addresses lie in `remote`, and nowhere else.
    """

    def __init__(self, mounts: Iterable[Mount], *, remote: Mount | None = None) -> None:
        self._mounts = sorted(
            mounts, key=lambda mount: (mount.first, len(mount.prefix.strip("/"))), reverse=True
        )
        self._remote = remote
        self._all = [*self._mounts, *([remote] if remote else [])]
        self._by_name = {mount.name: mount for mount in self._all}
        if len(self._by_name) != len(self._all):
            raise ValueError("two mounts have the same name")

    def named(self, name: str) -> Mount:
        return self._by_name[name]

    def places(self, name: str) -> Sequence[Place]:
        """Where to look, in order.

        Raises InvalidKey for a name that no object can have.
        """
        if self._remote is not None and is_address(name):
            return [Place(self._remote, name)]
        check_key(name)
        prefixes = ((mount, f"{mount.prefix.strip('/')}/".lstrip("/")) for mount in self._mounts)
        return [Place(mount, name[len(prefix) :]) for mount, prefix in prefixes if name.startswith(prefix)]

    def before_all(self, name: str) -> Place | None:
        """The place that is looked in before those of the others, if there is one."""
        places = self.places(name)
        return places[0] if places and places[0].mount.first else None

    async def close(self) -> None:
        await asyncio.gather(*(mount.storage.close() for mount in self._all))


async def resolve(storage: Storage, name: str, extension: str | None) -> Stat:
    """The object that a name means, where `extension` is the last part of `name` if that is an image's.

    The object of that very name; else the one named like it without its extension; else one that differs from
    it in its extension alone, by `PREFERENCE`. So `photos/cat.webp` finds `photos/cat.jpg`.

    Raises AssetNotFound, and what the storage raises.
    """
    exact = await storage.stat(name)
    if exact is not None:
        return exact
    stem = name[: -len(extension) - 1] if extension else name
    if not is_valid_key(stem):
        raise AssetNotFound(f"{name[:80]!r}: no such original")
    bare, sibling = await asyncio.gather(
        storage.stat(stem) if extension else _nothing(), _find_sibling(storage, stem)
    )
    found = bare or sibling
    if found is None:
        raise AssetNotFound(f"{name[:80]!r}: no such original, with this or another extension")
    return found


async def _nothing() -> None:
    return None


async def _find_sibling(storage: Storage, stem: str) -> Stat | None:
    beside = await storage.list(f"{stem}.", limit=_SIBLINGS)
    ranks = {extension: rank for rank, extension in enumerate(PREFERENCE)}
    ranked = [
        (ranks[extension], stat.key, stat)
        for stat in beside
        if (extension := stat.key[len(stem) + 1 :].lower()) in ranks
    ]
    if ranked or len(beside) < _SIBLINGS:
        return min(ranked)[2] if ranked else None
    # Too many to see them all: `2024.` may begin a thousand names that are not meant.
    stats = await asyncio.gather(*(storage.stat(f"{stem}.{extension}") for extension in PREFERENCE))
    return next((stat for stat in stats if stat is not None), None)
