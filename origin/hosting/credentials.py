"""What an API key is to who checks it, who has just made it, and who lists it."""

from __future__ import annotations

from dataclasses import dataclass, field

from origin.hosting.scopes import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key as requests are checked against it. `secret` is None where it cannot be unsealed."""

    key: str
    owner: str
    scopes: frozenset[Scope]
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key just made: the only time that its secrets are told."""

    key: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as lists show it; times are epoch seconds."""

    key: str
    owner: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    revoked_at: float | None
