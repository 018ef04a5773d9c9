"""Which hosted picture a name in a URL means."""

from __future__ import annotations

import pytest

from origin.errors import AssetGone, AssetNotFound
from origin.hosting.mounted import HostedStorage
from tests.hosting.conftest import Hosting


async def meant(hosting: Hosting, name: str, extension: str | None) -> str | type[Exception]:
    """The hash of what is found, or how it fails."""
    hosted = HostedStorage(store=hosting.store, storage=hosting.storage)
    try:
        found = await hosted.find(name, extension)
    except (AssetGone, AssetNotFound) as error:
        return type(error)
    data, _ = await hosted.read(found.key, max_bytes=100)
    return data.decode()


@pytest.mark.parametrize(
    ("kept", "deleted", "name", "expected"),
    [
        (["cat.webp", "cat"], [], "cat.webp", "cat.webp"),
        (["cat", "cat.jpg"], [], "cat.webp", "cat"),
        (["cat.png", "cat.jpg", "cat.gif"], [], "cat.webp", "cat.jpg"),
        (["cat.png", "cat.jpg"], [], "cat", "cat.jpg"),
        (["cat.txt", "cat.jpg.png", "cats.jpg"], [], "cat", AssetNotFound),
        (["cat"], ["cat"], "cat.webp", AssetGone),
        (["cat", "cat.jpg"], ["cat"], "cat", AssetGone),
        (["cat.jpg"], ["cat.jpg"], "cat", AssetNotFound),
        (["cat.jpg", "cat.png"], ["cat.jpg"], "cat", "cat.png"),
    ],
)
async def test_a_name_means(
    hosting: Hosting, kept: list[str], deleted: list[str], name: str, expected: str | type[Exception]
) -> None:
    for public_id in kept:
        await hosting.keep(public_id.encode(), public_id)
    for public_id in deleted:
        await hosting.deletions.delete(public_id)

    extension = name.partition(".")[2] or None

    assert expected == await meant(hosting, name, extension)
