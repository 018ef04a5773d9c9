"""The `limits` section: how many new variants may be asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from proxy.config_types import Count, Network, Section

PER_CLIENT = 10_000
"""New variants by one client, where clients can be told apart."""


class VariantLimits(Section):
    """How many new variants may be asked for: so many at once, and as many again in each window. One more is
    answered 429 with `Retry-After`. What exists already is served without limit."""

    new_variants_per_asset: Count = 2_000
    """New variants of one original, over all clients; 0 is no limit."""
    new_variants_per_client: Count | None = None
    """New variants asked for by one client: an IPv4 address, or an IPv6 network of 64 bits. 0 is no limit.
    Empty: 10000 where `server.trusted_proxies` tells clients apart, else no limit: a CDN would be one."""
    window_seconds: Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)] = 3600
    """How long it takes until all of that has grown back, one after the other."""
    exempt_signed: bool = True
    """Have signed URLs count for nothing: who holds a key has settled what may be rendered. Under a token for
    a whole folder others make up the URLs: those count."""
    exempt_clients: tuple[Network, ...] = ()
    """Networks whose requests count for nothing, such as that of a job that warms caches."""

    def per_client(self, *, told_apart: bool) -> int:
        """`new_variants_per_client` made concrete, where trusted proxies tell clients apart or not."""
        if self.new_variants_per_client is not None:
            return self.new_variants_per_client
        return PER_CLIENT if told_apart else 0
