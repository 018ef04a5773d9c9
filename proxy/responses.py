"""What a delivered picture says of itself: the headers of an answer, made of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from math import ceil
from urllib.parse import quote

from proxy.tags import tag_headers
from transforms.rendition import Notes

# Pictures are inert: nothing in them may run, and no browser may guess them to be something else.
SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """The lines caches read, as configured."""

    mutable: str = (
        "public, max-age=300, s-maxage=31536000, stale-while-revalidate=86400, stale-if-error=604800"
    )
    immutable: str = "public, max-age=31536000, immutable"
    provisional: str = "public, max-age=0, s-maxage=5, stale-while-revalidate=60"
    cdn_cache_control: bool = True
    surrogate_control: bool = False
    tag_headers: tuple[str, ...] = ("Surrogate-Key", "Cache-Tag")
    tag_prefix: str = ""
    errors: Mapping[int, str] = field(default_factory=dict)
    """Cache-Control by status of an error; a status that is not there is not kept."""


def freshness_headers(
    policy: CachePolicy, *, versioned: bool, provisional: bool, immutable: bool, may_improve: bool = False
) -> dict[str, str]:
    """Cache-Control and, where configured, the part of it that is meant for shared caches. What
    `may_improve` is not `immutable` yet (RFC 8246), however long it may be kept.

    `CDN-Cache-Control` is RFC 9213; `Surrogate-Control` is for Fastly alone, since Cloudflare ignores
    Cache-Control where it stands.
    """
    lasting = versioned or immutable
    line = policy.provisional if provisional else policy.immutable if lasting else policy.mutable
    if may_improve:
        line = ", ".join(part for part in map(str.strip, line.split(",")) if part != "immutable")
    headers = {"Cache-Control": line}
    shared = shared_part(line)
    if policy.cdn_cache_control:
        headers["CDN-Cache-Control"] = shared
    if policy.surrogate_control:
        headers["Surrogate-Control"] = shared
    return headers


def shared_part(line: str) -> str:
    """What a shared cache reads of a Cache-Control line: `s-maxage` as `max-age`, and the stale-… windows."""
    directives = [part.strip() for part in line.split(",")]
    age = next((d[len("s-maxage=") :] for d in directives if d.startswith("s-maxage=")), None)
    age = age or next((d[len("max-age=") :] for d in directives if d.startswith("max-age=")), None)
    kept = [d for d in directives if d.startswith("stale-") or d in ("no-store", "no-cache", "private")]
    return ", ".join(([f"max-age={age}"] if age else []) + kept)


def picture_headers(
    *,
    policy: CachePolicy,
    etag: str,
    modified_at: float,
    vary: tuple[str, ...],
    tags: tuple[str, ...],
    versioned: bool,
    provisional: bool,
    immutable: bool,
    may_improve: bool = False,
) -> dict[str, str]:
    """The headers that a picture's 200, 206 and 304 have in common."""
    headers = {"ETag": etag, "Last-Modified": formatdate(modified_at, usegmt=True), "Accept-Ranges": "bytes"}
    headers |= freshness_headers(
        policy, versioned=versioned, provisional=provisional, immutable=immutable, may_improve=may_improve
    )
    if vary:
        headers["Vary"] = ", ".join(vary)
    return headers | tag_headers(tags, policy.tag_headers, policy.tag_prefix) | SAFETY


def cache_status(
    *, tier: str | None, stored: bool, collapsed: bool, stale_for: float | None, provisional: bool = False
) -> str:
    """The Cache-Status line (RFC 9211): `calotype; hit; detail=memory`, `calotype; fwd=uri-miss; stored`.

    A stale hit has a negative `ttl`: the seconds since it should have been checked. What is answered only
    until something better has been made is a miss whatever had it: `detail=provisional`.
    """
    if provisional:
        return "calotype; fwd=uri-miss; detail=provisional"
    if tier is not None:
        return "calotype; hit" + (f"; ttl=-{ceil(stale_for)}" if stale_for else "") + f"; detail={tier}"
    return "calotype; fwd=uri-miss" + ("; stored" if stored else "") + ("; collapsed" if collapsed else "")


def server_timing(milliseconds: Mapping[str, float]) -> str:
    """Server-Timing: how long each part of the work took."""
    return ", ".join(f"{name};dur={value:.1f}" for name, value in milliseconds.items())


def quality_line(notes: Notes) -> str:
    """Calotype-Quality, a structured field (RFC 9651): `q=63, ssim=98.1, bytes=39321`; `missed` stands behind
    them where what was asked for was out of reach."""
    return ", ".join(name if name == "missed" else f"{name}={value}" for name, value in notes)


def content_disposition(filename: str) -> str:
    """An attachment under that name: an ASCII form for old clients, RFC 8187's form for the rest."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/;%' else "_" for c in filename)[
        :150
    ]
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename[:150], safe='')}"
