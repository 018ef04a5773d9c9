"""The standard sizes that a picture is shown in: those that are made of every upload and keep its shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from origin.hosting.model import HostedAsset
from proxy.hosting.links import Links, extension_of, shown_as
from transforms.errors import TransformError
from transforms.formats import FORMATS
from transforms.frame import ImageInfo
from transforms.knowledge import Unsettled
from transforms.parser import parse
from transforms.plan import make_plan

SHOWN = frozenset({"jpg", "png", "webp", "gif", "avif"})
"""What browsers show as it is."""
BETTER = ("avif", "webp")
"""Formats that are offered beside the original's own, the smaller first."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A size of the settings: its transformation, and the formats it is made in."""

    transformation: str
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One rendition of a picture: where it is, its size and its media type."""

    url: str
    width: int
    height: int
    type: str


class Sizes:
    """Finds renditions of pictures; none where no standard size keeps their shape.

    `vouch` makes a delivery path one that strangers may have, and answers None where it cannot.
    """

    def __init__(
        self, standard: Sequence[Standard], links: Links, *, vouch: Callable[[str], str | None]
    ) -> None:
        self._standard = tuple(standard)
        self._links = links
        self._vouch = vouch

    def of(self, asset: HostedAsset) -> tuple[Source, ...]:
        """In the original's own format, or what is shown instead of it, the smallest first."""
        return self._sources(asset, "original")

    def better(self, asset: HostedAsset) -> tuple[tuple[Source, ...], ...]:
        """The same in other formats, for browsers that take them; only what the settings have made."""
        found = (self._sources(asset, name) for name in BETTER if name != asset.summary.info.format)
        return tuple(sources for sources in found if sources)

    def whole(self, asset: HostedAsset) -> str:
        """Where the picture itself is, or its largest rendition if browsers do not show it."""
        sources = self.of(asset)
        shown = asset.summary.info.format in SHOWN or not sources
        return (self._url(asset) or self._links.url(asset)) if shown else sources[-1].url

    def _sources(self, asset: HostedAsset, format: str) -> tuple[Source, ...]:
        info, by_width = asset.summary.info, dict[int, Source]()
        extension = shown_as(format, extension_of(asset))
        for standard in self._standard:
            size = kept_shape(standard.transformation, info.format, info.width, info.height)
            if size is None or format not in (*standard.formats, "original"):
                continue
            url = self._url(asset, standard.transformation, extension)
            if url is not None:
                by_width.setdefault(size[0], Source(url, *size, _type(extension)))
        return tuple(by_width[width] for width in sorted(by_width))

    def _url(self, asset: HostedAsset, transformation: str = "", extension: str = "") -> str | None:
        path = self._vouch(self._links.path(asset, transformation, extension))
        return None if path is None else self._links.public_url + path


@lru_cache(4096)
def kept_shape(transformation: str, format: str, width: int, height: int) -> tuple[int, int] | None:
    """The size that a transformation makes of such an original, where all of it stays to be seen; None where
    it is cut, or where its size rests on what has to be looked for."""
    try:
        result = make_plan(parse(transformation), ImageInfo(format, width, height)).result
    except (TransformError, Unsettled):
        return None
    off = abs(result.width * height - result.height * width)
    return (result.width, result.height) if off <= max(width, height) else None


def _type(extension: str) -> str:
    known = next((each for each in FORMATS.values() if each.extension == extension), None)
    return known.mime if known is not None else "application/octet-stream"
