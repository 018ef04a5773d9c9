"""Budgets of new variants: of one original, and by one client.

What exists is served without limit. What has to be made is charged when its making begins, to whoever asked
first: hits, 304s and those who wait for another's render pay nothing. A look at a picture and the render that
follows are one variant. What is not done for a reason of ours, such as a full queue, is given back.

Who pays is known to the tasks that a request begins by a context variable, so that nothing in between has to
carry it; whatever begins without one, as eager jobs do, is not charged.
"""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from aiohttp import web

from origin.asset import Asset
from origin.errors import OriginError
from proxy.admission import is_named
from proxy.limits_meter import Account, Meter
from proxy.limits_peer import Peers, is_within
from proxy.renderer_errors import NoWorkers, PoolClosed, QueueFull
from proxy.url import DeliveryUrl

Scope = Literal["asset", "client"]

Charged = Callable[[Asset], AbstractAsyncContextManager[None]]
"""What stands around the making of a variant of an original: `Budgets.charged`, or `free`."""

_NOT_BEGUN = (OriginError, QueueFull, NoWorkers, PoolClosed)
_JITTER_SECONDS = 4
_SUBJECT = {"asset": "this original", "client": "this client"}


class BudgetSpent(Exception):
    """So many new variants, and no more for now.

    `retry_after_seconds` is when there is something again, and up to four more so that clients do not return
    as one. `client` is who was refused.
    """

    def __init__(self, scope: Scope, client: str, amount: int, window_seconds: float, wait: float) -> None:
        self.message = (
            f"new variants of {_SUBJECT[scope]} are limited to {amount} in {window_seconds:g} s; "
            "those that exist are served as before"
        )
        super().__init__(self.message)
        self.code = f"{scope}_variants_exceeded"
        self.scope = scope
        self.client = client
        self.retry_after_seconds = max(1, math.ceil(wait)) + random.randint(0, _JITTER_SECONDS)


def free(asset: Asset) -> AbstractAsyncContextManager[None]:
    """Where nobody pays."""
    return nullcontext()


@dataclass(slots=True)
class Payer:
    """Who is charged for what a request begins. Who that is, is found out only then: a hit pays nothing."""

    request: web.Request
    url: DeliveryUrl
    paid: bool = field(default=False)
    """A request pays once, however many looks its picture needs."""


_PAYER: ContextVar[Payer | None] = ContextVar("payer", default=None)


class Budgets:
    """Charges what is begun. An amount of 0 is no budget.

    `exempt_signed` has signed URLs pay nothing; `exempt_clients` are networks that do not either. Where
    `strict`, single named transformations are of the operator's making and pay for the client only. `observe`
    is told the scope of each refusal.
    """

    def __init__(
        self,
        *,
        meter: Meter,
        peers: Peers,
        per_asset: int,
        per_client: int,
        window_seconds: float,
        observe: Callable[[Scope], None],
        exempt_signed: bool = True,
        exempt_clients: Sequence[str] = (),
        strict: bool = False,
    ) -> None:
        self._meter = meter
        self._peers = peers
        self._amounts: dict[Scope, int] = {"asset": per_asset, "client": per_client}
        self._window_seconds = window_seconds
        self._observe = observe
        self._exempt_signed = exempt_signed
        self._exempt_clients = tuple(exempt_clients)
        self._strict = strict

    def bill(self, request: web.Request, url: DeliveryUrl) -> None:
        """Have whatever this request begins from now on charged to whoever sent it."""
        _PAYER.set(Payer(request, url))

    def is_anothers(self, error: BudgetSpent, request: web.Request) -> bool:
        """Whether we were refused only because we waited for a render that another began, who had to stop."""
        return error.scope == "client" and error.client != self._client(request)

    @asynccontextmanager
    async def charged(self, asset: Asset) -> AsyncIterator[None]:
        """Around what makes a variant of `asset`. Raises BudgetSpent before anything is done."""
        payer = _PAYER.get()
        accounts = self._accounts(payer, asset) if payer is not None and not payer.paid else ()
        if payer is None or not accounts:
            yield
            return
        await self._charge(payer, accounts)
        try:
            yield
        except _NOT_BEGUN:
            payer.paid = False
            await self._meter.give_back(accounts)
            raise

    async def _charge(self, payer: Payer, accounts: Sequence[Account]) -> None:
        payer.paid = True
        empty = await self._meter.take(accounts)
        if empty is None:
            return
        payer.paid = False
        scope: Scope = "asset" if empty.account.name.startswith("asset:") else "client"
        self._observe(scope)
        client = self._client(payer.request)
        raise BudgetSpent(scope, client, empty.account.amount, self._window_seconds, empty.seconds)

    def _accounts(self, payer: Payer, asset: Asset) -> tuple[Account, ...]:
        if self._exempt_signed and payer.url.signed:
            return ()
        client = self._client(payer.request)
        if is_within(client, self._exempt_clients):
            return ()
        names: dict[Scope, str] = {"client": client}
        if not (self._strict and is_named(payer.url.transformation)):
            # A digest: a key may be of any length and in any bytes.
            names["asset"] = sha256(f"{asset.mount}\n{asset.key}".encode()).hexdigest()
        return tuple(
            Account(f"{scope}:{name}", self._amounts[scope], self._window_seconds)
            for scope, name in names.items()
            if self._amounts[scope]
        )

    def _client(self, request: web.Request) -> str:
        return self._peers.client(request.remote, request.headers.getall("X-Forwarded-For", ()))
