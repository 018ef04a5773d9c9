"""Renders the standard sizes of an original before anyone asks, by the same way as a request would."""

from __future__ import annotations

from saq.types import Context

from proxy.client import Client
from proxy.delivery import Delivery
from proxy.settling import Settling
from proxy.url import read_delivery_url


class JobContext(Context, total=False):
    """What every job is given."""

    settling: Settling
    delivery: Delivery
    clients: tuple[Client, ...]


async def make_eager(context: JobContext, *, path: str) -> int:
    """Make every variant that `path` can be answered with; the number that were not there yet.

    Doing it twice makes nothing new.
    """
    settling, delivery = context["settling"], context["delivery"]
    url = read_delivery_url(path)
    made = 0
    for client in context["clients"]:
        settled = await settling.settle(url, client)
        try:
            made += (await delivery.variant(settled)).tier is None
        finally:
            await settled.release()
    return made
