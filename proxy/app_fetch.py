"""The part of the composition root that makes the way to remote originals from the settings."""

from __future__ import annotations

import logging
from ipaddress import ip_network

from origin.fetch import Fetcher
from origin.guard import Gate, Rules
from origin.mounts import Mount
from origin.remote import RemoteStorage
from origin.storage.filesystem import FilesystemStorage
from proxy import metrics
from proxy.config import Settings

logger = logging.getLogger(__name__)

_NAME = "fetch:"
"""What logs and metrics call it; no mount of the settings can have this name."""
_MARGIN_SECONDS = 2.0
"""Added to what a fetch may take: a failure that is held back must not meet another deadline."""


def make_rules(settings: Settings) -> Rules | None:
    """What may be fetched; None where nothing is."""
    fetch = settings.fetch
    if not fetch.enabled:
        return None
    return Rules.of(
        fetch.allow_hosts,
        signed=fetch.signed,
        ports=fetch.allow_ports,
        networks=map(ip_network, fetch.allow_networks),
    )


def make_gate(settings: Settings) -> Gate:
    """What every request for a remote original has to pass."""
    return Gate(make_rules(settings))


def make_fetcher(settings: Settings, *, max_bytes: int, concurrency: int) -> Fetcher | None:
    """What fetches remote files of at most so many bytes; None where nothing is fetched."""
    rules, fetch = make_rules(settings), settings.fetch
    if rules is None:
        return None
    return Fetcher(
        rules=rules,
        timeout_seconds=fetch.timeout_seconds,
        connect_seconds=fetch.connect_seconds,
        max_bytes=min(max_bytes, fetch.max_bytes),
        max_redirects=fetch.max_redirects,
        concurrency=concurrency,
        observe=metrics.count_fetch,
    )


def make_remote(settings: Settings) -> Mount | None:
    """The mount of remote originals, if they are fetched."""
    rules, fetch = make_rules(settings), settings.fetch
    if rules is None:
        return None
    _warn(settings)
    fetcher = make_fetcher(settings, max_bytes=fetch.max_bytes, concurrency=settings.origin.fetch_concurrency)
    assert fetcher is not None
    storage = RemoteStorage(
        fetcher=fetcher,
        kept=FilesystemStorage(path=settings.data_dir / "fetched", create=True),
        max_bytes=fetch.max_bytes,
        kept_bytes=fetch.kept_bytes,
        failed_seconds=settings.cache.negative_seconds,
    )
    return Mount(
        name=_NAME,
        prefix="",
        storage=storage,
        revalidate_seconds=fetch.revalidate_seconds,
        timeout_seconds=fetch.timeout_seconds + fetch.connect_seconds + _MARGIN_SECONDS,
        remote=True,
    )


def _warn(settings: Settings) -> None:
    if settings.fetch.allow_networks:
        networks = ", ".join(settings.fetch.allow_networks)
        logger.warning(
            "fetch.allow_networks lets originals be fetched from %s: whoever controls one of "
            "fetch.allow_hosts, or signs URLs, reaches every host in there",
            networks,
        )
    if settings.fetch.signed and settings.security.signing == "off" and not settings.security.strict:
        logger.warning(
            "fetch.signed lets nothing by while security.signing is off: no signature is looked at"
        )
    if not settings.fetch.allow_hosts and not settings.fetch.signed:
        logger.warning("fetch.enabled is on, but neither fetch.allow_hosts nor fetch.signed lets anything by")
