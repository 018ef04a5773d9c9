"""What a key may do."""

from __future__ import annotations

from typing import Literal

Scope = Literal["read", "upload", "delete", "admin"]

SCOPES: tuple[Scope, ...] = ("read", "upload", "delete", "admin")
"""`read` looks at pictures and lists them, `upload` also changes them, `delete` takes them down; `admin` is
all of it, and for every owner."""

DEFAULT_SCOPES: tuple[Scope, ...] = ("read", "upload", "delete")
