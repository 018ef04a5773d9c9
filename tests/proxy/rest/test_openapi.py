"""The description of the REST API: valid, whole, and readable without anything from elsewhere."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from proxy.errors import STATUS
from proxy.rest.codes import CODES
from tests.proxy.rest.conftest import Site, picture

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning"),
]


async def document(site: Site) -> Any:
    async with site.client.get("/-/openapi.json") as answer:
        return await answer.json()


async def test_it_is_valid(site: Site) -> None:
    validate(await document(site))


async def test_every_operation_is_described_and_routed(site: Site) -> None:
    paths = (await document(site))["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    routed = {
        (route.method, re.sub(r"{(\w+):[^/]*}", r"{\1}", route.resource.canonical))
        for route in site.client.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/")
    }

    assert len(operations) == len({operation["operationId"] for operation in operations})
    assert all(each["summary"] and each["description"] and each["responses"] for each in operations)
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == {
        (method, path) for method, path in routed if method not in ("HEAD", "*")
    }


async def test_bodies_and_answers_have_examples_that_are_valid(site: Site) -> None:
    described = await document(site)
    examples = [
        (operation["operationId"], content)
        for path in described["paths"].values()
        for operation in path.values()
        for answer in (*operation["responses"].values(), operation.get("requestBody", {}))
        for content in answer.get("content", {}).values()
        if "example" in content and "$ref" in content["schema"]
    ]
    for name, content in examples:
        errors = list(site.contract._validator(content["schema"]["$ref"]).iter_errors(content["example"]))

        assert not errors, (name, errors[0].message)


async def test_every_code_of_the_floors_is_explained() -> None:
    told = {rule.code or kind.code for kind, rule in STATUS if rule.code or hasattr(kind, "code")}

    assert set() == told - set(CODES)


async def test_the_page_needs_nothing_from_elsewhere(site: Site) -> None:
    async with site.client.get("/-/docs") as answer:
        html, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    async with site.client.get("/-/docs", headers={"If-None-Match": answer.headers["ETag"]}) as again:
        status = again.status
    anchors = set(re.findall(r' id="([^"]+)"', html))

    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert [] == re.findall(r"<script|src=|url\(|@import|\son\w+=", html)
    assert set() == {link.lstrip("#") for link in re.findall(r'href="(#[^"]+)"', html)} - {
        f"{anchor}" for anchor in anchors
    }
    assert set(CODES) <= anchors
    assert 304 == status


async def test_a_form_as_it_is_described(site: Site) -> None:
    described = (await document(site))["paths"]["/api/v1/images"]["post"]["requestBody"]["content"]
    encoding = described["multipart/form-data"]["encoding"]
    values = {"tags": ["a", "b"], "eager": ["c_fill,h_5,w_5", "w_6/webp"], "coordinates": [1, 2, 3, 4]}
    objects = {"context": {"alt": "x"}, "metadata": {"n": 1}}
    bars = {"form": ",", "pipeDelimited": "|"}
    form = {name: bars[encoding[name]["style"]].join(map(str, each)) for name, each in values.items()}
    form |= {name: json.dumps(each) for name, each in objects.items()}
    file = "data:image/png;base64," + base64.b64encode(picture(99)).decode()
    reply = await site.call("POST", "/images", data={**form, "file": file, "public_id": "formed"})
    renditions = await site.call("GET", "/renditions/formed")
    made = {(each["transformation"], each["format"]) for each in renditions.body["items"]}

    assert {*values, *objects, "allowed_formats"} == set(encoding)
    assert (["a", "b"], [1, 2, 3, 4], {"alt": "x"}, {"n": 1}) == tuple(
        reply.body[name] for name in ("tags", "coordinates", "context", "metadata")
    )
    assert {("c_fill,h_5,w_5", "png"), ("w_6", "webp")} <= made
