"""Files that recipes name and that are no pictures: fonts, and tables of colours.

They lie in the mounts, as originals do. A font is laid into a folder where render workers find it, under a
name made of its content.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from cachetools import LRUCache, TTLCache

from origin.errors import OriginChanged
from origin.library import Library
from origin.storage.base import Stat
from proxy.coalesce import Coalescer
from proxy.lately import Lately
from transforms.errors import UnsupportedFormat, printable
from transforms.fontbook import asset_family
from transforms.fontfile import renamed

FONTS = (".ttf", ".otf")
_SECONDS = 10.0
"""How long a file is not looked at again."""
_MAX_BYTES = 20_000_000
_MAX_KEPT_BYTES = 64_000_000
_MAX_FILES = 1000
_BROKEN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is now. Of a font there is a `path`."""

    content_hash: str
    path: str = ""
    stat: Stat | None = field(default=None, compare=False)


class Files:
    """The files of `library`; `folder` is where fonts are laid."""

    def __init__(self, *, library: Library, folder: Path, coalescer: Coalescer) -> None:
        self._library = library
        # Absolute: a render worker may stand elsewhere.
        self._folder = folder.absolute()
        self._known: Lately[File] = Lately(
            self._look, what="file", coalescer=coalescer, seconds=_SECONDS, entries=_MAX_FILES
        )
        self._bodies: LRUCache[str, bytes] = LRUCache(_MAX_KEPT_BYTES, getsizeof=len)
        self._broken: TTLCache[str, str] = TTLCache(_MAX_FILES, _BROKEN_SECONDS)

    def recent(self, name: str) -> File | None:
        """The file of that name, where it was looked at a moment ago."""
        return self._known.recent(name)

    async def find(self, name: str) -> File:
        """The file of that name.

        Raises AssetNotFound and the other errors of `origin.errors`, and UnsupportedFormat for a font that
        is none.
        """
        return await self._known.get(name)

    async def read(self, name: str, file: File) -> bytes:
        """The bytes of a file that was found; none of a font, which lies where workers find it.

        Raises OriginChanged when there are others by now.
        """
        if file.path:
            return b""
        body = self._bodies.get(file.content_hash)
        if body is None:
            _, body = await self._library.file(name, max_bytes=_MAX_BYTES)
            if body is None or _hash(body) != file.content_hash:
                raise OriginChanged(f"{name[:80]}: changed since it was last looked at")
            self._keep(file.content_hash, body)
        return body

    async def _look(self, name: str, before: File | None) -> File:
        same = before.stat if before is not None and _in_place(before) else None
        stat, body = await self._library.file(name, max_bytes=_MAX_BYTES, unless=same)
        if body is None and before is not None:
            return before
        assert body is not None, "only what is as before comes without bytes"
        content_hash = await asyncio.to_thread(_hash, body)
        if Path(name).suffix.lower() in FONTS:
            return File(content_hash, await self._laid(name, content_hash, body), stat)
        self._keep(content_hash, body)
        return File(content_hash, stat=stat)

    async def _laid(self, name: str, content_hash: str, data: bytes) -> str:
        if (reason := self._broken.get(content_hash)) is not None:
            raise UnsupportedFormat(reason)
        try:
            return str(await asyncio.to_thread(lay_font, self._folder, content_hash, name, data))
        except UnsupportedFormat as error:
            message = f"the font {printable(name)!r}: {error.message}"
            self._broken[content_hash] = message
            raise UnsupportedFormat(message) from error

    def _keep(self, content_hash: str, body: bytes) -> None:
        if len(body) <= _MAX_KEPT_BYTES:
            self._bodies[content_hash] = body


def _in_place(file: File) -> bool:
    """Whether a font still lies where it was laid; other files lie nowhere."""
    return not file.path or Path(file.path).exists()


def lay_font(folder: Path, content_hash: str, name: str, data: bytes) -> Path:
    """Put a font where render workers find it, called so that no other font is. Raises UnsupportedFormat."""
    path = folder / f"{content_hash}{Path(name).suffix.lower()}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        body = renamed(data, asset_family(content_hash))
        # Whoever reads it must never see half of it, however many lay it at once.
        with NamedTemporaryFile(dir=folder, delete=False) as partial:
            partial.write(body)
        Path(partial.name).replace(path)
    return path


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
