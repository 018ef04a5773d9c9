"""What an original's EXIF says, as texts by the names of its tags. Worker side: this works on libvips images.

libvips gives each tag as `exif-ifd0-Make`, with a value such as `Canon (Canon, ASCII, 6 components, 6
bytes)`: raw, then as libexif would say it, then how it is stored.
"""

from __future__ import annotations

import re

from pyvips import Image

_DIRECTORIES = ("exif-ifd0-", "exif-ifd2-")
"""Those of the picture and of the camera; 1 is the thumbnail's, 4 of interest to programs only."""
_PLACE = "exif-ifd3-"
_NOT_TOLD = frozenset({"MakerNote", "PrintImageMatching", "XMLPacket", "ImageResources", "UserComment"})
"""Blobs of the makers', and what may hold anything: positions among it."""
_MOST = 100
_LONGEST = 200
_STORED = re.compile(r", [A-Za-z ]+, \d+ components, \d+ bytes\)\Z")


def exif(image: Image, *, keep_gps: bool) -> dict[str, str]:
    """The tags that are short texts or numbers; those that tell a place only if `keep_gps`."""
    told: dict[str, str] = {}
    prefixes = (*_DIRECTORIES, _PLACE) if keep_gps else _DIRECTORIES
    for field in image.get_fields():
        name = field.rpartition("-")[2]
        if not field.startswith(prefixes) or name in _NOT_TOLD or (name.startswith("GPS") and not keep_gps):
            continue
        value = _value(image.get(field))
        if value and len(told) < _MOST:
            told[name[:_LONGEST]] = value[:_LONGEST]
    return told


def _value(text: object) -> str:
    """The raw value, without what libvips says about it; empty for what cannot be shown."""
    if not isinstance(text, str):
        return ""
    if (stored := _STORED.search(text)) is not None:
        both = text[: stored.start()]
        # Either may hold brackets: texts are said as they are, so that both halves are the same.
        half = both[: (len(both) - 2) // 2]
        text = half if both == f"{half} ({half}" else both.partition(" (")[0]
    return "".join(c for c in text.strip().strip("\0") if c.isprintable())
