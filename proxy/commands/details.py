"""`calotype details`: what is said about an original: tags, context, fields, the part that g_custom keeps."""

from __future__ import annotations

import argparse
from dataclasses import replace

from origin.metadata.details import DetailsStore
from origin.metadata.store import MetadataStore
from proxy.commands.database import on_database
from proxy.config import Settings
from transforms.knowledge import Details


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""

    async def work(metadata: MetadataStore, settings: Settings) -> int:
        store = DetailsStore(metadata)
        public_id = arguments.public_id
        if arguments.action == "delete":
            await store.drop(public_id)
            print(f"nothing is said about {public_id} any more")
            return 0
        if arguments.action == "set":
            await store.put(public_id, _changed((await store.get(public_id)).details, arguments))
        _show((await store.get(public_id)).details)
        return 0

    return on_database(arguments, work)


def _changed(said: Details, arguments: argparse.Namespace) -> Details:
    """What was said, with what was given in place of it; what was not given stays."""
    return replace(
        said,
        tags=said.tags if arguments.tag is None else tuple(sorted(set(arguments.tag))),
        context=tuple(sorted({**dict(said.context), **dict(arguments.context or ())}.items())),
        metadata=tuple(sorted({**dict(said.metadata), **dict(arguments.field or ())}.items())),
        coordinates=said.coordinates if arguments.custom is None else arguments.custom,
    )


def _show(said: Details) -> None:
    print(f"tags     {' '.join(said.tags) or 'none'}")
    for word, pairs in (("context", said.context), ("field", said.metadata)):
        for key, value in pairs:
            print(f"{word:<8} {key}={value}")
    if said.coordinates is not None:
        print(f"custom   {','.join(f'{length:g}' for length in said.coordinates)}")
