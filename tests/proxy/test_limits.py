"""Budgets of new variants: who pays, how much, and what comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from origin.asset import Asset
from origin.errors import OriginUnavailable
from proxy.errors import error_code, rule_for
from proxy.limits import Budgets, BudgetSpent
from proxy.limits_meter import Meter
from proxy.limits_peer import Peers
from proxy.link import RedisLink
from proxy.renderer_errors import QueueFull, RenderTimeout
from proxy.url import DeliveryUrl, read_delivery_url
from transforms.frame import ImageInfo

CAT = Asset(
    mount="main",
    key="cat.jpg",
    content_hash="0" * 64,
    info=ImageInfo("jpg", 80, 60),
    size=100,
    etag="1",
    modified_at=0.0,
    checked_at=0.0,
    public_id="cat",
    name="cat",
)
DOG = replace(CAT, key="dog.jpg", public_id="dog", name="dog")
URL = read_delivery_url("/w_10/cat")
HOUR = 3600.0


class Till:
    """Budgets, and the scopes of what they refused."""

    def __init__(
        self,
        *,
        asset: int = 0,
        client: int = 0,
        window: float = HOUR,
        trusted: tuple[str, ...] = (),
        link: RedisLink | None = None,
        exempt_signed: bool = True,
        exempt_clients: tuple[str, ...] = (),
        strict: bool = False,
    ) -> None:
        self.refused: list[str] = []
        self.budgets = Budgets(
            meter=Meter(link),
            peers=Peers(trusted),
            per_asset=asset,
            per_client=client,
            window_seconds=window,
            observe=self.refused.append,
            exempt_signed=exempt_signed,
            exempt_clients=exempt_clients,
            strict=strict,
        )

    def bill(self, url: DeliveryUrl = URL, peer: str = "192.0.2.1", **headers: str) -> web.Request:
        """Begin a request."""
        request = asking(peer, **headers)
        self.budgets.bill(request, url)
        return request

    async def make(self, asset: Asset = CAT, error: Exception | None = None) -> None:
        """Make something new."""
        async with self.budgets.charged(asset):
            if error is not None:
                raise error

    async def made(
        self, times: int, url: DeliveryUrl = URL, asset: Asset = CAT, peer: str = "192.0.2.1"
    ) -> int:
        """How many of so many new variants one client gets."""
        count = 0
        for _ in range(times):
            self.bill(url, peer)
            try:
                await self.make(asset)
            except BudgetSpent:
                continue
            count += 1
        return count


def asking(peer: str, **headers: str) -> web.Request:
    request = make_mocked_request(
        "GET", "/", {name.replace("_", "-"): value for name, value in headers.items()}
    )
    return request.clone(remote=peer)


async def test_an_original_has_so_many_variants() -> None:
    till = Till(asset=3)

    assert 3 == await till.made(5)
    assert 2 == await till.made(2, asset=DOG)
    assert 0 == await till.made(1, peer="192.0.2.2")
    assert ["asset", "asset", "asset"] == till.refused


async def test_a_client_gets_so_many() -> None:
    till = Till(client=3)

    assert 3 == await till.made(5)
    assert 0 == await till.made(1, asset=DOG)
    assert 1 == await till.made(1, peer="192.0.2.2")
    assert ["client", "client", "client"] == till.refused


async def test_what_one_budget_refuses_the_other_is_not_charged_for() -> None:
    till = Till(asset=1, client=2)
    await till.made(10)

    assert 1 == await till.made(1, asset=DOG)
    assert 0 == await till.made(1, asset=replace(DOG, key="cow.jpg"))


async def test_zero_is_no_limit() -> None:
    assert 500 == await Till().made(500)


async def test_it_grows_back_one_after_the_other() -> None:
    till = Till(asset=4, window=0.4)
    await till.made(4)
    at_once = await till.made(1)
    await asyncio.sleep(0.15)
    later = await till.made(9)

    assert (0, True) == (at_once, 1 <= later <= 8)


async def test_a_refusal_says_when_to_come_back() -> None:
    till = Till(client=2, window=60)
    await till.made(2)
    till.bill()
    with pytest.raises(BudgetSpent) as caught:
        await till.make()
    error = caught.value

    assert (429, "client_variants_exceeded") == (rule_for(error).status, error_code(error))
    assert 30 <= error.retry_after_seconds <= 34
    assert "this client are limited to 2 in 60 s" in error.message


async def test_a_request_pays_once_for_all_looks_and_its_render() -> None:
    till = Till(asset=2)
    till.bill()
    for _ in range(5):
        await till.make()

    assert 1 == await till.made(5)


async def test_jobs_of_nobody_pay_nothing() -> None:
    till = Till(asset=1, client=1)
    for _ in range(5):
        await till.make()

    assert [] == till.refused


@pytest.mark.parametrize("error", [QueueFull("full"), OriginUnavailable("away")])
async def test_what_is_not_begun_is_given_back(error: Exception) -> None:
    till = Till(asset=2, client=2)
    for _ in range(5):
        till.bill()
        with pytest.raises(type(error)):
            await till.make(error=error)

    assert 2 == await till.made(5)


async def test_what_fails_is_paid_for() -> None:
    till = Till(asset=2)
    till.bill()
    with pytest.raises(RenderTimeout):
        await till.make(error=RenderTimeout(8))

    assert 1 == await till.made(5)


async def test_signed_urls_pay_unless_told_otherwise() -> None:
    signed = replace(URL, signed=True)

    assert 5 == await Till(asset=1, client=1).made(5, signed)
    assert 1 == await Till(asset=1, exempt_signed=False).made(5, signed)


async def test_named_transformations_of_strict_mode_pay_for_the_client_only() -> None:
    named = read_delivery_url("/t_thumb/cat")

    assert 3 == await Till(asset=1, client=3, strict=True).made(5, named)
    assert 1 == await Till(asset=1, strict=False).made(5, named)
    assert 1 == await Till(asset=1, strict=True).made(5, read_delivery_url("/t_thumb,w_5/cat"))


async def test_exempt_clients_pay_nothing() -> None:
    till = Till(asset=1, exempt_clients=("192.0.2.0/24", "2001:db8::/32"))

    assert 3 == await till.made(3)
    assert 3 == await till.made(3, peer="2001:db8:1::7")
    assert 1 == await till.made(3, peer="198.51.100.1")
    assert 0 == await till.made(3, peer="")


async def test_who_waits_for_anothers_render_is_not_refused_for_him() -> None:
    till = Till(client=1)
    mine = till.bill()
    await till.make()
    till.bill()
    with pytest.raises(BudgetSpent) as caught:
        await till.make()

    assert not till.budgets.is_anothers(caught.value, mine)
    assert till.budgets.is_anothers(caught.value, asking("192.0.2.2"))


async def test_tasks_are_charged_to_the_request_that_began_them() -> None:
    till = Till(client=1)
    till.bill()
    await asyncio.create_task(till.make())

    assert 0 == await till.made(1)
