"""Changes of a picture that leave its bytes alone: what is said of it, who may see it, what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from origin.errors import AssetNotFound, PublicIdTaken
from origin.hosting import commits, rows
from origin.hosting.deletions import Published, Told, tell, tell_nobody, told_to_nobody
from origin.hosting.faultpoints import reach
from origin.hosting.model import HostedAsset, Job, Receipt
from origin.hosting.outbox import post_about
from origin.hosting.store import HostingStore
from origin.hosting.transaction import Transaction
from origin.storage.base import check_key

CHANGEABLE = ("tags", "context", "fields", "coordinates", "access_mode", "state", "findings")
"""What `update` takes; of states only live and held: `Deletions` makes tombstones."""


class Changes:
    """Changes pictures. `published` is told of every receipt before the answer; the jobs of `told` are
    written down when a picture that was held is approved."""

    def __init__(
        self, *, store: HostingStore, published: Published = tell_nobody, told: Told = told_to_nobody
    ) -> None:
        self._store = store
        self._published = published
        self._told = told

    async def update(
        self,
        public_id: str,
        change: Callable[[HostedAsset], dict[str, Any]],
        *,
        owner: str | None = None,
        jobs: tuple[Job, ...] = (),
    ) -> HostedAsset:
        """The picture with what `change` answers for it: new values by the names in CHANGEABLE.

        `change` sees the picture as it is at that moment and may be called several times. Jobs are written
        down with it. Raises AssetNotFound where there is none, or none of that owner's.
        """
        await reach("change.begun")

        def work(transaction: Transaction) -> tuple[HostedAsset, Receipt | None]:
            before = _mine(transaction, public_id, owner)
            values = change(before)
            if unknown := set(values) - set(CHANGEABLE):
                raise ValueError(f"{', '.join(sorted(unknown))}: Expected some of {', '.join(CHANGEABLE)}")
            after, receipt = replace(before, **_tidy(values)), None
            if after != before:
                after, receipt = commits.change(transaction, before, after, self._store.times)
            approved = (before.state, after.state) == ("held", "live")
            for job in (*jobs, *(self._told("approved") if approved else ())):
                post_about(transaction, after, job)
            return after, receipt

        after, receipt = await self._store.write(work)
        await reach("change.committed")
        if receipt is not None:
            await self._published([receipt])
        return after

    async def rename(
        self, public_id: str, to: str, *, owner: str | None = None, overwrite: bool = False
    ) -> HostedAsset:
        """The picture under its new id; the old one answers 410.

        Raises InvalidKey, AssetNotFound, and PublicIdTaken where the new id is somebody else's, or another
        picture's and not to be overwritten.
        """
        check_key(to)
        await reach("rename.begun")

        def work(transaction: Transaction) -> tuple[HostedAsset, list[Receipt]]:
            # In one order, so that two who swap names do not wait for each other.
            for name in sorted((public_id, to)):
                rows.find(transaction, name, lock=True)
            before = _mine(transaction, public_id, owner)
            if to == public_id:
                return before, []
            taken: list[Receipt] = []
            there = rows.find(transaction, to)
            commits.refuse_strangers(transaction, to, before.owner, there)
            if there is not None and not there.gone:
                if not overwrite:
                    raise PublicIdTaken(f"{to}: there is a picture of this public id already")
                taken.append(commits.take_down(transaction, there, self._store.times, kind="overwrite"))
                tell(transaction, there, taken[-1], self._told("deleted"))
            after, receipt = commits.rename(transaction, before, to, self._store.times)
            return after, [*taken, receipt]

        after, receipts = await self._store.write(work)
        await reach("rename.committed")
        if receipts:
            await self._published(receipts)
        return after


def _mine(transaction: Transaction, public_id: str, owner: str | None) -> HostedAsset:
    asset = rows.find(transaction, public_id, lock=True)
    if asset is None or asset.gone or owner not in (None, asset.owner):
        raise AssetNotFound(f"{public_id[:80]!r}: no such picture")
    return asset


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    """New values as the picture keeps them."""
    if values.get("state", "live") not in ("live", "held"):
        raise ValueError(f"{values['state']!r}: Expected live or held")
    if "tags" in values:
        values = {**values, "tags": tuple(sorted(dict.fromkeys(values["tags"])))}
    return values
