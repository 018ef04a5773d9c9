"""Pictures that were exported come back as they were, where nothing stands against it."""

from __future__ import annotations

from origin.hosting.model import Restored
from tests.hosting.conftest import Hosting

OLD = Restored(asset_id="ab" * 16, version=1_600_000_000, created_at=1_500_000_000.5)


async def test_what_was_never_here_is_as_it_was(hosting: Hosting) -> None:
    asset = await hosting.upload(b"cat", "cat", restored=OLD)

    assert (OLD.asset_id, OLD.version, OLD.created_at) == (asset.asset_id, asset.version, asset.created_at)


async def test_an_asset_id_is_given_once(hosting: Hosting) -> None:
    first = await hosting.upload(b"cat", "cat", restored=OLD)
    other = await hosting.upload(b"dog", "dog", restored=OLD)

    assert OLD.asset_id == first.asset_id != other.asset_id


async def test_what_was_deleted_here_is_another_picture(hosting: Hosting) -> None:
    await hosting.upload(b"cat", "cat", restored=OLD)
    await hosting.deletions.delete("cat")
    again = await hosting.upload(b"cat", "cat", restored=OLD)

    assert OLD.asset_id != again.asset_id
    assert again.generation > 2
    assert again.version > 1_600_000_000


async def test_what_is_overwritten_keeps_its_own(hosting: Hosting) -> None:
    before = await hosting.upload(b"cat", "cat")
    after = await hosting.upload(b"dog", "cat", restored=OLD)

    assert (before.asset_id, before.created_at) == (after.asset_id, after.created_at)
    assert after.version > before.version
