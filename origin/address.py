"""The address of a remote original, read strictly and written in one way.

Programs read URLs differently, and whoever wants to reach what he may not looks for the difference: a host
that one of them checks and another one connects to. So an address is taken apart once, here, everything
doubtful is refused rather than mended, and what is checked, kept and asked for is the one spelling made of
the parts.

Obeyed are RFC 3986 for the parts, UTS #46 with IDNA 2008 for names that are not ASCII, and of the WHATWG URL
standard (section 3.5, "ends in a number") the rule that a host whose last label is a number is an IPv4
address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

import idna

from origin.errors import InvalidAddress
from transforms.errors import printable

LONGEST = 2048
"""Bytes of an address; databases index no text that is much longer."""

_START = re.compile(r"(https?):/{1,2}(?=[^/])", re.ASCII | re.IGNORECASE)
"""One slash too: proxies that merge slashes make `https:/host` of `https://host`."""
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([1-9][0-9]{0,4}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_IPV4 = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}", re.ASCII)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "/?:@!$&'()*+,;=-._~%"
"""What stands in a path or a query as it is (RFC 3986, section 3.3)."""
_PORTS = {"http": 80, "https": 443}
_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True)
class Address:
    """`scheme://host[:port]target`; `str()` is its one spelling."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A name in lower-case ASCII without a dot at its end, or an IP address without brackets."""
    port: int
    target: str
    """Path and query, percent-encoded; begins with `/`."""

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """The host, where it is an IP address."""
        if ":" in self.host:
            return IPv6Address(self.host)
        return IPv4Address(self.host) if _ends_in_number(self.host) else None

    def joined(self, reference: str) -> Address:
        """Where a `Location` of this address leads. Raises InvalidAddress."""
        if len(reference) > LONGEST:
            raise InvalidAddress(f"the address is longer than {LONGEST:,} bytes")
        try:
            return read_address(urljoin(str(self), reference.strip(" ")))
        except ValueError as error:
            raise InvalidAddress("the address does not read") from error

    @property
    def authority(self) -> str:
        """Host and port, as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def is_address(name: str) -> bool:
    """Whether a name is that of a remote original: no key has an empty segment."""
    return "://" in name


@lru_cache(1024)
def read_address(text: str) -> Address:
    """An address, percent-decoded as often as its place in a URL asks for.

    Spaces and other characters that no URL holds are percent-encoded, `%` that encode something are left.
    Raises InvalidAddress for another scheme than http and https, for users and passwords, for fragments, for
    hosts in any but their usual spelling, and for control characters.
    """
    _check_characters(text)
    start = _START.match(text)
    if start is None:
        raise InvalidAddress("an address begins with http:// or https://")
    scheme, rest = start[1].lower(), text[start.end() :]
    if "#" in rest:
        raise InvalidAddress("an address that is fetched has no # and nothing behind it")
    end = next((place for place, character in enumerate(rest) if character in "/?"), len(rest))
    host, port = _read_authority(rest[:end])
    target = rest[end:] if rest[end:].startswith("/") else "/" + rest[end:]
    quoted = quote(_STRAY_PERCENT.sub("%25", target), safe=_KEPT)
    address = Address(scheme, host, port or _PORTS[scheme], quoted)
    if len(str(address)) > LONGEST:
        raise InvalidAddress(f"the address is longer than {LONGEST:,} bytes")
    return address


def read_host(text: str) -> str:
    """A host in its one spelling. Raises InvalidAddress for what is none."""
    if ":" in text:
        return _read_ipv6(text.removeprefix("[").removesuffix("]"))
    host = _ascii(text).removesuffix(".")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise InvalidAddress(f"{printable(text)!r} is not the name of a host")
    if _ends_in_number(host):
        return _read_ipv4(host)
    return host


def _check_characters(text: str) -> None:
    if len(text) > LONGEST:
        raise InvalidAddress(f"the address is longer than {LONGEST:,} bytes")
    if any(c < " " or "\x7f" <= c < "\xa0" or "\ud800" <= c <= "\udfff" for c in text):
        raise InvalidAddress("the address holds a control character")


def _read_authority(text: str) -> tuple[str, int]:
    """Host, and port or 0."""
    if "@" in text:
        raise InvalidAddress("an address that is fetched names no user")
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise InvalidAddress("the address has no host, or a port that is no number")
    port = int(found[2] or 0)
    if port > 65535:
        raise InvalidAddress("a port is a number from 1 to 65535")
    return read_host(found[1]), port


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    if len(text) > _LONGEST_HOST:
        raise InvalidAddress("the name of the host is too long")
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidAddress(f"{printable(text)!r} is not the name of a host") from error


def _ends_in_number(host: str) -> bool:
    return _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _read_ipv4(text: str) -> str:
    # inet_aton reads 127.1, 017700000001 and 0x7f000001 too, and readers differ about 010.0.0.1.
    if _IPV4.fullmatch(text) is None or any(int(part) > 255 for part in text.split(".")):
        raise InvalidAddress("an IPv4 address is four decimal numbers from 0 to 255 with dots between")
    return text


def _read_ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise InvalidAddress(f"{printable(text)!r} is not an IPv6 address") from error
