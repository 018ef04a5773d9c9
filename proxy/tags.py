"""Surrogate keys: the labels a CDN purges by, in an alphabet that is safe at every CDN.

Lower-case letters, digits, `-` and `_`, at most 64 characters with the configured
prefix (16 at most) and the kind; a name that does not fit is hashed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

E = TypeVar("E", bound=Exception)

_SAFE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")
MAX_TAGS = 100

# How each header prints the one list. Fastly, Cloudflare, Akamai, Varnish, bunny.net, RFC 9875.
HEADERS: dict[str, Callable[[Sequence[str]], str]] = {
    "Surrogate-Key": " ".join,
    "Cache-Tag": ",".join,
    "Edge-Cache-Tag": ",".join,
    "xkey": " ".join,
    "CDN-Tag": ",".join,
    "Cache-Groups": lambda tags: ", ".join(f'"{tag}"' for tag in tags),
}


def tag(kind: str, name: str) -> str:
    """`asset-fig` for a plain name, `asset-<20 hex digits>` for one outside the safe alphabet."""
    if _SAFE.match(name):
        return f"{kind}-{name}"
    return f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:20]}"


def asset_tag(public_id: str) -> str:
    """The tag of everything made from one public id (without extension), its 404s too."""
    return tag("asset", public_id)


def album_tag(album_id: str) -> str:
    """The tag of all pages of one album."""
    return tag("album", album_id)


def owner_tag(owner: str) -> str:
    """The tag of everything made from what one owner uploaded."""
    return tag("owner", owner)


def recipe_tags(named: tuple[str, ...]) -> tuple[str, ...]:
    """A tag for each named transformation a recipe used."""
    return tuple(tag("t", name) for name in named)


def tagged(error: E, tags: Iterable[str]) -> E:
    """`error` with tags of what may make it go away, beside those it has: its answer is kept by CDNs, and has
    to be purged with them."""
    error.tags = tuple(dict.fromkeys((*getattr(error, "tags", ()), *tags)))  # type: ignore[attr-defined]
    return error


def tag_headers(tags: tuple[str, ...], names: tuple[str, ...], prefix: str = "") -> dict[str, str]:
    """The configured headers, each printing the same list, each tag led by `prefix`."""
    shown = [prefix + tag for tag in tags[:MAX_TAGS]]
    return {name: HEADERS[name](shown) for name in names} if shown else {}
