"""The picture that stands in for an error, for clients that take only pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from transforms.formats import by_extension


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Bytes and their type, read once at start."""

    body: bytes
    content_type: str


def placeholder_problems(path: Path | None) -> list[str]:
    """What keeps the configured placeholder from being sent, a line each."""
    try:
        read_placeholder(path)
    except ValueError as error:
        return [str(error)]
    except OSError as error:
        return [f"delivery.placeholder: {path} cannot be read: {error.strerror}"]
    return []


def read_placeholder(path: Path | None) -> Placeholder | None:
    """The configured placeholder.

    Raises OSError where it cannot be read, ValueError where its name is not that of a picture we write.
    """
    if path is None:
        return None
    found = by_extension(path.suffix.lstrip("."))
    if found is None or not found.written:
        raise ValueError(f"delivery.placeholder: Expected a jpg, png, webp, avif or gif, got {path.name}")
    return Placeholder(path.read_bytes(), found.mime)
