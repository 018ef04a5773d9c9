"""Why a request is not believed.

Unauthenticated             nobody says who they are
├── WrongCredentials        no such key, or not its secret
├── WrongSignature          it is signed, but not this, or not with that secret
├── StaleRequest            it was signed too long ago
└── PresetNotUnsigned       an upload without a key, by a preset that wants one
"""

from __future__ import annotations

from collections.abc import Mapping


class Unauthenticated(Exception):
    """Nobody says who they are, or not so that it can be believed. The answer to all of it is 401."""

    code = "unauthenticated"
    headers: Mapping[str, str] = {"WWW-Authenticate": 'Basic realm="calotype", Bearer realm="calotype"'}


class WrongCredentials(Unauthenticated):
    code = "invalid_credentials"


class WrongSignature(Unauthenticated):
    code = "invalid_signature"


class StaleRequest(Unauthenticated):
    code = "stale_request"


class PresetNotUnsigned(Unauthenticated):
    code = "preset_not_unsigned"
