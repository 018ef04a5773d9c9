"""Where hosted pictures are delivered: their URLs, as answers tell them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from origin.hosting.album import Album
from origin.hosting.model import HostedAsset
from transforms.formats import FORMATS, by_extension

SHOWN = {"svg": "png", "pdf": "jpg", "heic": "jpg"}
"""What renditions in "the original's own format" are in where that one is only read."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes URLs of one cloud, under the address by which the world reaches it."""

    public_url: str
    cloud_name: str

    def path(self, asset: HostedAsset, transformation: str = "", extension: str = "") -> str:
        """The delivery path of a picture; `extension` is the original's where none is given."""
        kind = "upload" if asset.access_mode == "public" else "authenticated"
        folder = f"/{self.cloud_name}/image/{kind}"
        name = quote(asset.public_id, safe="/-._~:@,!$'()*=")
        parts = (folder, quote(transformation, safe=_SAFE), f"v{asset.version}", name)
        # A picture that was taken down has no format any more.
        return ("/".join(filter(None, parts)) + f".{extension or extension_of(asset)}").rstrip(".")

    def url(self, asset: HostedAsset, transformation: str = "", extension: str = "") -> str:
        """The whole URL of a picture, which is good at once."""
        return self.public_url + self.path(asset, transformation, extension)

    def album_url(self, album: Album) -> str:
        """The whole URL of an album's page."""
        return f"{self.public_url}/a/{album.called}"


_SAFE = "/-._~:@,!$'()*=;%|"


def extension_of(asset: HostedAsset) -> str:
    """The usual extension of the original's format."""
    known = FORMATS.get(asset.summary.info.format)
    return known.extension if known is not None else asset.summary.info.format


def shown_as(format: str, original: str) -> str:
    """The extension of a rendition in `format`, or, if that is empty or `original`, in the original's."""
    if format in ("", "original"):
        format = SHOWN.get(original, original)
    known = FORMATS.get(format) or by_extension(format)
    return known.extension if known is not None else format
