"""What may be fetched: the rules, which need nothing but the text of an address and what a name resolved to.

An address passes twice. As text, with every request, also for what is kept already: its host must be on the
list, or its delivery URL signed. As numbers, when it is fetched: every address that its host has must be
public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

from origin.address import Address, read_address, read_host
from origin.errors import FetchForbidden
from origin.networks import Network, is_permitted
from transforms.errors import printable


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may be asked for originals."""

    hosts: frozenset[str] = frozenset()
    """As `read_host` writes them."""
    domains: tuple[str, ...] = ()
    """Each with a dot before it: every name that ends so."""
    signed: bool = False
    """Whether a signed delivery URL may name any public host."""
    ports: frozenset[int] = frozenset({80, 443})
    networks: tuple[Network, ...] = field(default=())
    """Networks that are not public, and may be asked all the same."""

    @classmethod
    def of(
        cls,
        hosts: Iterable[str],
        *,
        signed: bool = False,
        ports: Iterable[int] = (80, 443),
        networks: Iterable[Network] = (),
    ) -> Rules:
        """Rules of a list of hosts, in which `*.example.com` means all names below that.

        Raises InvalidAddress for what is not the name of a host.
        """
        listed = list(hosts)
        return cls(
            hosts=frozenset(read_host(host) for host in listed if not host.startswith("*.")),
            domains=tuple("." + read_host(host[2:]) for host in listed if host.startswith("*.")),
            signed=signed,
            ports=frozenset(ports),
            networks=tuple(networks),
        )

    def lists(self, host: str) -> bool:
        """Whether the host is on the list."""
        return host in self.hosts or host.endswith(self.domains)

    def admit(self, text: str, *, signed: bool) -> Address:
        """The address, when that may be fetched for a delivery URL that is `signed`, or is not.

        Raises InvalidAddress and FetchForbidden.
        """
        address = read_address(text)
        if not self.lists(address.host) and not (self.signed and signed):
            hint = ", and this URL is not signed" if self.signed else ""
            raise FetchForbidden(
                f"the host {printable(address.host)!r} is not one of fetch.allow_hosts{hint}",
                code="host_not_allowed",
            )
        self.check(address)
        return address

    def follow(self, address: Address, to: Address) -> Address:
        """`to`, when an answer from `address` may redirect there.

        A host on the list leads to hosts on the list only: its owner must not choose for the operator. Raises
        FetchForbidden.
        """
        if address.scheme == "https" and to.scheme == "http":
            raise FetchForbidden("a redirect leads from https to http", code="redirect_not_allowed")
        if not self.lists(to.host) and (self.lists(address.host) or not self.signed):
            raise FetchForbidden(
                "a redirect leads to a host that is not one of fetch.allow_hosts", code="redirect_not_allowed"
            )
        self.check(to)
        return to

    def check(self, address: Address) -> None:
        """Refuse what the text alone tells to be out of bounds. Raises FetchForbidden."""
        if address.port not in self.ports:
            raise FetchForbidden(
                f"the port {address.port} is not one of fetch.allow_ports", code="port_not_allowed"
            )
        if address.ip is not None and not is_permitted(address.ip, self.networks):
            raise FetchForbidden("the address is not a public one", code="address_not_allowed")

    def permits(self, ip: str) -> bool:
        """Whether what a name resolved to, or a socket is connected to, may be talked to."""
        try:
            return is_permitted(ip_address(ip), self.networks)
        except ValueError:
            return False


class Gate:
    """What every request that names an address must pass. Without `rules` nothing is fetched."""

    def __init__(self, rules: Rules | None) -> None:
        self._rules = rules

    def admit(self, text: str, *, signed: bool) -> None:
        """Let an address pass. Raises InvalidAddress and FetchForbidden."""
        if self._rules is None:
            raise FetchForbidden(
                "remote originals are not fetched here: fetch.enabled is off", code="fetch_disabled"
            )
        self._rules.admit(text, signed=signed)
