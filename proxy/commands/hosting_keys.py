"""What `calotype keys` does with the keys that may upload: those of the database, and of the settings."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import UTC, datetime

from origin.hosting.credentials import StoredKey
from origin.hosting.keys import KeyStore
from origin.hosting.model import OWNER
from origin.hosting.sealing import SealingKeyProblem
from origin.metadata.store import MetadataStore
from proxy.app_intake import make_key_store
from proxy.commands.common import FAILED, complain
from proxy.commands.database import on_database
from proxy.config import Settings

_MAX_NAME = 200


def run(arguments: argparse.Namespace, *, list_others: Callable[[Settings], None]) -> int:
    """Do what was asked; `list_others` prints the keys that sign delivery URLs. Returns the exit status."""

    async def work(metadata: MetadataStore, settings: Settings) -> int:
        try:
            store = make_key_store(settings, metadata)
        except SealingKeyProblem as problem:
            return complain(f"hosting.encryption_key: {problem}")
        match arguments.action:
            case "create":
                return await _create(store, arguments, settings)
            case "revoke":
                return await _revoke(store, arguments.key, settings)
        list_others(settings)
        return await _list(store, settings)

    return on_database(arguments, work)


async def _create(store: KeyStore, arguments: argparse.Namespace, settings: Settings) -> int:
    owner = arguments.owner or settings.hosting.default_owner
    if not re.fullmatch(OWNER, owner, re.ASCII):
        return complain("an owner has 1 to 64 letters, digits, dots, - and _")
    if len(arguments.name) > _MAX_NAME or not arguments.name.isprintable():
        return complain(f"a name has at most {_MAX_NAME} characters, all of them printable")
    made = await store.create(owner=owner, scopes=arguments.scopes, name=arguments.name)
    address = re.sub("^https?://", "", settings.public_url)
    print("# Told once: only what verifies them is kept.")
    print(f"key     {made.key}\nsecret  {made.secret}\ntoken   {made.token}")
    print(f"# For our own API: Authorization: Bearer {made.token[:12]}…")
    print(f"# For Cloudinary's SDKs: upload_prefix={settings.public_url}, and")
    print(f"# CLOUDINARY_URL=cloudinary://{made.key}:<secret>@{settings.hosting.cloud_name}")
    if not settings.hosting.enabled:
        print(f"# hosting.enabled is off: {address} takes no uploads.")
    return 0


async def _revoke(store: KeyStore, key: str, settings: Settings) -> int:
    if any(entry.key == key for entry in settings.hosting.keys):
        return complain(f"{key} is one of the settings' own; take it out there")
    if not await store.revoke(key):
        complain(f"there is no key {key!r} in the database that counts")
        return FAILED
    print(f"{key} counts no more: within seconds, wherever this database is used")
    return 0


async def _list(store: KeyStore, settings: Settings) -> int:
    stored = await store.all()
    if stored or settings.hosting.keys:
        print("# May upload:")
    for entry in settings.hosting.keys:
        print(f"{entry.key:<24} settings {entry.owner:<16} {','.join(entry.scopes)}")
    for key in stored:
        print(_line(key))
    return 0


def _line(key: StoredKey) -> str:
    state = "active" if key.revoked_at is None else "revoked"
    made = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d")
    return f"{key.key:<24} {state:<8} {key.owner:<16} {','.join(key.scopes)}; made {made} {key.name}".rstrip()
