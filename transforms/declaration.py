"""How a parameter is declared: once, on one line, for parser, error texts and reference alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transforms.kinds.base import Kind


@dataclass(frozen=True, slots=True)
class Declaration:
    """A key of the language: what its value is, what it does, and components that show it."""

    key: str
    kind: Kind[Any]
    doc: str
    examples: tuple[str, ...]


def by_key(*declarations: Declaration) -> dict[str, Declaration]:
    return {declaration.key: declaration for declaration in declarations}
