"""Who asks: the address of the peer, or the one that proxies we trust say they speak for.

Each proxy appends the address that it was asked from to `X-Forwarded-For`; so the header is read from its
end, and only as long as whoever wrote a part of it is trusted. What stands further left may be anybody's
invention (RFC 7239, section 8.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_MOST_HOPS = 32
"""Proxies in a row that are believed."""
_SITE_BITS = 64
"""Of an IPv6 address, those that a subscriber cannot choose (RFC 6177, RFC 4291 section 2.5.4)."""
_NOBODY = "unknown"


class Peers:
    """Knows which proxies to trust: `trusted` are networks such as 10.0.0.0/8 or fd00::/8."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = tuple(map(ip_network, trusted))

    def client(self, peer: str | None, forwarded: Sequence[str]) -> str:
        """The client behind a connection from `peer` with these X-Forwarded-For headers, as `client_of` names
        it."""
        address = _address(peer or "")
        hops = reversed([hop for line in forwarded for hop in line.split(",")][-_MOST_HOPS:])
        for hop in hops:
            # A trusted proxy that does not know, or hides, who asked it: it answers for it itself.
            if address is None or not self.trusts(address) or (further := _address(hop)) is None:
                break
            address = further
        return _NOBODY if address is None else client_of(address)

    def trusts(self, address: Address) -> bool:
        """Whether what stands there may say whom it speaks for."""
        return any(address in network for network in self._trusted)


def client_of(address: Address) -> str:
    """What is counted as one client: an IPv4 address, or an IPv6 network of 64 bits."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), _SITE_BITS), strict=False))


def is_within(client: str, networks: Iterable[str]) -> bool:
    """Whether all of what `client_of` named lies in one of these networks."""
    if client == _NOBODY:
        return False
    one = ip_network(client)
    return any(
        one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]
        for other in map(ip_network, networks)
    )


def _address(text: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; an IPv4 address in an IPv6 one is taken
    out of it. None for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
