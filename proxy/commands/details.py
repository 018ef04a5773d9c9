"""`calotype details`: what is said about an original: tags, context, fields, the part that g_custom keeps."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from origin.metadata.details import DetailsStore
from origin.metadata.store import MetadataStore
from proxy.commands.database import on_database
from proxy.config import Settings
from transforms.formats import by_extension
from transforms.knowledge import Details

V = TypeVar("V", str, str | float)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""

    async def work(metadata: MetadataStore, settings: Settings) -> int:
        store = DetailsStore(metadata)
        public_id = _without_extension(arguments.public_id)
        if arguments.action == "delete":
            await store.drop(public_id)
            print(f"nothing is said about {public_id} any more")
            return 0
        if arguments.action == "set":
            await store.put(public_id, _changed((await store.get(public_id)).details, arguments))
        _show((await store.get(public_id)).details)
        return 0

    return on_database(arguments, work)


def _without_extension(name: str) -> str:
    """What is said holds for the original, whatever format it is asked for in."""
    stem, _, extension = name.rpartition(".")
    return stem if stem and by_extension(extension) is not None else name


def _changed(said: Details, arguments: argparse.Namespace) -> Details:
    """What was said, with what was given in place of it; what was not given stays."""
    return replace(
        said,
        tags=said.tags if arguments.tag is None else tuple(sorted(set(arguments.tag) - {""})),
        context=_merged(said.context, arguments.context),
        metadata=_merged(said.metadata, arguments.field),
        coordinates=said.coordinates if arguments.custom is None else arguments.custom,
    )


def _merged(
    said: Iterable[tuple[str, V]], given: Iterable[tuple[str, V]] | None
) -> tuple[tuple[str, V], ...]:
    """Both, sorted; what is given wins, and without a value takes the key away."""
    values = {**dict(said), **dict(given or ())}
    return tuple(sorted((key, value) for key, value in values.items() if value != ""))


def _show(said: Details) -> None:
    print(f"tags     {' '.join(said.tags) or 'none'}")
    for word, pairs in (("context", said.context), ("field", said.metadata)):
        for key, value in pairs:
            print(f"{word:<8} {key}={value}")
    if said.coordinates is not None:
        print(f"custom   {','.join(f'{length:g}' for length in said.coordinates)}")
