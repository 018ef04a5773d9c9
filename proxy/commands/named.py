"""`calotype named`: the named transformations that are stored in the database."""

from __future__ import annotations

import argparse

from origin.metadata.named import NamedStore
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
                return await _delete(store, arguments.name)
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
    named = {stored.name: stored.text for stored in (await store.all()).values()}
    try:
        recipe = parse(text, named={**named, **settings.named_transformations, name: text})
        parse(f"t_{name}", named={**named, **settings.named_transformations, name: text})
    except TransformError as error:
        return complain_of_recipe(error, text)
    if not recipe:
        return complain(f"{name}: expected a transformation such as c_fill,h_150,w_150, got nothing")
    print(f"{name} is version {await store.put(name, text)}: {recipe}")
    return 0


async def _delete(store: NamedStore, name: str) -> int:
    if await store.drop(name):
        print(f"{name} is gone")
        return 0
    complain(f"there is no named transformation {name!r} in the database")
    return FAILED
