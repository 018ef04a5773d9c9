"""The pages of albums are purged at CDNs when they change: at once, and by jobs."""

from __future__ import annotations

import pytest

from origin.hosting.albums import Albums
from proxy.tags import album_tag
from tests.hosting.conftest import Hosting
from tests.hosting.test_takedown_jobs import Parts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_pages_are_purged_at_once_and_by_the_job(hosting: Hosting) -> None:
    parts = Parts(hosting)
    albums = Albums(store=hosting.store, deletions=hosting.deletions, told=parts.jobs.albums_changed)
    album = await albums.create(owner="ana", title="Cats")
    await albums.update(album.album_id, {"title": "Dogs"})
    at_once = list(parts.cdn.asked)
    done = await parts.work()

    assert [((f"x-{album_tag(album.album_id)}",), True)] == at_once
    assert (["purge_album"], at_once * 2) == (done, parts.cdn.asked)


async def test_a_cdn_that_is_away_keeps_nobody_from_changing_an_album(hosting: Hosting) -> None:
    parts = Parts(hosting)
    parts.cdn.away = True
    albums = Albums(store=hosting.store, deletions=hosting.deletions, told=parts.jobs.albums_changed)
    album = await albums.create(owner="ana", title="Cats")
    changed = await albums.update(album.album_id, {"title": "Dogs"})
    without = await parts.work()
    parts.cdn.away = False

    assert ("Dogs", []) == (changed.title, without)
    assert ["purge_album"] == await parts.work(10)


async def test_an_album_that_ends_is_purged_again(hosting: Hosting) -> None:
    parts = Parts(hosting)
    albums = Albums(store=hosting.store, deletions=hosting.deletions, told=parts.jobs.albums_changed)
    album = await albums.create(owner="ana", title="Cats")
    await albums.delete(album.album_id)
    done = [await parts.work(), await parts.work(), await parts.work(100)]

    assert [["purge_album"], [], ["purge_album"]] == done


async def test_a_row_that_does_not_read_is_told(hosting: Hosting) -> None:
    with pytest.raises(ValueError, match="album_id"):
        await Parts(hosting).jobs.purge_album([{"album": "x"}])
