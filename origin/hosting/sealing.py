"""Secrets encrypted at rest: what has to be read again to verify signatures, and must not lie in the open.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits for each secret, and the id of its key as the
associated data, so that nobody who can write rows can give one key the secret of another. A few thousand
secrets are far from the 2^32 messages that a random nonce allows under one key.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

KEY_BYTES = 32
KEY_EXPECTED = "Expected 32 random bytes in base64 or hexadecimal, as of `openssl rand -base64 32`"
_NONCE_BYTES = 12
_VERSION = "1:"
_LARGEST_FILE = 4096


class SealBroken(Exception):
    """A secret that was sealed under another key, for another purpose, or changed since."""


class SealingKeyProblem(Exception):
    """The file of the key cannot be read or made; the message names it and says why."""


class Sealer:
    """Seals and opens short texts under a key of `KEY_BYTES`."""

    def __init__(self, key: bytes) -> None:
        # Not above: it costs 40 ms, and most processes seal nothing.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)

    def seal(self, text: str, *, purpose: str) -> str:
        """`text` encrypted; it opens for the same `purpose` only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return _VERSION + base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, purpose: str) -> str:
        """What was sealed. Raises SealBroken."""
        from cryptography.exceptions import InvalidTag

        try:
            data = base64.b64decode(sealed.removeprefix(_VERSION), validate=True)
            return self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken("sealed under another key, or changed since") from error


def sealing_key(text: str) -> bytes | None:
    """The key that a text spells in base64, of either alphabet, or in hexadecimal; else None."""
    text = text.strip()
    try:
        if len(text) == 2 * KEY_BYTES:
            return bytes.fromhex(text)
        padded = text.rstrip("=").replace("-", "+").replace("_", "/")
        key = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == KEY_BYTES else None


def read_sealing_key(path: Path) -> bytes:
    """The key in a file. Raises SealingKeyProblem."""
    try:
        with path.open("rb") as file:
            key = sealing_key(file.read(_LARGEST_FILE).decode("ascii", "replace"))
    except OSError as error:
        raise SealingKeyProblem(f"{path} cannot be read: {error.strerror}") from error
    if key is None:
        raise SealingKeyProblem(f"{path}: {KEY_EXPECTED}")
    return key


def make_sealing_key(path: Path) -> bool:
    """Write a new key where there is none, for the owner's eyes only; whether it was made now.

    However many processes do so at once, one key comes of it. Raises SealingKeyProblem.
    """
    if path.exists():
        return False
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n"
    trial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            # A link, not a rename: whoever comes second must not replace the key of the first.
            path.hardlink_to(trial)
        finally:
            trial.unlink()
    except FileExistsError:
        return False
    except OSError as error:
        raise SealingKeyProblem(f"{path} cannot be made: {error.strerror}") from error
    return True
