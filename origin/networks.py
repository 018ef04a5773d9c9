"""Which IP addresses are the public internet's, and which belong to somebody's own network.

The tables are those of IANA's special-purpose address registries (RFC 6890) as of 2025, without the
exceptions that they make for single anycast services: nobody keeps pictures there. Python's `is_global` is
not used: it has missed ranges in several versions, and looks into no address that carries another one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Ip = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host, this network: RFC 791
        "10.0.0.0/8",  # private: RFC 1918
        "100.64.0.0/10",  # shared between customers, and clouds' own services: RFC 6598
        "127.0.0.0/8",  # loopback: RFC 1122
        "168.63.129.16/32",  # Azure's platform, in a public range: "What is IP address 168.63.129.16"
        "169.254.0.0/16",  # link-local, clouds' metadata: RFC 3927
        "172.16.0.0/12",  # private: RFC 1918
        "192.0.0.0/24",  # protocol assignments: RFC 6890
        "192.0.2.0/24",  # documentation: RFC 5737
        "192.31.196.0/24",  # AS112: RFC 7535
        "192.52.193.0/24",  # AMT: RFC 7450
        "192.88.99.0/24",  # 6to4 relays: RFC 7526
        "192.168.0.0/16",  # private: RFC 1918
        "192.175.48.0/24",  # AS112: RFC 7534
        "198.18.0.0/15",  # benchmarks: RFC 2544
        "198.51.100.0/24",  # documentation: RFC 5737
        "203.0.113.0/24",  # documentation: RFC 5737
        "224.0.0.0/4",  # multicast: RFC 5771
        "240.0.0.0/4",  # reserved, and broadcast: RFC 1112, RFC 919
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # all that IANA has given to the public: RFC 4291
_SPECIAL_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo (RFC 4380), benchmarks, ORCHID, AMT: RFC 2928
        "2001:db8::/32",  # documentation: RFC 3849
        "2002::/16",  # 6to4, which carries an IPv4 address: RFC 3056, given up by RFC 7526
        "2620:4f:8000::/48",  # AS112: RFC 7534
        "3fff::/20",  # documentation: RFC 9637
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; the local 64:ff9b:1::/48 of RFC 8215 is not public
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214, section 6.1
_NOBODY: tuple[Network, ...] = (
    *(IPv4Network(text) for text in ("0.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32")),
    *(IPv6Network(text) for text in ("::/128", "ff00::/8")),
)
"""What is the address of no single host, and so nobody's to permit."""


def is_public(ip: Ip) -> bool:
    """Whether a packet for `ip` leaves for the public internet, and for nothing on the way there."""
    if isinstance(ip, IPv4Address):
        return not _within(ip, _SPECIAL_V4)
    if ip in _MAPPED or ip in _NAT64:
        return is_public(_last_32_bits(ip))
    if ip not in _GLOBAL_V6 or _within(ip, _SPECIAL_V6):
        return False
    isatap = (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP
    return not isatap or is_public(_last_32_bits(ip))


def is_permitted(ip: Ip, networks: tuple[Network, ...]) -> bool:
    """Whether `ip` is public, or the one of a host in one of `networks`, which an operator named."""
    if is_public(ip):
        return True
    plain: Ip = _last_32_bits(ip) if isinstance(ip, IPv6Address) and ip in _MAPPED else ip
    return _within(plain, networks) and not _within(plain, _NOBODY)


def _within(ip: Ip, networks: tuple[Network, ...]) -> bool:
    return any(ip in network for network in networks)


def _last_32_bits(ip: IPv6Address) -> IPv4Address:
    return IPv4Address(int(ip) & 0xFFFFFFFF)
