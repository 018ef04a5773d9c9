"""What a plan rests on besides recipe and original: layers, files, what people say, what pixels tell.

The core never calls out. It says what it lacks (`Unsettled`); here that is found, and the plan is made again.
All that a recipe names is looked up at once. What was found is held against the truth with every request that
rests on it, which costs nothing as long as all of it is fresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache, partial
from typing import TypeVar

from origin.address import read_address
from origin.asset import Asset
from origin.errors import AssetGone, AssetNotFound, InvalidAddress, MetadataUnavailable
from origin.guard import Gate
from origin.library import Library
from origin.metadata.details import Said
from proxy.admission import hold_access
from proxy.errors import Refusal
from proxy.files import File, Files
from proxy.finder import Finder, Found
from proxy.findings import Findings
from proxy.lately import Lately
from proxy.limits import Charged, free
from proxy.looks import Looks, Sources
from proxy.tags import asset_tag, tagged
from proxy.url import DeliveryUrl
from transforms.errors import LimitExceeded, Place, TransformError, printable
from transforms.formats import by_extension
from transforms.knowledge import Known, Question, SourceId, Unsettled, named_layer
from transforms.recipe import Recipe

T = TypeVar("T")

_MAX_ROUNDS = 60
"""Of finding and planning again; each finds something that was not known, and recipes are short."""


class Research:
    """Finds what plans lack; `said` tells what people have said about the original of a public id."""

    def __init__(
        self,
        *,
        finder: Finder,
        library: Library,
        files: Files,
        looks: Looks,
        said: Lately[Said],
        gate: Gate,
        charged: Charged = free,
    ) -> None:
        self._charged = charged
        self._finder = finder
        self._gate = gate
        self._library = library
        self._files = files
        self.looks = looks
        self._said = said
        self._ahead: set[asyncio.Task[None]] = set()

    def foresee(self, recipe: Recipe, *, signed: bool = False) -> None:
        """Begin to find what the layers of a URL, `signed` or not, show while its original is being found."""
        for source in _pictures(recipe):
            if not self._finder.knows(place_of(source)):
                name = f"find layer {source.name[:80]}"
                task = asyncio.create_task(self._foreseen(source, signed), name=name)
                self._ahead.add(task)
                task.add_done_callback(self._ahead.discard)

    def knows(self, recipe: Recipe) -> bool:
        """Whether all pictures that its layers show are known to this process, or known to be missing."""
        return all(self._finder.knows(place_of(source)) for source in _pictures(recipe))

    async def settle(
        self,
        make: Callable[[Known], T],
        recipe: Recipe,
        asset: Asset,
        lacking: Unsettled,
        *,
        signed: bool = False,
    ) -> tuple[T, Findings]:
        """What `make` makes once it has all it asks for, first what it is `lacking`; and what that was.

        Raises what `make`, finding and looking raise; Refusal for what is not there.
        """
        findings = Findings(signed=signed)
        for _ in range(_MAX_ROUNDS):
            findings = await self._find(lacking, recipe, asset, findings)
            try:
                return make(findings.known), findings
            except Unsettled as still_lacking:
                lacking = still_lacking
        raise LimitExceeded("the transformation needs too many looks at pictures", code="too_many_looks")

    async def hold(self, findings: Findings, public_id: str) -> float | None:
        """None when something else would be found now; otherwise the seconds that its facts are overdue.

        A storage or a database that is away contradicts nothing: what is known stands, as long as it may.
        """
        if self._all_fresh(findings, public_id):
            return 0.0
        try:
            if findings.known.details not in (None, (await self._people(public_id)).details):
                return None
            for name, file in findings.files.items():
                if await self._files.find(name.name) != file:
                    return None
            found = await self._find_assets(findings.assets, findings.assets, signed=findings.signed)
        except (Refusal, AssetNotFound, AssetGone):
            # Whether it is needed at all is for the plan to say.
            return None
        same = all(found[n].asset.content_hash == a.content_hash for n, a in findings.assets.items())
        return max((0.0, *(each.stale_for for each in found.values()))) if same else None

    async def read(self, hashes: Iterable[str], findings: Findings) -> dict[str, bytes]:
        """The bytes of what was found, by content hash; all are read at once.

        Raises OriginChanged when one of them was replaced meanwhile.
        """
        assets = {asset.content_hash: asset for asset in findings.assets.values()}
        files = {file.content_hash: (name.name, file) for name, file in findings.files.items()}
        wanted = {h: partial(self._library.read, assets[h]) for h in hashes if h in assets}
        wanted |= {h: partial(self._files.read, *files[h]) for h in hashes if h in files}
        bodies = await asyncio.gather(*(read() for read in wanted.values()))
        return dict(zip(wanted, bodies, strict=True))

    async def look_again(self, sources: Iterable[SourceId]) -> None:
        """Hold the facts of these pictures against the storages, however fresh they are."""
        pictures = (source for source in sources if source.kind != "file")
        await asyncio.gather(*(self._look_again(place_of(source)) for source in pictures))

    async def close(self) -> None:
        """Stop looking ahead."""
        for task in list(self._ahead):
            task.cancel()
        await asyncio.gather(*self._ahead, return_exceptions=True)

    def _all_fresh(self, findings: Findings, public_id: str) -> bool:
        """Whether everything is known to be as it was found; asks nobody."""
        if findings.known.details is not None:
            said = self._said.recent(public_id)
            if said is None or said.details != findings.known.details:
                return False
        for name, file in findings.files.items():
            if self._files.recent(name.name) != file:
                return False
        for name, asset in findings.assets.items():
            fresh = self._finder.fresh(place_of(name))
            if fresh is None or fresh.content_hash != asset.content_hash:
                return False
        return True

    async def _find(self, lacking: Unsettled, recipe: Recipe, asset: Asset, findings: Findings) -> Findings:
        if lacking.details:
            return findings.with_said(await self._people(asset.public_id))
        if lacking.question is not None:
            question = lacking.question
            read = partial(self._bytes_for, question, asset, findings)
            around = partial(self._charged, asset)
            rows = await self.looks.answer(question, asset.content_hash, read, around)
            return findings.with_answer(question, rows)
        files = [name for name in lacking.sources if name.kind == "file"]
        pictures = [name for name in lacking.sources if name.kind != "file"]
        # All pictures that the recipe names, though the plan asks for one after the other.
        named = {*_pictures(recipe), *pictures} - set(findings.assets)
        found, laid = await asyncio.gather(
            self._find_assets(
                named if pictures else (), pictures, signed=findings.signed, place=lacking.place
            ),
            asyncio.gather(*(self._file(name, lacking.place) for name in files)),
        )
        return findings.with_assets(found).with_files(dict(zip(files, laid, strict=True)))

    async def _people(self, public_id: str) -> Said:
        try:
            return await self._said.get(public_id)
        except MetadataUnavailable as error:
            message = "what is said about the original cannot be looked up at the moment"
            raise Refusal(503, "details_unavailable", message) from error

    async def _find_assets(
        self,
        names: Iterable[SourceId],
        needed: Iterable[SourceId],
        *,
        signed: bool,
        place: Place | None = None,
    ) -> dict[SourceId, Found]:
        """What these names lead to. Those that are not `needed` may be missing; `place` is where the recipe
        asks for those that are."""
        wanted, needed = list(names), set(needed)
        results = await asyncio.gather(
            *(self._picture(name, signed, place if name in needed else None) for name in wanted),
            return_exceptions=True,
        )
        found: dict[SourceId, Found] = {}
        for name, result in zip(wanted, results, strict=True):
            if isinstance(result, Found):
                found[name] = result
            elif name in needed or not isinstance(result, Exception):
                raise result
        return found

    async def _file(self, name: SourceId, place: Place | None) -> File:
        try:
            return await self._files.find(name.name)
        except AssetNotFound as error:
            message = f"the transformation names {printable(name.name)!r}, and there is no such file"
            tags = (asset_tag(name.name),)
            raise Refusal(404, "file_not_found", message, tags=tags, place=place) from error

    async def _picture(self, source: SourceId, signed: bool, at: Place | None = None) -> Found:
        if source.kind == "fetch":
            # Here, and not where the recipe is read: variables may have put the address together.
            self._gate.admit(source.name, signed=signed)
        place = place_of(source)
        try:
            found = await self._finder.find(place)
        except AssetNotFound as error:
            message = f"a layer shows {printable(source.name)!r}, and there is no such picture"
            tags = (asset_tag(place.public_id),)
            raise Refusal(404, "layer_not_found", message, tags=tags, place=at) from error
        except TransformError as error:
            # A copy: the error is remembered for all who ask for this picture.
            copy = type(error)(error.message, code=error.code).within(named_layer(source.name))
            raise tagged(copy.at(at), (asset_tag(place.public_id),)) from error
        if found.claim is not None:
            # At once: two who hold what the other waits for would wait until their claims run out.
            await found.claim.release()
        hold_access(found.asset, signed=signed)
        return found

    async def _foreseen(self, source: SourceId, signed: bool) -> None:
        await asyncio.gather(self._picture(source, signed), return_exceptions=True)

    async def _look_again(self, place: DeliveryUrl) -> None:
        with suppress(AssetNotFound, AssetGone):
            await self._finder.look_again(place)

    async def _bytes_for(self, question: Question, asset: Asset, findings: Findings) -> Sources:
        hashes = question.picture.hashes() if question.picture is not None else frozenset[str]()
        if "" not in hashes:
            return b"", await self.read(hashes, findings)
        own, layers = await asyncio.gather(self._library.read(asset), self.read(hashes - {""}, findings))
        return own, layers


def _pictures(recipe: Recipe) -> list[SourceId]:
    return [source for source in recipe.sources if source.kind != "file"]


@lru_cache(4096)
def place_of(source: SourceId) -> DeliveryUrl:
    """A public id, or an address, inside a recipe as a URL would name it."""
    if source.kind == "fetch":
        return _remote(source.name)
    stem, _, extension = source.name.rpartition(".")
    if stem and by_extension(extension) is not None:
        return DeliveryUrl("", stem, source.name, extension.lower())
    return DeliveryUrl("", source.name, source.name)


def _remote(text: str) -> DeliveryUrl:
    # Nothing is known by the name of none; the gate says what is wrong with it before anybody looks for it.
    with suppress(InvalidAddress):
        text = str(read_address(text))
    return DeliveryUrl("", text, text, delivery_type="fetch")
