"""`calotype named`: the named transformations that are stored in the database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote

from origin.metadata.named import MOST_NAMED, Named, NamedStore
from origin.metadata.store import MetadataStore
from proxy.commands.common import FAILED, complain, complain_of_recipe
from proxy.commands.database import on_database
from proxy.config import Settings
from proxy.config_checks import named_name_problem
from transforms.errors import TransformError
from transforms.parser import parse


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""

    async def work(metadata: MetadataStore, settings: Settings) -> int:
        store = NamedStore(metadata)
        match arguments.action:
            case "set":
                return await _set(store, settings, arguments.name, arguments.transformation)
            case "delete":
                return await _delete(store, settings, arguments.name)
        return await _list(store, settings)

    return on_database(arguments, work)


async def _list(store: NamedStore, settings: Settings) -> int:
    for name, text in sorted(settings.named_transformations.items()):
        print(f"{name:<24} settings    {text}")
    for name, preset in (await store.all()).items():
        hidden = name in settings.named_transformations
        remark = "  (the settings have another of that name)" if hidden else ""
        print(f"{name:<24} version {preset.version:<3} {preset.text}{remark}")
    return 0


async def _set(store: NamedStore, settings: Settings, name: str, text: str) -> int:
    problem = named_name_problem(name)
    if problem is not None:
        return complain(f"{name!r}: {problem}")
    if name in settings.named_transformations:
        return complain(f"{name} is one of the settings' own; change it there")
    stored = await store.all()
    if name not in stored and len(stored) >= MOST_NAMED:
        return complain(f"there are {MOST_NAMED:,} already, which is as many as are read; delete some first")
    named = {**_texts(stored), **settings.named_transformations, name: text}
    try:
        recipe = parse(text, named=named)
        parse(f"t_{quote(name)}", named=named)
    except TransformError as error:
        return complain_of_recipe(error, text)
    if not recipe:
        return complain(f"{name}: expected a transformation such as c_fill,h_150,w_150, got nothing")
    print(f"{name} is version {await store.put(name, text)}: {recipe}")
    return 0


async def _delete(store: NamedStore, settings: Settings, name: str) -> int:
    named = {**_texts(await store.all()), **settings.named_transformations}
    if not await store.drop(name):
        complain(f"there is no named transformation {name!r} in the database")
        return FAILED
    print(f"{name} is gone")
    for other in _users(name, named):
        print(f"t_{other} uses it, and is refused from now on")
    return 0


def _users(name: str, named: Mapping[str, str]) -> Iterator[str]:
    """The other ones that do not read without that one."""
    for other, text in named.items():
        with suppress(TransformError):
            if other != name and name in parse(text, named=named).named:
                yield other


def _texts(stored: Mapping[str, Named]) -> dict[str, str]:
    return {preset.name: preset.text for preset in stored.values()}
