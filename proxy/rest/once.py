"""`Idempotency-Key`: a request that comes again with the same key is answered again, and not done again.

As the IETF's draft "The Idempotency-Key HTTP Header Field" has it: 422 for the key of another request, 409
while the first one is under way.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from hashlib import sha256

from aiohttp import web

from origin.errors import KeyUsedOtherwise
from origin.hosting.principal import Principal
from origin.hosting.replays import Busy, Kept, Replays
from proxy.errors import Refusal
from proxy.rest.operation import Answered
from proxy.rest.problems import Invalid, Violation, wrong

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[!-~]{1,255}", re.ASCII)
_ANEW = {"Idempotency-Replayed": "true"}


class Once:
    """Remembers answers by the keys of requests."""

    def __init__(self, replays: Replays) -> None:
        self._replays = replays

    async def answered(
        self,
        request: web.Request,
        sender: Principal | None,
        body: bytes,
        work: Callable[[], Awaitable[tuple[Answered, bytes]]],
    ) -> Answered:
        """What `work` answers, or what it answered when the request came before.

        Raises Invalid and Refusal beside what `work` raises.
        """
        key = key_of(request, sender)
        if key is None or sender is None:
            return (await work())[0]
        print_ = fingerprint(request, [body])
        try:
            before = await self._replays.begin(sender.sender, key, print_)
        except KeyUsedOtherwise as error:
            raise used_otherwise() from error
        if isinstance(before, Busy):
            raise _busy(before)
        if before is not None:
            return again(before)
        try:
            answer, written = await work()
        except Exception:
            await self._replays.free(sender.sender, key)
            raise
        await self._replays.keep(sender.sender, key, print_, _kept(answer, written))
        return answer

    async def find(self, sender: Principal, key: str, print_: str) -> Answered | None:
        """What the request was answered when it came before. Raises Invalid."""
        try:
            before = await self._replays.find(sender.sender, key, print_)
        except KeyUsedOtherwise as error:
            raise used_otherwise() from error
        return again(before) if before is not None else None

    async def keep(self, sender: Principal, key: str, print_: str, answer: Answered, written: bytes) -> None:
        """Remember what the request was answered."""
        await self._replays.keep(sender.sender, key, print_, _kept(answer, written))


def key_of(request: web.Request, sender: Principal | None) -> str | None:
    """The idempotency key of a request. Raises Invalid for one that is none, and for whoever has no key of
    the API: strangers would share theirs."""
    given = request.headers.getall(HEADER, [])
    if not given:
        return None
    if len(given) > 1 or _KEY.fullmatch(given[0]) is None:
        raise wrong(
            HEADER,
            "expected 1 to 255 visible ASCII characters, once",
            expected="1 to 255 visible ASCII characters",
            code="invalid_idempotency_key",
        )
    if sender is None or not sender.trusted:
        raise wrong(HEADER, "only for requests that have a key", code="not_allowed_unsigned")
    return given[0]


def fingerprint(request: web.Request, parts: Iterable[bytes]) -> str:
    """Tells requests apart: method, path, query and body."""
    digest = sha256()
    for part in (request.method.encode(), request.raw_path.encode(), *parts):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def again(kept: Kept) -> Answered:
    """An answer that was given before."""
    return Answered(kept.body or None, status=kept.status, headers={**kept.headers, **_ANEW})


def used_otherwise() -> Invalid:
    """The refusal of a key that came before with another request."""
    violation = Violation(
        parameter=HEADER, detail="it came before, with another request", code="idempotency_key_used"
    )
    return Invalid([violation], status=422)


def _busy(busy: Busy) -> Refusal:
    headers = {"Retry-After": str(min(int(busy.seconds) + 1, 5))}
    message = f"{HEADER}: the first request with this key is under way"
    return Refusal(409, "idempotency_key_busy", message, headers)


def _kept(answer: Answered, written: bytes) -> Kept:
    return Kept(answer.status, answer.headers, written)
