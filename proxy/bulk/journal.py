"""What was done in runs before, so that the next one goes on: a file to which every step adds a line.

It is only ever a hint. Whoever reads it looks at what it leads to; a lost or torn line costs one more read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TextIO


class Journal:
    """Content hashes by name, each with the mark that its file had then."""

    def __init__(self, known: dict[str, tuple[str, str]], file: TextIO) -> None:
        self._known = known
        self._file = file

    def recall(self, name: str, mark: str) -> str | None:
        """The hash that was written down for that name, if its mark is still the same."""
        known = self._known.get(name)
        return known[1] if known is not None and known[0] == mark else None

    def note(self, name: str, mark: str, content_hash: str) -> None:
        """Write it down."""
        if self._known.get(name) != (mark, content_hash):
            self._known[name] = mark, content_hash
            self._file.write(json.dumps([name, mark, content_hash]) + "\n")
            self._file.flush()


@contextmanager
def opened(folder: Path, about: str) -> Iterator[Journal]:
    """The journal that is kept in `folder` of work `about` something."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(about.encode(errors='surrogateescape')).hexdigest()[:16]}.jsonl"
    with path.open("a+", encoding="utf-8") as file:
        file.seek(0)
        known = dict(_steps(file))
        if file.tell() and not _ends_with_a_line(path):
            file.write("\n")
        yield Journal(known, file)


def _steps(file: TextIO) -> Iterator[tuple[str, tuple[str, str]]]:
    for line in file:
        try:
            name, mark, content_hash = json.loads(line)
        except (ValueError, TypeError):
            continue
        yield str(name), (str(mark), str(content_hash))


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read() == b"\n"
