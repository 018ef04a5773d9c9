"""The formats: what each can hold, how it is named, and what it is called on the web. No pixels here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """What must be known of a format to plan with it and to name it in a response."""

    name: str
    """Our one spelling, as in `f_jpg`."""
    mime: str
    extensions: tuple[str, ...]
    """Every extension that means this format, the usual one first, without the dot."""
    written: bool = True
    """False where we only read."""
    alpha: bool = True
    """Can hold transparency."""
    animation: bool = False
    """Can hold frames in time."""
    profile: bool = True
    """Can carry an ICC profile, so that wide gamut need not be lost."""
    gray: bool = True
    """Can hold one channel, so that gray need not become three."""
    metadata: bool = True
    """Can say who made the picture."""
    lossy: bool = False
    """Takes a quality."""
    max_side: int = 65_535
    """The longest side the format or its codec can write, in pixels."""


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("jpg", "image/jpeg", ("jpg", "jpeg", "jpe"), alpha=False, lossy=True),
        Format("png", "image/png", ("png",)),
        Format("webp", "image/webp", ("webp",), animation=True, gray=False, lossy=True, max_side=16_383),
        Format("avif", "image/avif", ("avif",), gray=False, lossy=True, max_side=16_384),
        Format("gif", "image/gif", ("gif",), animation=True, profile=False, gray=False, metadata=False),
        Format("tiff", "image/tiff", ("tiff", "tif")),
        Format("svg", "image/svg+xml", ("svg",), written=False, profile=False, gray=False, metadata=False),
    )
}
"""By name, in the order that `f_` is documented."""

_BY_EXTENSION = {extension: format for format in FORMATS.values() for extension in format.extensions}


def by_extension(extension: str) -> Format | None:
    """The format of an extension, with or without its dot, in any case; None when it is none of ours."""
    return _BY_EXTENSION.get(extension.removeprefix(".").lower())
