"""The `fetch` section: originals that lie elsewhere on the web."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from origin.errors import InvalidAddress
from origin.guard import Rules
from proxy.config_types import Bytes, Count, Network, Port, PositiveSeconds, Seconds, Section, Told


def _is_host(text: str) -> str:
    try:
        Rules.of([text])
    except InvalidAddress as error:
        raise Told(f"Expected a host such as img.example.com or *.example.com: {error}") from error
    return text


class Fetch(Section):
    """Originals that lie elsewhere on the web: `/fetch/<transformation>/<url>` and `l_fetch:`."""

    enabled: bool = False
    """Fetch them. Even then, only from `allow_hosts`, or for signed URLs."""
    allow_hosts: tuple[Annotated[str, AfterValidator(_is_host)], ...] = ()
    """Hosts that anybody may have fetched from: `img.example.com`, or `*.example.com` for all names below it.
    A redirect of one of them must lead to one of them."""
    signed: bool = False
    """Let signed URLs name any public host."""
    allow_ports: tuple[Port, ...] = (80, 443)
    """The ports that may be connected to."""
    allow_networks: tuple[Network, ...] = ()
    """Networks of your own that may be connected to, as in `10.1.2.0/24`. Normally nothing but the public
    internet is. Whoever controls an allowed host then reaches everything in there, at `allow_ports`."""
    timeout_seconds: PositiveSeconds = 10
    """How long a fetch may take, redirects and all."""
    connect_seconds: PositiveSeconds = 3
    """How long, of that, looking up a name and connecting may take. A failure is told only then, whatever it
    was, so that nobody learns from the time it took what lies in your network."""
    max_bytes: Bytes = 50_000_000
    """A larger original is answered 413; `origin.max_bytes` counts too."""
    max_redirects: Count = 3
    """How many redirects are followed."""
    revalidate_seconds: Seconds = 3600
    """How long an original counts as it is before its server is asked whether it has changed."""
    kept_bytes: Annotated[Bytes, Field(ge=1)] = 10_000_000_000
    """How much of what was fetched is kept, in `fetched` in `data_dir`; the oldest goes first."""
