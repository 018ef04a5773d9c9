"""Incoming transformations: done to an upload before it is kept, so that what comes of it is the original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from origin.asset import Asset
from origin.errors import AssetNotFound
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.received import Received
from origin.library import Library
from proxy.admission import hold_access
from proxy.files import Files
from proxy.finder import Finder
from proxy.presets import Presets
from proxy.renderer import RenderPool
from proxy.research import place_of
from transforms.errors import TransformError, printable
from transforms.fontbook import FontBook
from transforms.formats import FORMATS, by_extension
from transforms.frame import ImageInfo
from transforms.knowledge import Details, Known, Source, SourceId, Unsettled
from transforms.limits import Limits
from transforms.output import OutputDefaults
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.recipe import Recipe

_MAX_ROUNDS = 60
"""Of finding what a plan lacks and planning again, as for delivery."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a plan rests on, and the bytes of what its layers show, by content hash."""

    known: Known
    layers: Mapping[str, bytes] = field(default_factory=dict)


class Incoming:
    """Renders uploads. Layers and fonts are found where those of delivery URLs are."""

    def __init__(
        self,
        *,
        pool: RenderPool,
        finder: Finder,
        library: Library,
        files: Files,
        presets: Presets,
        limits: Limits,
        defaults: OutputDefaults,
        fonts: FontBook | None,
    ) -> None:
        self._pool = pool
        self._finder = finder
        self._library = library
        self._files = files
        self._presets = presets
        self._plan = partial(make_plan, limits=limits, defaults=defaults, fonts=fonts)

    async def read(self, text: str, *, parameter: str) -> Recipe:
        """A transformation that an upload asks for. Raises UploadMalformed, naming the parameter."""
        try:
            return parse(text, named=self._presets.named)
        except TransformError as error:
            # A named one may have been stored a moment ago.
            if error.code == "unknown_named_transformation" and await self._presets.missed():
                return await self.read(text, parameter=parameter)
            raise UploadMalformed(
                f"{parameter}: {error.message}", code="invalid_transformation", parameter=parameter
            ) from error

    async def done(
        self,
        received: Received,
        data: bytes,
        info: ImageInfo,
        *,
        transformation: str,
        format: str,
        details: Details,
    ) -> bytes:
        """The bytes of an upload with the transformation done to it, in `format` or its own.

        Raises UploadMalformed, what planning and rendering raise, and what finding its layers raises.
        """
        recipe = await self.read(transformation, parameter="transformation")
        found = _Found(Known(details=details))
        plan, found = await self._settled(recipe, received, data, info, _format(format), found)
        if not plan.operations and plan.save.format == info.format and not transformation:
            return data
        made = await self._pool.render(plan, data, found.layers, content_hash=received.content_hash)
        return made.body

    async def _settled(
        self,
        recipe: Recipe,
        received: Received,
        data: bytes,
        info: ImageInfo,
        format: str | None,
        found: _Found,
    ) -> tuple[RenderPlan, _Found]:
        for _ in range(_MAX_ROUNDS):
            try:
                return self._plan(recipe, info, format=format, known=found.known), found
            except Unsettled as lacking:
                found = await self._with(lacking, received, data, found)
        raise UploadMalformed(
            "transformation: it needs too many looks at pictures", parameter="transformation"
        )

    async def _with(self, lacking: Unsettled, received: Received, data: bytes, found: _Found) -> _Found:
        known, layers = found.known, dict(found.layers)
        if lacking.question is not None:
            rows = await self._pool.look(lacking.question, data, layers, content_hash=received.content_hash)
            known = replace(known, answers={**known.answers, lacking.question: rows})
        for name in lacking.sources:
            source, body = await self._source(name)
            layers[source.content_hash] = body
            known = replace(known, sources={**known.sources, name: source})
        return _Found(known, layers)

    async def _source(self, name: SourceId) -> tuple[Source, bytes]:
        try:
            if name.kind == "file":
                file = await self._files.find(name.name)
                return Source(file.content_hash, location=file.path), await self._files.read(name.name, file)
            asset = await self._picture(name)
            return Source(asset.content_hash, asset.info), await self._library.read(asset)
        except AssetNotFound as error:
            raise UploadMalformed(
                f"transformation: a layer shows {printable(name.name)!r}, and there is no such picture",
                code="layer_not_found",
                parameter="transformation",
            ) from error

    async def _picture(self, name: SourceId) -> Asset:
        if name.kind == "fetch":
            raise UploadMalformed(
                "transformation: layers of remote pictures are not shown in incoming transformations",
                parameter="transformation",
            )
        found = await self._finder.find(place_of(name))
        if found.claim is not None:
            await found.claim.release()
        # Of authenticated pictures no others are made: they could be of another owner.
        hold_access(found.asset, signed=False)
        return found.asset


def _format(name: str) -> str | None:
    """The format that an upload is to be kept in. Raises UploadMalformed for one that is not written."""
    if not name or name == "original":
        return None
    known = FORMATS.get(name) or by_extension(name)
    if known is None or not known.written or known.told:
        raise UploadMalformed(
            f"format: pictures are not written as {printable(name)!r}",
            code="invalid_format",
            parameter="format",
        )
    return known.name
