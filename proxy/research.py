"""What a plan rests on besides the recipe: pictures that layers show, and what only pixels can tell.

The core never calls out. It says what it lacks (`Unsettled`); here that is found, and the plan is made again.
The pictures that a recipe names are looked up together. What was seen in a picture is kept, in memory and in
Redis, for as long as anybody may ask: it is true of those bytes for ever.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cachetools import LRUCache

from origin.asset import Asset
from origin.errors import AssetNotFound, OriginChanged
from origin.library import Library
from proxy.coalesce import Coalescer
from proxy.errors import Refusal
from proxy.files import File, Files
from proxy.finder import Finder
from proxy.link import RedisLink, RedisUnavailable
from proxy.renderer import RenderPool
from proxy.url import DeliveryUrl
from transforms.actions.base import Rows
from transforms.errors import LimitExceeded, NotOffered, printable
from transforms.formats import by_extension
from transforms.knowledge import Details, Known, Question, Source, SourceId, Unsettled
from transforms.recipe import Recipe

T = TypeVar("T")

KEY_PREFIX = "calotype:1:looked:"
_MAX_KEPT = 20_000
_MAX_ROUNDS = 60
"""Of finding and planning again; each finds something that was not known, and recipes are short."""
_TTL_MILLISECONDS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for one recipe."""

    known: Known = field(default_factory=Known)
    assets: Mapping[SourceId, Asset] = field(default_factory=dict)
    """The pictures that its layers show."""
    files: Mapping[SourceId, File] = field(default_factory=dict)
    """Fonts and tables of colours."""

    def with_file(self, name: SourceId, file: File) -> Findings:
        source = Source(file.content_hash, location=file.path)
        known = replace(self.known, sources={**self.known.sources, name: source})
        return replace(self, known=known, files={**self.files, name: file})

    def with_assets(self, found: Mapping[SourceId, Asset]) -> Findings:
        sources = {name: Source(asset.content_hash, asset.info) for name, asset in found.items()}
        known = replace(self.known, sources={**self.known.sources, **sources})
        return replace(self, known=known, assets={**self.assets, **found})

    def with_answer(self, question: Question, rows: Rows) -> Findings:
        return replace(self, known=replace(self.known, answers={**self.known.answers, question: rows}))


