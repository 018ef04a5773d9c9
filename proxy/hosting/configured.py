"""The keys of the settings, with their secrets, and the key that secrets in the database are sealed under."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from origin.hosting.credentials import Credential
from origin.hosting.scopes import Scope
from origin.hosting.sealing import SealingKeyProblem, make_sealing_key, read_sealing_key, sealing_key

logger = logging.getLogger(__name__)

_LARGEST_FILE = 4096


class KeyEntry(Protocol):
    """A key as the settings have it."""

    @property
    def key(self) -> str: ...
    @property
    def secret(self) -> SecretStr: ...
    @property
    def secret_file(self) -> Path | None: ...
    @property
    def owner(self) -> str: ...
    @property
    def scopes(self) -> tuple[Scope, ...]: ...


class HostingKeyProblem(Exception):
    """A key of the settings that cannot be used; the message says which and why, and never its secret."""


def credentials(entries: Iterable[KeyEntry]) -> list[Credential]:
    """The keys as requests are checked against them. Raises HostingKeyProblem for one that cannot be used."""
    return [
        Credential(key=entry.key, owner=entry.owner, scopes=frozenset(entry.scopes), secret=_secret(entry))
        for entry in entries
    ]


def sealing_bytes(text: str, file: Path | None, *, made: Path) -> bytes:
    """The sealing key: as given, or in `file`, or else in `made`, which is written when there is none.

    Raises SealingKeyProblem.
    """
    if text:
        key = sealing_key(text)
        assert key is not None, "the settings were checked"
        return key
    if file is None and make_sealing_key(made):
        logger.warning("%s was made: secrets in the database are encrypted under it, so keep a copy", made)
    return read_sealing_key(file or made)


def hosting_problems(entries: Iterable[KeyEntry], file: Path | None) -> list[str]:
    """Why keys cannot be used, each in a line; the server does not start with any."""
    problems = []
    for entry in entries:
        try:
            credentials([entry])
        except HostingKeyProblem as problem:
            problems.append(str(problem))
    if file is not None:
        try:
            read_sealing_key(file)
        except SealingKeyProblem as problem:
            problems.append(f"hosting.encryption_key_file: {problem}")
    return problems


def _secret(entry: KeyEntry) -> str:
    if entry.secret_file is None:
        return entry.secret.get_secret_value()
    place = f"hosting.keys: {entry.key}: secret_file {entry.secret_file}"
    try:
        with entry.secret_file.open("rb") as file:
            secret = file.read(_LARGEST_FILE).decode().strip()
    except OSError as error:
        raise HostingKeyProblem(f"{place} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise HostingKeyProblem(f"{place} is not UTF-8 text") from error
    if not secret:
        raise HostingKeyProblem(f"{place} is empty")
    return secret
