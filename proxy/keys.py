"""The keys that delivery URLs are signed with: read from the settings and their files, made, chosen."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from proxy.signing import FORMS_OF, Algorithm, Form, Key

_LARGEST_FILE = 4096
_SHORT = 16
"""Bytes of a secret below which guessing it is worth somebody's while."""


class KeyEntry(Protocol):
    """A key as the settings have it."""

    @property
    def id(self) -> str: ...
    @property
    def secret(self) -> SecretStr: ...
    @property
    def secret_file(self) -> Path | None: ...
    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def state(self) -> str: ...


class KeyProblem(Exception):
    """A key that cannot be used; the message says which and why, and never its secret."""


def load_keys(entries: Iterable[KeyEntry]) -> tuple[Key, ...]:
    """The keys with their secrets. Raises KeyProblem for the first that cannot be used."""
    return tuple(map(_load, entries))


def key_problems(entries: Iterable[KeyEntry]) -> list[str]:
    """Why keys cannot be used, each in a line; the server does not start with any."""
    problems = []
    for entry in entries:
        try:
            _load(entry)
        except KeyProblem as problem:
            problems.append(str(problem))
    return problems


def key_remarks(keys: Sequence[Key]) -> list[str]:
    """What is unwise about keys that can be used."""
    remarks = [
        f"{key.id}: the secret has {len(key.secret)} bytes; {_SHORT} or more cannot be guessed"
        for key in keys
        if len(key.secret) < _SHORT
    ]
    if keys and not any(key.active for key in keys):
        remarks.append("every key is retired: nothing new can be signed")
    return remarks


def _load(entry: KeyEntry) -> Key:
    secret = _read(entry.id, entry.secret_file) if entry.secret_file else entry.secret.get_secret_value()
    if not secret:
        raise KeyProblem(f"security.keys: {entry.id}: the secret is empty")
    if entry.algorithm == "token" and not _is_hexadecimal(secret):
        raise KeyProblem(f"security.keys: {entry.id}: the secret of a token key is hexadecimal")
    return Key(entry.id, secret.encode(), entry.algorithm, entry.state == "active")


def _read(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        text = data.decode().strip()
    except OSError as error:
        reason = f"secret_file {path} cannot be read: {error.strerror}"
        raise KeyProblem(f"security.keys: {name}: {reason}") from error
    except UnicodeDecodeError as error:
        raise KeyProblem(f"security.keys: {name}: secret_file {path} is not UTF-8 text") from error
    if len(data) > _LARGEST_FILE:
        raise KeyProblem(f"security.keys: {name}: secret_file {path} is too long for a secret")
    return text


def _is_hexadecimal(text: str) -> bool:
    return len(text) % 2 == 0 and set(text) <= set("0123456789abcdefABCDEF")


def signing_key(keys: Sequence[Key], *, id: str | None = None, form: Form | None = None) -> Key:
    """The key to sign with: the one of that id, or the first active one that signs in that form.

    Raises KeyProblem when there is none.
    """
    if id is not None:
        found = next((key for key in keys if key.id == id), None)
        if found is None:
            known = ", ".join(key.id for key in keys) or "none"
            raise KeyProblem(f"there is no key {id}; there are: {known}")
        if not found.active:
            raise KeyProblem(f"{id} is retired: it verifies, and signs nothing new")
    else:
        found = next((key for key in keys if key.active and _signs(key, form)), None)
        if found is None:
            wanted = f" that signs {form}" if form else ""
            raise KeyProblem(f"there is no active key{wanted} in security.keys; `calotype keys generate`")
    if not _signs(found, form):
        can = ", ".join(FORMS_OF[found.algorithm]) or "no paths"
        raise KeyProblem(f"{found.id} is a key of {found.algorithm}, which signs {can}")
    return found


def _signs(key: Key, form: Form | None) -> bool:
    forms = FORMS_OF[key.algorithm]
    return form in forms if form else bool(forms)


def new_secret(algorithm: Algorithm) -> str:
    """256 random bits, as the algorithm writes its secrets."""
    return secrets.token_hex(32) if algorithm == "token" else secrets.token_urlsafe(32)
