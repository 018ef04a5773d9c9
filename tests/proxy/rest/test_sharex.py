"""The file by which ShareX uploads here, used as ShareX uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import FormData
from yarl import URL

from tests.proxy.rest.conftest import Site, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]


async def file_of(site: Site, query: str = "") -> Any:
    async with site.client.get(f"/-/sharex.sxcu{query}") as answer:
        assert 200 == answer.status
        assert 'attachment; filename="calotype.sxcu"' == answer.headers["Content-Disposition"]
        return json.loads(await answer.read())


async def upload(site: Site, told: Any, data: bytes, **headers: str) -> tuple[int, Any]:
    form = FormData()
    for name, value in told.get("Arguments", {}).items():
        form.add_field(name, value)
    form.add_field(told["FileFormName"], data, filename="Screenshot 1.png")
    path = URL(told["RequestURL"]).path
    async with site.client.request(told["RequestMethod"], path, data=form, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_with_a_key_in_its_place(site: Site) -> None:
    told = await file_of(site)
    place = told["Headers"]["Authorization"].replace("YOUR-TOKEN-OR-KEY:SECRET", "ana:secret-of-ana")
    status, body = await upload(site, told, picture(1), Authorization=place)
    refused, error = await upload(site, told, picture(1), Authorization=told["Headers"]["Authorization"])

    assert (201, True) == (status, body["url"].startswith("http"))
    assert ("{json:url}", "{json:detail}") == (told["URL"], told["ErrorMessage"])
    assert (401, True) == (refused, bool(error["detail"]))
    assert "secret" not in json.dumps(told)


async def test_without_a_key_by_a_preset(site: Site) -> None:
    told = await file_of(site, "?upload_preset=open")
    status, body = await upload(site, told, picture(2))
    async with site.client.get("/-/sharex.sxcu?upload_preset=none") as answer:
        missing = answer.status

    assert (201, "crowd/", 404) == (status, body["public_id"][:6], missing)
    assert "Headers" not in told