class Research:
    """Finds what plans lack."""

    def __init__(
        self,
        *,
        finder: Finder,
        library: Library,
        files: Files,
        pool: RenderPool,
        coalescer: Coalescer,
        link: RedisLink | None,
        details: Callable[[str], Awaitable[Details]],
    ) -> None:
        """`details` tells what people have said about the original of a public id."""
        self._details = details
        self._finder = finder
        self._library = library
        self._files = files
        self._pool = pool
        self._coalescer = coalescer
        self._link = link
        self._looked: LRUCache[str, Rows] = LRUCache(_MAX_KEPT)

    async def settle(
        self, make: Callable[[Known], T], recipe: Recipe, asset: Asset, lacking: Unsettled
    ) -> tuple[T, Findings]:
        """What `make` makes once it has all it asks for, first what it is `lacking`; and what that was.

        Raises what `make` and the pool raise; Refusal for a picture that is not there.
        """
        findings = Findings()
        for _ in range(_MAX_ROUNDS):
            findings = await self._find(lacking, recipe, asset, findings)
            try:
                return make(findings.known), findings
            except Unsettled as still_lacking:
                lacking = still_lacking
        raise LimitExceeded("the transformation needs too many looks at pictures", code="too_many_looks")

    async def hold(self, findings: Findings, public_id: str) -> bool:
        """Whether what was found for the original of `public_id` is what would be found now."""
        details = findings.known.details
        if details is not None and details != await self._details(public_id):
            return False
        for name, file in findings.files.items():
            if (await self._files.find(name.name)).content_hash != file.content_hash:
                return False
        now = await self._assets(findings.assets, needed=findings.assets)
        return all(now[name].content_hash == asset.content_hash for name, asset in findings.assets.items())

    async def read(self, hashes: Iterable[str], findings: Findings) -> dict[str, bytes]:
        """The bytes of pictures that were found, by content hash; all are read at once.

        Raises OriginChanged when one of them was replaced meanwhile; its new facts are known then.
        """
        by_hash = {asset.content_hash: asset for asset in findings.assets.values()}
        files = {file.content_hash: file.data for file in findings.files.values()}
        named = dict.fromkeys(hashes)
        wanted = [by_hash[content_hash] for content_hash in named if content_hash in by_hash]
        try:
            bodies = await asyncio.gather(*map(self._library.read, wanted))
        except OriginChanged:
            await asyncio.gather(*(self._finder.look_again(place_of(name)) for name in findings.assets))
            raise
        pictures = {asset.content_hash: body for asset, body in zip(wanted, bodies, strict=True)}
        return pictures | {
            content_hash: files[content_hash] for content_hash in named if content_hash in files
        }

    async def _find(self, lacking: Unsettled, recipe: Recipe, asset: Asset, findings: Findings) -> Findings:
        if lacking.details:
            details = await self._details(asset.public_id)
            return replace(findings, known=replace(findings.known, details=details))
        if lacking.question is not None:
            rows = await self._answer(lacking.question, asset, findings)
            return findings.with_answer(lacking.question, rows)
        for name in lacking.sources:
            if name.kind == "file":
                return findings.with_file(name, await self._file(name))
        # All that the recipe names, though the plan asks for one after the other.
        named = {source for source in recipe.sources if source.kind == "image"} - set(findings.assets)
        found = await self._assets(named | set(lacking.sources), needed=lacking.sources)
        return findings.with_assets(found)

    async def _assets(
        self, names: Iterable[SourceId], *, needed: Iterable[SourceId]
    ) -> dict[SourceId, Asset]:
        """What these names lead to. Those that are not `needed` may be missing."""
        wanted, needed = list(names), set(needed)
        found = await asyncio.gather(*map(self._asset, wanted), return_exceptions=True)
        assets: dict[SourceId, Asset] = {}
        for name, result in zip(wanted, found, strict=True):
            if isinstance(result, Asset):
                assets[name] = result
            elif name in needed or not isinstance(result, Exception):
                raise result
        return assets

    async def _file(self, name: SourceId) -> File:
        try:
            return await self._files.find(name.name)
        except AssetNotFound as error:
            message = f"the transformation names {printable(name.name)!r}, and there is no such file"
            raise Refusal(404, "file_not_found", message) from error

    async def _asset(self, source: SourceId) -> Asset:
        if source.kind != "image":
            raise NotOffered(f"l_{source.kind} is known, but turned off here: use a picture by its public id")
        try:
            found = await self._finder.find(place_of(source))
        except AssetNotFound as error:
            message = f"a layer shows {printable(source.name)!r}, and there is no such picture"
            raise Refusal(404, "layer_not_found", message) from error
        if found.claim is not None:
            await found.claim.release()
        return found.asset

    async def _answer(self, question: Question, asset: Asset, findings: Findings) -> Rows:
        key = question.key(asset.content_hash)
        known = self._looked.get(key)
        if known is not None:
            return known
        rows, _ = await self._coalescer.run(("look", key), lambda: self._look(key, question, asset, findings))
        self._looked[key] = rows
        return rows

    async def _look(self, key: str, question: Question, asset: Asset, findings: Findings) -> Rows:
        if (rows := await self._recalled(key)) is not None:
            return rows
        picture = question.picture
        data = await self._library.read(asset) if picture is not None and "" in picture.hashes() else b""
        layers = await self.read(picture.hashes() - {""}, findings) if picture is not None else {}
        rows = await self._pool.look(question, data, layers)
        await self._remember(key, rows)
        return rows

    async def _recalled(self, key: str) -> Rows | None:
        if self._link is None:
            return None
        client = self._link.client
        try:
            text = await self._link.call(lambda: client.get(KEY_PREFIX + key))
            return None if text is None else tuple(tuple(map(float, row)) for row in json.loads(text))
        except (RedisUnavailable, ValueError, TypeError):
            return None

    async def _remember(self, key: str, rows: Rows) -> None:
        if self._link is None:
            return
        client, text = self._link.client, json.dumps(rows)
        with suppress(RedisUnavailable):
            await self._link.call(lambda: client.set(KEY_PREFIX + key, text, px=_TTL_MILLISECONDS))


def place_of(source: SourceId) -> DeliveryUrl:
    """A public id inside a recipe as a URL would name it."""
    stem, _, extension = source.name.rpartition(".")
    if stem and by_extension(extension) is not None:
        return DeliveryUrl("", stem, source.name, extension.lower())
    return DeliveryUrl("", source.name, source.name)
