"""Cloudinary's auth token in the query of a delivery URL: `?__cld_token__=exp=…~acl=…~hmac=…`. Pure.

    token = [ "st=" time "~" ] "exp=" time "~" [ "acl=" pattern *( "!" pattern ) "~" ] "hmac=" 64 hex digits

HMAC-SHA256, with the key of its hexadecimal secret, over the parts before `hmac`, and over `url=` and the
path where no `acl` says which paths are meant (`auth_token` in Cloudinary's SDKs). Patterns are escaped as
the SDKs do; `*` in them is any text, `?` any character.

A token for one client's address (`ip=`) is refused: behind a CDN the address is the CDN's, and what it keeps
it gives to everybody. No cookie counts on a delivery path, so the cookie of that name is not looked at.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxy.signing import Key
from transforms.errors import NotOffered

NAME = "__cld_token__"

_TOKEN = re.compile(
    r"(?P<signed>(?:st=(?P<st>[0-9]{1,12})~)?exp=(?P<exp>[0-9]{1,12})(?:~acl=(?P<acl>[^~]{1,2048}))?)"
    r"~hmac=(?P<mac>[0-9a-f]{64})",
    re.ASCII,
)
_UNSAFE = re.compile(r"[ \"#%&'/:;<=>?@\[\\\]^`{|}~]")
_ESCAPED = re.compile(r"%([0-9a-f]{2})", re.ASCII)
_MOST_PATTERNS = 32


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it was written, or one that does not read, which verifies nothing."""

    signed: str = ""
    mac: str = ""
    starts_at: int = 0
    expires_at: int = 1
    patterns: tuple[str, ...] = ()
    """Of the paths it is for; empty for the one whose path was signed."""


def read_token(target: str) -> Token | None:
    """The token in the query of a request target; None without one. Raises NotOffered for `ip=`."""
    query = target.partition("?")[2]
    found = [part for part in query.split("&") if part.partition("=")[0] == NAME]
    if not found:
        return None
    text = found[0].partition("=")[2]
    if text.startswith("ip="):
        raise NotOffered("a token with ip= is known, but not offered: caches give answers to everybody")
    match = _TOKEN.fullmatch(text)
    if match is None or len(found) > 1:
        return Token()
    patterns = tuple(match["acl"].split("!")) if match["acl"] else ()
    if len(patterns) > _MOST_PATTERNS:
        return Token()
    return Token(match["signed"], match["mac"], int(match["st"] or 0), int(match["exp"]), patterns)


def token_mac(signed: str, secret: str, *, path: str | None) -> str:
    """The MAC of a token's parts, and of the path it is for where no pattern says so.

    Raises ValueError for a secret that is not hexadecimal.
    """
    message = signed if path is None else f"{signed}~url={escaped(path)}"
    return hmac.digest(bytes.fromhex(secret), message.encode(), "sha256").hex()


def token_verifies(token: Token, keys: Iterable[Key], *, path: str) -> bool:
    """Whether one of the keys made the token for this path, as received. Every key is tried to the end."""
    right = False
    for key in keys:
        if key.algorithm == "token":
            expected = token_mac(token.signed, key.secret.decode(), path=None if token.patterns else path)
            right |= hmac.compare_digest(expected, token.mac)
    return right and (not token.patterns or any(fits(unescaped(p), path) for p in token.patterns))


def escaped(path: str) -> str:
    """As the SDKs escape what they sign: in lower case, and nothing that is not ASCII."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02x}", path)


def unescaped(pattern: str) -> str:
    """A pattern as it was before the SDK escaped it."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), pattern)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits a pattern of `*` and `?`.

    Greedy, with one place to come back to: a `*` never has to give back what an earlier one took, so that the
    time is at most the product of the two lengths.
    """
    place = at = 0
    star, taken = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, taken, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place, at = place + 1, at + 1
        elif star >= 0:
            taken, place = taken + 1, star + 1
            at = taken
        else:
            return False
    return not pattern[place:].strip("*")
