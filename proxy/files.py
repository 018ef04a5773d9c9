"""Files that recipes name and that are no pictures: fonts, and tables of colours.

They lie in the mounts, as originals do. A font is laid into a folder where render workers find it, under a
name made of its content.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cachetools import TTLCache

from origin.library import Library
from transforms.fontbook import asset_family
from transforms.fontfile import renamed

_FONTS = (".ttf", ".otf")
_SECONDS = 10.0
"""How long a file is not looked at again."""
_MAX_BYTES = 20_000_000
_MAX_KEPT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is now. Of a font there is a `path`, of anything else the `data`."""

    content_hash: str
    data: bytes = b""
    path: str = ""


class Files:
    """The files of `library`; `folder` is where fonts are laid."""

    def __init__(self, *, library: Library, folder: Path) -> None:
        self._library = library
        self._folder = folder
        self._known: TTLCache[str, File] = TTLCache(
            _MAX_KEPT_BYTES, _SECONDS, getsizeof=lambda file: len(file.data) + 1000
        )

    async def find(self, name: str) -> File:
        """The file of that name.

        Raises AssetNotFound and the other errors of `origin.errors`, and UnsupportedFormat for a font that
        is none.
        """
        known = self._known.get(name)
        if known is not None:
            return known
        data = await self._library.file(name, max_bytes=_MAX_BYTES)
        found = await asyncio.to_thread(self._laid, name, data)
        self._known[name] = found
        return found

    def _laid(self, name: str, data: bytes) -> File:
        content_hash = hashlib.sha256(data).hexdigest()
        ending = Path(name).suffix.lower()
        if ending not in _FONTS:
            return File(content_hash, data=data)
        path = self._folder / f"{content_hash}{ending}"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            # Whoever reads it must never see half of it.
            partial = path.with_name(f"{path.name}.{os.getpid()}")
            partial.write_bytes(renamed(data, asset_family(content_hash)))
            partial.replace(path)
        return File(content_hash, path=str(path))
