"""The short way to objects in S3: that it is taken, what it signs, and when it is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from origin.errors import AssetNotFound, OriginDenied, OriginRefused, OriginTimeout, OriginUnavailable
from origin.storage.s3 import S3Storage
from origin.storage.s3_client import S3Client, S3Settings
from origin.storage.s3_short import Way, way_of
from tests.origin.test_s3_faults import BODY, HANG, MAX, Script, answer, refusal, rest, storage_at
from tests.origin.test_s3_faults import script as script
from tests.origin.test_storage_contract import ODD_KEYS
from tests.services.s3 import S3Server

OK = answer("200 OK", BODY)
SIGNED = "AWS4-HMAC-SHA256 Credential=key/20261123/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
async def storage(script: Script) -> AsyncIterator[S3Storage]:
    """One that has been shown the way."""
    storage = storage_at(script.port)
    script.answers = [OK]
    await storage.read("first.jpg", max_bytes=MAX)
    script.asked.clear()
    yield storage
    await storage.close()


def long_way(asked: str) -> bool:
    """aiobotocore names each of its requests; we do not."""
    return "amz-sdk-invocation-id" in asked.lower()


def ways(script: Script) -> list[str]:
    return ["long" if long_way(asked) else "short" for asked in script.asked]


async def test_a_get_shows_the_way_to_what_follows(script: Script, storage: S3Storage) -> None:
    script.answers = [OK, answer("200 OK", length=len(BODY))]

    data, stat = await storage.read("cat.jpg", max_bytes=MAX)

    assert (data, stat.size, stat.etag, stat.modified_at) == (BODY, len(BODY), "one", 1665597000.0)
    assert stat == await storage.stat("cat.jpg")
    assert ways(script) == ["short", "short"]


async def test_any_name_is_signed_as_it_is_written(s3_bucket: S3Server) -> None:
    client = S3Client(S3Settings(**s3_bucket.settings))
    storage = S3Storage(client=client, bucket=s3_bucket.bucket, prefix="some where/")
    sent: list[str] = []
    for key in ODD_KEYS:
        await storage.write(key, key.encode())
    await storage.read(ODD_KEYS[0], max_bytes=MAX)
    whole = client.send

    async def counted(request: Any) -> Any:
        sent.append(request.method)
        return await whole(request)

    client.send = counted  # type: ignore[method-assign]

    for key in ODD_KEYS:
        data, stat = await storage.read(key, max_bytes=MAX)
        assert (data, stat) == (key.encode(), await storage.stat(key))
    with pytest.raises(AssetNotFound):
        await storage.read("nobody", max_bytes=MAX)
    assert await storage.stat("nobody") is None
    assert sent == ["GET", "HEAD"] * (len(ODD_KEYS) + 1)
    await storage.close()


async def test_a_way_that_is_not_plain_is_not_learnt() -> None:
    def asked(url: str, headers: dict[str, str], history: tuple[str, ...] = ()) -> Any:
        return SimpleNamespace(request_info=SimpleNamespace(url=url, headers=headers), history=history)

    plain = {"Authorization": SIGNED, "x-amz-date": "20261123T010203Z", "User-Agent": "a/1"}
    url = "https://photos.s3.eu-west-1.amazonaws.com/a%20b/c.jpg"
    other = (
        asked(url, {"Authorization": "AWS key:old"}),
        asked(url, plain | {"Authorization": SIGNED.replace("/s3/", "/s3express/")}),
        asked(url, plain | {"x-amz-s3session-token": "t"}),
        asked(url, plain, ("a redirect",)),
        asked(url + "?versionId=1", plain),
        asked(url, {}),
    )

    assert way_of(asked(url, plain), "a b/c.jpg") == Way(
        "https://photos.s3.eu-west-1.amazonaws.com/", "eu-west-1", "a/1"
    )
    assert [way_of(each, "a b/c.jpg") for each in other] == [None] * len(other)


async def test_it_goes_on_where_an_object_broke_off(script: Script, storage: S3Storage) -> None:
    script.answers = [answer("200 OK", BODY[:1000], length=len(BODY)), rest(1000)]

    assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == BODY
    assert script.ranges() == [None, "bytes=1000-"]
    assert "if-match" in script.asked[1].lower().partition("signedheaders=")[2].partition(",")[0]


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        ("a redirect", "301 Moved Permanently", "PermanentRedirect"),
        ("another region", "400 Bad Request", "AuthorizationHeaderMalformed"),
        ("expired keys", "403 Forbidden", "ExpiredToken"),
    ],
)
async def test_what_is_unclear_is_asked_of_the_client_which_shows_the_way_again(
    script: Script, storage: S3Storage, refused: str, status: str, code: str
) -> None:
    script.answers = [refusal(status, code), OK, OK]

    for _ in range(2):
        assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == BODY
    assert ways(script) == ["short", "long", "short"]


async def test_refusals_mean_what_they_mean_to_the_client(script: Script, storage: S3Storage) -> None:
    for status, code, error, message in (
        ("403 Forbidden", "AccessDenied", OriginDenied, "s3:ListBucket"),
        ("404 Not Found", "NoSuchKey", AssetNotFound, "no such object"),
        ("404 Not Found", "NoSuchBucket", OriginRefused, "NoSuchBucket"),
        ("404 Not Found", "", AssetNotFound, "no such object"),
    ):
        script.asked.clear()
        script.answers = [refusal(status, code)]
        with pytest.raises(error, match=message):
            await storage.read("cat.jpg", max_bytes=MAX)
        assert ways(script) == ["short"]


async def test_a_head_that_is_denied_is_the_clients_to_tell(script: Script, storage: S3Storage) -> None:
    script.answers = [answer("403 Forbidden"), answer("403 Forbidden"), OK]

    with pytest.raises(OriginDenied):
        await storage.stat("cat.jpg")
    await storage.read("cat.jpg", max_bytes=MAX)
    assert ways(script) == ["short", "long", "short"]


@pytest.mark.parametrize("fault", [refusal("503 Slow Down", "SlowDown"), HANG], ids=["503", "hang"])
async def test_what_may_pass_is_tried_again_twice(script: Script, storage: S3Storage, fault: Any) -> None:
    script.answers = [fault, fault, OK]
    assert (await storage.read("cat.jpg", max_bytes=MAX))[0] == BODY
    assert ways(script) == ["short"] * 3

    script.answers = [fault] * 9
    with pytest.raises((OriginUnavailable, OriginTimeout)):
        await storage.stat("cat.jpg")
    assert ways(script) == ["short"] * 6


async def test_an_outage_is_not_made_worse_by_trying_again(script: Script, storage: S3Storage) -> None:
    script.answers = [refusal("500 Oh", "InternalError")] * 200
    for _ in range(20):
        with pytest.raises(OriginUnavailable):
            await storage.read("cat.jpg", max_bytes=MAX)

    assert 20 < len(script.asked) <= 32
