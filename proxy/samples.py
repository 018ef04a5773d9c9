"""Something to look at the first time: sample pictures in an empty default folder, and paths worth trying."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import origin
from proxy.config import FilesystemStorage, Settings
from transforms.formats import by_extension

SAMPLES = Path(origin.__file__).with_name("samples")

_MOST_LOOKED_AT = 200
_TRIALS = (
    "/w_300,f_avif/{id}",
    "/c_fill,g_auto,h_400,w_400/f_auto,q_auto/{file}",
    "/ar_16:9,b_rgb:202830,c_pad,w_640/{file}",
)


def put_samples(settings: Settings) -> list[str]:
    """Copy the samples into the default folder of originals when it is empty or missing.

    A folder that the settings name is only read. Returns up to three paths to try, made of pictures found in
    the first folder that is mounted, with the percent signs of a URL. Raises OSError.
    """
    if any(mount.storage == FilesystemStorage() for mount in settings.mounts):
        _copy(SAMPLES, settings.data_dir / "originals")
    for mount in settings.resolved_mounts:
        if isinstance(mount.storage, FilesystemStorage) and mount.storage.path is not None:
            prefix = f"{mount.prefix}/" if mount.prefix else ""
            found = (prefix + name for name in pictures(mount.storage.path))
            return [_trial(pattern, name) for pattern, name in zip(_TRIALS, found, strict=False)]
    return []


def pictures(folder: Path) -> Iterator[str]:
    """Names of pictures below `folder`, those at its top first, in the order of the alphabet."""
    for root, folders, names in islice(os.walk(folder), _MOST_LOOKED_AT):
        folders.sort()
        for name in sorted(names)[:_MOST_LOOKED_AT]:
            if by_extension(Path(name).suffix) is not None and not name.startswith("."):
                yield Path(root, name).relative_to(folder).as_posix()


def _copy(samples: Path, folder: Path) -> None:
    """All samples or none: they are gathered beside `folder` and put in its place in one step."""
    if folder.exists() and any(folder.iterdir()):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".samples-", dir=folder.parent) as gathered:
        try:
            shutil.copytree(samples, Path(gathered, "originals"))
        except shutil.Error as error:
            # It has no reason of its own, but a list: from where, to where, and why, for each file.
            raise OSError(errno.EIO, error.args[0][0][2]) from error
        Path(gathered, "originals").replace(folder)


def _trial(pattern: str, name: str) -> str:
    return pattern.format(id=quote(name.rpartition(".")[0]), file=quote(name))
