"""Who sends a request, and what that lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from origin.hosting.scopes import Scope


class ScopeMissing(Exception):
    """A key that may not do this."""

    code = "scope_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The sender of a request. `key` is None for who has none, and uploads by an unsigned preset."""

    owner: str
    scopes: frozenset[Scope]
    key: str | None = None
    preset: str | None = None
    how: Literal["bearer", "basic", "signature", "unsigned"]

    @property
    def sender(self) -> str:
        """What tells senders apart: nobody adds parts to the uploads of others."""
        return f"key {self.key}" if self.key is not None else f"preset {self.preset}"

    @property
    def trusted(self) -> bool:
        """Whether somebody answers for the request, as with a signed delivery URL."""
        return self.key is not None

    @property
    def administers(self) -> bool:
        """Whether pictures of every owner are theirs to deal with."""
        return "admin" in self.scopes

    def allows(self, scope: Scope) -> bool:
        return scope in self.scopes or self.administers

    def require(self, scope: Scope) -> None:
        """Raises ScopeMissing."""
        if not self.allows(scope):
            raise ScopeMissing(f"the key {self.key or 'of an unsigned preset'} has no scope {scope!r}")
