"""The one connection to an S3 server that all its buckets share, made when it is first needed.

aiobotocore costs 170 ms and 24 MB to import and a client as much again, so that a server whose originals lie
in a folder never loads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from origin.errors import (
    AssetNotFound,
    OriginDenied,
    OriginError,
    OriginRefused,
    OriginTimeout,
    OriginUnavailable,
)


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How an S3 server is reached. What is empty is left to the usual AWS variables, files and roles."""

    endpoint_url: str = ""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    addressing_style: str = "auto"
    """`path`, `virtual` or `auto`."""
    connect_timeout_seconds: float = 1.0
    read_timeout_seconds: float = 5.0
    """The longest silence, not the whole answer."""
    answer_seconds: float = 4.0
    """Until an object begins to come, retries included."""
    retries: int = 2
    pool_size: int = 50
    """Connections kept, at most."""


class S3Client:
    """An aiobotocore client that comes into being at the first `get()`."""

    def __init__(self, settings: S3Settings) -> None:
        self.settings = settings
        self._client: Any = None
        self._credentials: Any = None
        self._wire: Any = None
        self._stack = AsyncExitStack()
        self._lock = asyncio.Lock()

    async def get(self) -> Any:
        async with self._lock:
            if self._client is None:
                self._client = await self._stack.enter_async_context(self._make())
            return self._client

    async def credentials(self) -> Any:
        """Those that the client signs with, as they are now: what expires is fetched again in time."""
        return await self._credentials.get_frozen_credentials()

    async def send(self, request: Any) -> Any:
        """Send what is signed over the connections of the client: its pool, timeouts, TLS and proxies."""
        return await self._wire.send(request)

    @asynccontextmanager
    async def _make(self) -> AsyncIterator[Any]:
        from aiobotocore.credentials import AioCredentials
        from aiobotocore.session import get_session

        given = self.settings
        session = get_session()
        async with session.create_client(
            "s3",
            endpoint_url=given.endpoint_url or None,
            region_name=given.region or None,
            aws_access_key_id=given.access_key_id or None,
            aws_secret_access_key=given.secret_access_key or None,
            config=self._config(),
        ) as client:
            keys = given.access_key_id, given.secret_access_key
            self._credentials = AioCredentials(*keys) if all(keys) else await session.get_credentials()
            yield client

    def _config(self) -> Any:
        from aiobotocore.config import AioConfig
        from aiobotocore.httpsession import AIOHTTPSession

        def wire(**options: Any) -> Any:
            self._wire = AIOHTTPSession(**options)
            return self._wire

        given = self.settings
        return AioConfig(
            connect_timeout=given.connect_timeout_seconds,
            read_timeout=given.read_timeout_seconds,
            max_pool_connections=given.pool_size,
            # The standard mode waits with jitter and has a retry budget: an outage is not made worse by us.
            retries={"mode": "standard", "total_max_attempts": given.retries + 1},
            s3={"addressing_style": given.addressing_style},
            # Newer checksums are not understood by every server that speaks S3.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            http_session_cls=wire,
        )

    async def close(self) -> None:
        async with self._lock:
            self._client = None
            await self._stack.aclose()


_AWAY = {408, 429}
"""Of the statuses that blame the request: those that only say that the server has too much to do."""


@contextmanager
def translated(place: str) -> Iterator[None]:
    """What botocore and aiohttp raise inside, as errors of ours about `place`."""
    from aiohttp import ClientError as ConnectionFault
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise _refusal(place, error.response) from error
    except (BotoCoreError, ResponseParserError, ConnectionFault, OSError) as error:
        raise _failure(place, error) from error


def _refusal(place: str, response: Any) -> OriginError:
    """What an answer means that is not a success; a HEAD has no body, so its code is only the status."""
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in ("NoSuchKey", "404", "NotFound"):
        return AssetNotFound(f"{place}: no such object")
    if status in (401, 403):
        return OriginDenied(
            f"{place}: denied ({code}): check the credentials, and that they include s3:GetObject and "
            "s3:ListBucket; without the latter S3 denies what does not exist"
        )
    well = isinstance(status, int) and 400 <= status < 500 and status not in _AWAY
    kind = OriginRefused if well else OriginUnavailable
    return kind(f"{place}: the storage answered {status} ({code})")


def _failure(place: str, error: Exception) -> OriginError:
    """What it means that there was no answer, or only a part of one."""
    from botocore.exceptions import (
        ConnectTimeoutError,
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
        ReadTimeoutError,
    )

    if isinstance(error, (ConnectTimeoutError, ReadTimeoutError, TimeoutError)):
        return OriginTimeout(f"{place}: the storage did not answer in time")
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)):
        return OriginDenied(f"{place}: {error}")
    return OriginUnavailable(f"{place}: {error or type(error).__name__}")
