"""Renditions made behind an upload: one read, one decode, and what a request would have got."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from origin.errors import AssetGone
from tests.hosting.works import Works
from tests.transforms.rendering import picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

SIZES = {
    "thumbnail": "c_fill,g_auto,h_40,w_40",
    "small": "c_limit,w_60",
    "large": {"transformation": "c_limit,w_99", "formats": ["jpg", "webp"]},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def works(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Works]:
    works = Works(tmp_path_factory.mktemp("eager"), hosting={"eager": SIZES})
    await works.start()
    yield works
    await works.close()


@pytest.fixture
def seen(works: Works, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a job asks for: reads of originals, and renders by the number of plans sent together."""
    seen: list[str] = []
    pool, library = works.services.pool, works.services.library
    read, series, render = library.read, pool.series, pool.render

    async def noted_read(*given: Any) -> bytes:
        seen.append("read")
        return await read(*given)

    def noted_series(plans: Any, *given: Any, **named: Any) -> Any:
        seen.append(f"series of {len(plans)}")
        return series(plans, *given, **named)

    async def noted_render(*given: Any, **named: Any) -> Any:
        seen.append("render")
        return await render(*given, **named)

    monkeypatch.setattr(library, "read", noted_read)
    monkeypatch.setattr(pool, "series", noted_series)
    monkeypatch.setattr(pool, "render", noted_render)
    return seen


def paths(works: Works, asset: Any) -> list[str]:
    return [
        works.hosting.links.path(asset, size.transformation, size.format)
        for size in works.hosting.desk.renditions(asset)
    ]


async def test_all_sizes_are_made_by_one_read_and_one_series(works: Works, seen: list[str]) -> None:
    asset = await works.upload(picture("p3.png"), "eager")
    assert [("eager", "done")] == await works.work("eager")
    asked = list(seen)
    answers = [await works.get(path) for path in paths(works, asset)]

    assert ["read", "series of 6"] == asked
    assert [200] * 6 == [status for status, _, _ in answers]
    assert all("hit" in headers["Cache-Status"] for _, headers, _ in answers)
    assert asked == seen


async def test_they_are_what_a_request_makes(works: Works) -> None:
    asset = await works.upload(picture("progressive.jpg"), "same")
    await works.work("eager")
    ahead = [(await works.get(path))[2] for path in paths(works, asset)]
    await works.services.tiers.drop_made_of([asset.blob.content_hash])
    answers = [await works.get(path) for path in paths(works, asset)]

    assert all("miss" in headers["Cache-Status"] for _, headers, _ in answers)
    assert [body for _, _, body in answers] == ahead


async def test_what_is_there_is_not_made_again(works: Works, seen: list[str]) -> None:
    asset = await works.upload(picture("alpha.png"), "again")
    live = await works.get(paths(works, asset)[0])
    seen.clear()
    await works.work("eager")
    made = list(seen)
    seen.clear()
    await works.upload(picture("alpha.png"), "twin")
    await works.work("eager")

    assert 200 == live[0]
    assert ["read", "series of 5"] == made
    # The same bytes under another name make the same variants.
    assert [] == seen


async def test_one_that_cannot_be_made_keeps_no_other_from_being_made(works: Works) -> None:
    await works.upload(picture("gray.jpg"), "partly", eager="c_crop,h_9000,w_20,y_9000|c_fill,h_21,w_21")
    results = await works.work("eager")
    status, headers, _ = await works.get("/c_fill,h_21,w_21/partly.jpg")

    assert [("eager", "refused")] == results
    assert (200, True) == (status, "hit" in headers["Cache-Status"])


async def test_one_that_was_taken_down_meanwhile_leaves_no_dead_letter(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    await works.upload(picture("gray.jpg"), "short-lived")

    async def make_too_late(settled: Any) -> Any:
        await works.hosting.deletions.delete("short-lived")
        return {each.key: AssetGone("was taken down") for each in settled}

    monkeypatch.setattr(works.services.delivery.ahead, "make", make_too_late)

    assert [("eager", "done")] == await works.work("eager")
