"""What is shown of a size before the jobs of the upload have made it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image

from tests.hosting.works import Works
from tests.transforms.rendering import picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]

SIZES = {"small": "c_limit,w_60"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["placeholder", "original"])
async def works(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Works]:
    hosting = {"eager": SIZES, "until_ready": request.param}
    works = Works(tmp_path_factory.mktemp("until"), hosting=hosting)
    await works.start()
    yield works
    await works.close()


async def test_a_size_that_is_to_be_made_is_stood_in_for(works: Works) -> None:
    shown = works.settings.hosting.until_ready
    asset = await works.upload(picture("detail.jpg"), "first")
    path = works.hosting.links.path(asset, "w_60,c_limit", "webp")
    before = await works.get(path)
    status, headers, body = before
    again = await works.get(path, headers={"If-None-Match": headers["ETag"]})
    await works.work("eager")
    after = await works.get(path, headers={"If-None-Match": headers["ETag"]})

    assert (200, shown) == (status, headers["Calotype-Stand-In"])
    assert {"max-age=5", "must-revalidate"} <= set(headers["Cache-Control"].split(", "))
    assert "immutable" not in headers["Cache-Control"]
    assert "Last-Modified" not in headers
    assert headers["Content-Type"] == ("image/webp" if shown == "placeholder" else "image/jpeg")
    assert (body == picture("detail.jpg")) == (shown == "original")
    assert (304, b"") == (again[0], again[2])
    assert 200 == after[0]
    assert "Calotype-Stand-In" not in after[1]
    assert after[1]["ETag"] != headers["ETag"]
    assert 60 == Image.open(io.BytesIO(after[2])).width
    assert "immutable" in after[1]["Cache-Control"]


async def test_what_no_job_makes_is_made_for_who_asks(works: Works) -> None:
    asset = await works.upload(picture("gray.jpg"), "others")
    links = works.hosting.links
    paths = [links.path(asset, "c_limit,w_61", "webp"), links.path(asset, "c_limit,w_60", "png")]
    answers = [await works.get(path) for path in [*paths, links.path(asset, "c_limit,fl_getinfo,w_60")]]
    original = await works.get(links.path(asset))

    assert [200] * 3 == [status for status, _, _ in answers]
    assert not any("Calotype-Stand-In" in headers for _, headers, _ in [*answers, original])
    assert picture("gray.jpg") == original[2]


async def test_who_failed_to_make_it_is_not_waited_for(works: Works) -> None:
    asset = await works.upload(picture("alpha.png"), "failing")
    path = works.hosting.links.path(asset, "c_limit,w_60", "webp")
    for entry in await works.outbox.lease(limit=100, seconds=60, kinds=["eager"]):
        await works.outbox.failed(entry, "no worker")
    status, headers, _ = await works.get(path)

    assert (200, False) == (status, "Calotype-Stand-In" in headers)


async def test_a_deleted_picture_is_not_stood_in_for(works: Works) -> None:
    asset = await works.upload(picture("p3.png"), "deleted")
    path = works.hosting.links.path(asset, "c_limit,w_60", "webp")
    before = await works.get(path)
    await works.hosting.deletions.delete("deleted")

    assert (200, 410) == (before[0], (await works.get(path))[0])
