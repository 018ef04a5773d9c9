"""The fonts of this installation: those in the configured folders, and the shipped ones behind them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from transforms.errors import UnsupportedFormat
from transforms.fontbook import Entry, FontBook, faces_in, shipped

ENDINGS = (".ttf", ".otf", ".ttc", ".otc")


def load_fonts(folders: Iterable[str | Path] = ()) -> FontBook:
    """The fonts in `folders`, and below them; where two are called alike, the first counts.

    Raises UnsupportedFormat, with the file's name, for a font that cannot be read, and OSError for a folder
    or a file that cannot.
    """
    found: list[Entry] = []
    for folder in folders:
        if not Path(folder).is_dir():
            raise NotADirectoryError(f"{folder} is no folder of fonts")
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix.lower() in ENDINGS and path.is_file():
                found += _read(path)
    return FontBook((*found, *shipped()))


def font_problems(folders: Iterable[str | Path]) -> list[str]:
    """What keeps the configured fonts from being used, a line each."""
    problems = []
    for place, folder in enumerate(folders):
        try:
            load_fonts((folder,))
        except UnsupportedFormat as error:
            problems.append(f"render.fonts[{place}]: {error.message}")
        except OSError as error:
            told = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            problems.append(f"render.fonts[{place}]: {told}")
    return problems


def _read(path: Path) -> tuple[Entry, ...]:
    try:
        return faces_in(path.read_bytes(), str(path.resolve()))
    except UnsupportedFormat as error:
        raise error.within(str(path)) from None
