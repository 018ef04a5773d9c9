"""Signatures of delivery URLs: how the three forms of them are written, made and compared. Pure.

    s--Ai4Znfl3--                                    Cloudinary's: 8 characters of SHA-1 or SHA-256
    s--2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf--            Cloudinary's: 32 characters of SHA-256
    s--v1~<key>~<expiry>~<43 characters>--           ours: HMAC-SHA256, with the id of its key

Cloudinary's is `base64url(hash(text + secret))`, cut off, as its SDKs make it (`cloudinary_url` of any of
them): the text is transformation and public id, and neither version nor delivery type are in it. It hashes
before the secret, so that the secret alone keeps it from being forged: use a long one.

Ours is HMAC (RFC 2104) with SHA-256 over everything that the URL means: key, expiry, delivery type, and all
of the path behind the signature, byte for byte. The expiry is in seconds since 1970, in base 36; `0` is
never. `~` is in no base64url, so that no length of key or expiry is ever taken for one of Cloudinary's; and
no public id begins with `s--`, unless a version stands before it.

The MAC is compared as text, never decoded: base64 has several spellings for one value.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Algorithm = Literal["any", "sha1", "sha256", "hmac", "token"]
Hash = Literal["sha1", "sha256"]
Signing = Literal["off", "optional", "required"]
Form = Literal["own", "cloudinary32", "cloudinary8"]

FORMS: tuple[Form, ...] = ("own", "cloudinary32", "cloudinary8")
"""From the strongest to the weakest."""

FORMS_OF: dict[Algorithm, tuple[Form, ...]] = {
    "any": FORMS,
    "hmac": ("own",),
    "sha256": ("cloudinary32", "cloudinary8"),
    "sha1": ("cloudinary32", "cloudinary8"),
    "token": (),
}
"""What the keys of an algorithm sign; 32 characters are of SHA-256 whatever the algorithm, as in the SDKs.
Keys of auth tokens sign no paths: see `proxy.tokens`."""

NEVER = 0
"""An expiry that does not come."""

_LENGTHS: dict[int, Form] = {8: "cloudinary8", 32: "cloudinary32"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_OWN = re.compile(r"v1~([A-Za-z0-9_-]{1,32})~(0|[1-9a-z][0-9a-z]{0,7})~([A-Za-z0-9_-]{43})", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LATEST = 36**8 - 1
"""The last expiry that can be written."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and what it is for. `active` ones sign; the others only verify what was signed before."""

    id: str
    secret: bytes = field(repr=False)
    algorithm: Algorithm = "any"
    active: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it was written; `key` and `expires_at` (epoch seconds) are said by ours alone."""

    text: str
    form: Form
    key: str = ""
    expires_at: int = NEVER
    expiry: str = "0"
    """`expires_at` as written: what was signed."""


def is_signature(segment: str) -> bool:
    """Whether a segment of a path is a signature, `s--` and `--` with it."""
    return segment.startswith("s--") and segment.endswith("--") and read_signature(segment[3:-2]) is not None


def read_signature(text: str) -> Signature | None:
    """What stands between `s--` and `--`; None for what is no signature.

    The characters may be dashes too, so that only the length tells where one of Cloudinary's ends.
    """
    form = _LENGTHS.get(len(text))
    if form is not None:
        return Signature(text, form) if _BASE64URL.fullmatch(text) else None
    own = _OWN.fullmatch(text)
    if own is None:
        return None
    return Signature(text, "own", own[1], int(own[2], 36), own[2])


def cloudinary_signature(text: str, key: Key, *, length: int, algorithm: Hash) -> str:
    """Cloudinary's signature of `text`: `base64url(hash(text + secret))`, its first `length` characters."""
    digest = hashlib.new(algorithm, text.encode() + key.secret).digest()
    return urlsafe_b64encode(digest).decode()[:length]


def own_signature(text: str, key: Key, *, scope: str, expiry: str) -> str:
    """Our signature of the path `text` as delivered under `scope`, without `s--` and `--`."""
    head = f"v1~{key.id}~{expiry}"
    # No part can hold a line break, so that no two sets of parts make one message.
    message = f"{head}\n{scope}\n{text}".encode()
    mac = hmac.digest(key.secret, message, "sha256")
    return f"{head}~{urlsafe_b64encode(mac).decode().rstrip('=')}"


def verifies(
    signature: Signature, keys: Iterable[Key], *, own: str, scope: str, cloudinary: Iterable[str]
) -> bool:
    """Whether one of the keys made `signature`: of the text `own` under `scope`, or of one of `cloudinary`.

    Every key is tried to the end, so that the time it takes says nothing of which one was nearly right.
    """
    texts = tuple(cloudinary)
    right = False
    for key in keys:
        for expected in _expected(signature, key, own=own, scope=scope, cloudinary=texts):
            right |= hmac.compare_digest(expected.encode(), signature.text.encode())
    return right


def _expected(
    signature: Signature, key: Key, *, own: str, scope: str, cloudinary: tuple[str, ...]
) -> list[str]:
    """What the signature should be, were it made with `key`."""
    if signature.form not in FORMS_OF[key.algorithm]:
        return []
    if signature.form == "own":
        return [own_signature(own, key, scope=scope, expiry=signature.expiry)]
    length = len(signature.text)
    return [
        cloudinary_signature(text, key, length=length, algorithm=algorithm)
        for text in cloudinary
        for algorithm in _hashes(signature.form, key.algorithm)
    ]


def _hashes(form: Form, algorithm: Algorithm) -> tuple[Hash, ...]:
    if form == "cloudinary32" or algorithm == "sha256":
        return ("sha256",)
    return ("sha1",) if algorithm == "sha1" else ("sha1", "sha256")


def written_expiry(expires_at: int) -> str:
    """An expiry in base 36. Raises ValueError for one that cannot be written."""
    if not 0 <= expires_at <= LATEST:
        raise ValueError(f"{expires_at} is no time that can be written")
    digits = ""
    while expires_at:
        expires_at, digit = divmod(expires_at, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
