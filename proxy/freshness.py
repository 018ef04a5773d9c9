"""The lines that caches read, cut short for an answer that may not outlive the signature of its URL."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

_LINES = ("Cache-Control", "CDN-Cache-Control", "Surrogate-Control")
_NEVER_KEPT = frozenset({"no-store", "no-cache"})


def shorten(headers: MutableMapping[str, str], seconds: int) -> None:
    """Let no cache keep the answer for longer than `seconds`, nor serve it stale after them."""
    for name in _LINES:
        if name in headers:
            headers[name] = shortened(headers[name], seconds)


def shortened(line: str, seconds: int) -> str:
    """A Cache-Control line with no age past `seconds`.

    Without an age of its own a cache would make one up (RFC 9111, section 4.2.2), and without
    `must-revalidate` it may serve what is stale (section 4.2.4).
    """
    directives = list(_shortened(line, seconds))
    if _NEVER_KEPT.isdisjoint(directives):
        if not any(directive.startswith("max-age=") for directive in directives):
            directives.append(f"max-age={seconds}")
        if "must-revalidate" not in directives:
            directives.append("must-revalidate")
    return ", ".join(directives)


def _shortened(line: str, seconds: int) -> Iterator[str]:
    for directive in filter(None, (part.strip().lower() for part in line.split(","))):
        name, _, value = directive.partition("=")
        if name in ("max-age", "s-maxage"):
            written = value.strip(' "')
            age = int(written) if written.isascii() and written.isdigit() else seconds
            yield f"{name}={min(age, seconds)}"
        elif name != "immutable" and not name.startswith("stale-"):
            yield directive
