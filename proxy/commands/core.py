"""The pure core on local files, as `render` and `explain` use it: original, layers, recipe, plan."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from proxy.commands.common import WRONG_SETTINGS, complain, complain_of_recipe, read_settings
from proxy.config import Settings
from transforms.errors import InvalidValue, NotOffered, TransformError, printable
from transforms.formats import FORMATS, by_extension
from transforms.frame import ImageInfo
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.recipe import Recipe

if TYPE_CHECKING:
    from transforms.fontbook import FontBook
    from transforms.offline import Settled


@dataclass(frozen=True, slots=True)
class Core:
    """What the core must be told besides a picture: settings, fonts, and where other pictures lie."""

    settings: Settings
    fonts: FontBook | None
    layers: Path
    """The folder where the public ids of layers are looked up."""
    scratch: Path
    """An empty folder of our own."""

    def settle(
        self, recipe: Recipe, data: bytes, *, original: ImageInfo | None = None, format: str | None
    ) -> Settled:
        """The plan and the bytes of its layers; `format` counts where the recipe names none.

        Without `data`, plans for an `original` of which only the facts are known. Raises TransformError.
        """
        from transforms.offline import settle

        return settle(
            recipe,
            data,
            original=original,
            find=self._find,
            locate=self._locate,
            defaults=self.settings.delivery.output_defaults,
            limits=self.settings.render.limits,
            fonts=self.fonts,
            drop_scans=self.settings.render.drop_scans,
            format=format,
        )

    def _find(self, source: SourceId) -> bytes:
        """The bytes of the file that a public id means in the folder, as a mount would read it."""
        from origin.errors import OriginError
        from origin.mounts import resolve
        from origin.storage.filesystem import FilesystemStorage

        if source.kind == "fetch":
            raise NotOffered("l_fetch is turned off here: name a picture by its public id, as in l_logo")
        extension = Path(source.name).suffix.lstrip(".")
        known = by_extension(extension) if extension else None
        try:
            storage = FilesystemStorage(path=self.layers)
            stat = asyncio.run(resolve(storage, source.name, extension if known else None))
            return (self.layers / stat.key).read_bytes()
        except OriginError as error:
            message = f"{printable(source.name)!r} is shown, and there is no such file in {self.layers}"
            raise InvalidValue(message, code="layer_not_found") from error

    def _locate(self, source: SourceId, data: bytes) -> str:
        """Where the renderer finds a file; only fonts are looked for there."""
        from proxy.files import FONTS, lay_font

        if Path(source.name).suffix.lower() not in FONTS:
            return ""
        return str(lay_font(self.scratch, hashlib.sha256(data).hexdigest(), source.name, data))


def on_core(arguments: argparse.Namespace, work: Callable[[Core, Recipe], int]) -> int:
    """Do `work` with what the command line names; what is wrong is told. Returns the exit status."""
    settings = Settings() if arguments.config is None else read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    text = arguments.transformation
    with TemporaryDirectory(prefix="calotype-") as scratch:
        try:
            core = Core(settings, _fonts(settings), _layers(arguments), Path(scratch))
            return work(core, parse(text, named=settings.named_transformations))
        except TransformError as error:
            return complain_of_recipe(error, text)
        except ValueError as error:
            return complain(str(error))
        except OSError as error:
            return complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises OSError."""
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def written_format(name: str) -> str | None:
    """The format that a name's extension asks for; None without an extension.

    Raises:
        ValueError: it is none that we write.
    """
    extension = Path(name).suffix
    if not extension or name == "-":
        return None
    found = by_extension(extension)
    if found is None or not found.written:
        known = " ".join(format.name for format in FORMATS.values() if format.written)
        raise ValueError(f"{name}: {extension} is no format that is written here; expected one of {known}")
    return found.name


def _fonts(settings: Settings) -> FontBook | None:
    if not settings.render.fonts:
        return None
    from proxy.fonts import load_fonts

    return load_fonts(settings.render.fonts)


def _layers(arguments: Any) -> Path:
    """The folder that was named, or the one of the picture itself."""
    if arguments.layers is not None:
        return Path(arguments.layers)
    given = arguments.input
    if given is None or given == "-":
        return Path()
    return Path(given) if Path(given).is_dir() else Path(given).parent
