"""POST requests to whom the operator, or whoever uploads, named: bounded, and kept out of our own networks.

Addresses of the settings may be anywhere: an operator's moderation service stands beside the server. Those
that came with an upload have to pass the rules of remote originals (`origin.guard`), with every address that
their name has, and the connection goes to an address that was checked. Redirects are not followed.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from origin.address import read_address
from origin.errors import FetchForbidden, InvalidAddress
from origin.guard import Rules
from proxy.jobs.running import JobRefused

_LONGEST_ANSWER = 65_536


class PostFailed(Exception):
    """Nobody answered, or not as was expected; it is tried again."""


class Poster:
    """Sends. `rules` hold for what is not `trusted`."""

    def __init__(self, *, rules: Rules, timeout_seconds: float = 10.0) -> None:
        self._rules = rules
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        trusted: bool,
        timeout_seconds: float | None = None,
    ) -> bytes:
        """The body of a 2xx answer. Raises PostFailed, and JobRefused for an address that nobody may send
        to."""
        if not trusted:
            try:
                self._rules.check(read_address(url))
            except (FetchForbidden, InvalidAddress) as error:
                raise JobRefused(f"{url[:200]}: {error}") from error
        timeout = aiohttp.ClientTimeout(total=timeout_seconds) if timeout_seconds else self._timeout
        resolver = None if trusted else _CheckedResolver(self._rules)
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
        told = {"Content-Type": "application/json", "User-Agent": "Calotype", **headers}
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
                ) as session,
                session.post(url, data=body, headers=told, allow_redirects=False) as answer,
            ):
                if not 200 <= answer.status < 300:
                    raise PostFailed(f"{url[:200]} answered {answer.status}")
                return await answer.content.read(_LONGEST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PostFailed(f"{url[:200]}: {type(error).__name__}: {error}") from error


class _CheckedResolver(AbstractResolver):
    """The system's, but for names that lead to any address that is not permitted."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(self._rules.permits(each["host"]) for each in found):
            raise OSError("the address is not a public one")
        return found

    async def close(self) -> None:
        await self._inner.close()
