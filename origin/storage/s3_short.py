"""GET and HEAD of an object without most of aiobotocore: with its credentials, signatures and connections.

Its client takes 1.8 ms of CPU to ask for an object, nearly all of it for what is the same each time: rules of
endpoints, events, models of parameters and answers. So the first GET of a bucket is made by the client, which
follows redirects to other regions and knows every style of address; the requests that follow are made as that
one was, with another key. Whatever is answered that an object or its absence does not explain goes to the
client, which decides what it means.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from origin.breaker import RetryBudget
from origin.storage.s3_client import S3Client

_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=.+/\d{8}/([^/]+)/s3/aws4_request, ")
"""The header of a signature that is made of no more than key and region (Amazon S3 API reference,
"Authenticating requests: using the Authorization header")."""
_CODE = re.compile(rb"<Code>([^<]{1,100})</Code>")
_USUAL_HEADERS = {"x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}
"""Of Amazon's own headers; with others a bucket wants more than we would say, such as S3 Express."""
_BEGUN = {200, 206}
_CERTAIN = {404, 412, 416}
_TRANSIENT = {408, 429, *range(500, 600)}
_MOST_ERROR_BYTES = 64 * 1024


_TOLD: tuple[tuple[str, str, Callable[[str], Any]], ...] = (
    ("ETag", "etag", str),
    ("ContentLength", "content-length", int),
    ("LastModified", "last-modified", parsedate_to_datetime),
)
"""What is made of an answer: the client's name of it, the header, and how that is read."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the objects of a bucket are asked for: the URL before the key, the region that is signed for."""

    base: str
    region: str
    user_agent: str


class ShortWay:
    """To the objects of `bucket`, once a GET of the client has shown it."""

    def __init__(self, *, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._budget = RetryBudget()
        self._way: Way | None = None

    async def get_object(self, key: str, options: Mapping[str, str]) -> Any:
        """As the client's `get_object`; `options` may be a Range with an IfMatch."""
        if (answer := await self._ask("GET", key, _headers(options))) is not None:
            return answer
        client = await self._client.get()
        answer = await client.get_object(Bucket=self._bucket, Key=key, **options)
        self._way = way_of(answer["Body"].raw_stream, key)
        return answer

    async def head_object(self, key: str) -> Any:
        """As the client's `head_object`."""
        if (answer := await self._ask("HEAD", key, {})) is not None:
            return answer
        client = await self._client.get()
        return await client.head_object(Bucket=self._bucket, Key=key)

    async def _ask(self, method: str, key: str, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The answer; None when the client is to ask. Raises what the client raises, and as it does tries
        again before that, with jitter and within a budget."""
        from botocore.exceptions import ClientError, HTTPClientError

        if (way := self._way) is None:
            return None
        self._budget.called()
        retries = self._client.settings.retries
        for attempt in range(retries + 1):
            try:
                return await self._ask_once(way, method, key, headers)
            except (ClientError, HTTPClientError) as error:
                if _is_certain(error) or attempt == retries or not self._budget.take():
                    raise
            await asyncio.sleep(random.uniform(0, 0.1 * 2**attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _ask_once(
        self, way: Way, method: str, key: str, headers: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        response = await self._client.send(await self._signed(way, method, key, headers))
        status = response.status_code
        if status in _BEGUN:
            return _answer(response)
        async with response.raw:
            code = await _code(response) if method == "GET" else ""
        if status in _CERTAIN or status in _TRANSIENT or (status, code) == (403, "AccessDenied"):
            raise _refusal(method, status, code)
        if (method, status) != ("HEAD", 403):  # the way may have changed: the next GET shows it again
            self._way = None
        return None

    async def _signed(self, way: Way, method: str, key: str, headers: Mapping[str, str]) -> Any:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest

        told = {"User-Agent": way.user_agent, **headers}
        request = AWSRequest(method, way.base + _quoted(key), told, stream_output=True)
        S3SigV4Auth(await self._client.credentials(), "s3", way.region).add_auth(request)
        return request.prepare()


def way_of(raw: Any, key: str) -> Way | None:
    """How the request behind an answer of aiohttp was addressed and signed; None for what we do not do."""
    request, quoted = raw.request_info, _quoted(key)
    url = str(request.url)
    signed = _SIGNED.match(request.headers.get("Authorization", ""))
    amazons = {name.lower() for name in request.headers if name.lower().startswith("x-amz-")}
    if raw.history or signed is None or not url.endswith(f"/{quoted}") or amazons - _USUAL_HEADERS:
        return None
    return Way(url.removesuffix(quoted), signed[1], request.headers.get("User-Agent", ""))


def _quoted(key: str) -> str:
    """As botocore writes a key into a URL."""
    from botocore.utils import percent_encode

    quoted: str = percent_encode(key, safe="/~")
    return quoted


def _headers(options: Mapping[str, str]) -> dict[str, str]:
    names = {"Range": "Range", "IfMatch": "If-Match"}
    return {names[name]: value for name, value in options.items()}


def _answer(response: Any) -> Mapping[str, Any]:
    """As the client tells it; what is missing or cannot be read is left out."""
    from aiobotocore.response import AioStreamingBody

    headers = response.headers
    told: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": response.status_code}}
    told["Body"] = AioStreamingBody(response.raw, headers.get("content-length"))
    for name, header, read in _TOLD:
        with suppress(KeyError, ValueError):
            told[name] = read(headers[header])
    return told


async def _code(response: Any) -> str:
    """What S3 calls its refusal; empty when it says nothing."""
    found = _CODE.search(await response.raw.content.read(_MOST_ERROR_BYTES))
    return found[1].decode("utf-8", "replace") if found else ""


def _is_certain(error: Any) -> bool:
    """Whether it is an answer that would be no other if we asked again."""
    response = getattr(error, "response", None)
    return response is not None and response["ResponseMetadata"]["HTTPStatusCode"] not in _TRANSIENT


def _refusal(method: str, status: int, code: str) -> Exception:
    from botocore.exceptions import ClientError

    said = {"Error": {"Code": code or str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}
    refusal: Exception = ClientError(said, "GetObject" if method == "GET" else "HeadObject")
    return refusal
