"""Signatures of calls, as Cloudinary's SDKs make them (`api_sign_request`). Pure.

What is signed are the parameters as sent, sorted, as `name=value` with `&` between, and the secret behind it;
the items of a list have commas between them. Left out are empty ones, the file, the cloud's name, the
resource type, the key and the signature itself. The hash is SHA-1 or SHA-256, in hexadecimal.

There are two versions. In the second a `&` in a parameter is written `%26`, so that a value cannot pass for
two parameters. Older SDKs sign the first. Both are taken: they differ only where a value has a `&`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping

NOT_SIGNED = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})
SOMETIMES_SIGNED = frozenset({"notification_url", "batch_id"})
"""The SDKs leave them out where they change tags, context or metadata, and sign them elsewhere."""
_HASHES = {40: "sha1", 64: "sha256"}
"""By the length of a signature."""


def string_to_sign(params: Mapping[str, str], *, version: int = 2, left_out: Collection[str] = ()) -> str:
    """What is hashed, but for the secret."""
    pairs = [
        f"{name}={value}"
        for name, value in params.items()
        if value and name not in NOT_SIGNED and name not in left_out
    ]
    if version >= 2:
        pairs = [pair.replace("&", "%26") for pair in pairs]
    return "&".join(sorted(pairs))


def sign(params: Mapping[str, str], secret: str, *, algorithm: str = "sha1", version: int = 2) -> str:
    """The signature of parameters."""
    return _digest(string_to_sign(params, version=version), secret, algorithm)


def verifies(
    signature: str, params: Mapping[str, str], secret: str, *, left_out: Collection[str] = ()
) -> bool:
    """Whether `signature` is one of these parameters. Takes as long whether or not it nearly is."""
    algorithm = _HASHES.get(len(signature))
    if algorithm is None or not signature.isascii():
        return False
    right = False
    for version in (2, 1):
        for leave in {frozenset[str](), frozenset(left_out)}:
            expected = _digest(string_to_sign(params, version=version, left_out=leave), secret, algorithm)
            right |= hmac.compare_digest(expected.encode(), signature.encode())
    return right


def _digest(text: str, secret: str, algorithm: str) -> str:
    return hashlib.new(algorithm, f"{text}{secret}".encode()).hexdigest()
