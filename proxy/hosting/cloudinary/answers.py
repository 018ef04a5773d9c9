"""Pictures as Cloudinary's API tells them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from origin.hosting.model import HostedAsset
from origin.hosting.signatures import sign
from proxy.hosting.links import Links, extension_of
from proxy.hosting.options import Size

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs answers with the secret of who asked, by the hash that he used."""

    secret: str
    algorithm: str = "sha1"

    def signature(self, asset: HostedAsset) -> str:
        """What `verify_api_response_signature` of the SDKs expects."""
        plain = {"public_id": asset.public_id, "version": str(asset.version)}
        return sign(plain, self.secret, algorithm=self.algorithm, version=1)


def listed(asset: HostedAsset, links: Links, flags: Collection[str] = ()) -> Answer:
    """A picture in a list; `flags` name what is told besides: tags, context, metadata, moderations."""
    info = asset.summary.info
    folder, _, name = asset.public_id.rpartition("/")
    answer: Answer = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "format": extension_of(asset),
        "version": asset.version,
        "resource_type": "image",
        "type": type_of(asset),
        "created_at": iso(asset.created_at),
        "bytes": asset.blob.size,
        "width": info.width,
        "height": info.height,
        "folder": folder,
        "asset_folder": folder,
        "display_name": name,
        "access_mode": asset.access_mode,
        "url": links.url(asset),
        "secure_url": links.url(asset),
    }
    if "tags" in flags:
        answer["tags"] = list(asset.tags)
    if "context" in flags and asset.context:
        answer["context"] = {"custom": dict(asset.context)}
    if "metadata" in flags:
        answer["metadata"] = dict(asset.fields)
    if "moderations" in flags and (said := moderation(asset)):
        answer["moderation_kind"] = said[0]["kind"]
        answer["moderation_status"] = said[0]["status"]
    return answer


def uploaded(
    asset: HostedAsset, links: Links, *, signer: Signer | None, flags: Collection[str] = ()
) -> Answer:
    """A picture as `upload`, `explicit` and `rename` answer it."""
    told = f"{asset.asset_id}.{asset.generation}"
    answer = listed(asset, links) | {
        "version_id": hashlib.md5(told.encode(), usedforsecurity=False).hexdigest(),
        "tags": list(asset.tags),
        "pages": asset.summary.info.pages,
        "etag": asset.md5,
        "placeholder": False,
        "original_filename": _stem(asset.original_filename) or asset.public_id.rpartition("/")[2],
        "original_extension": extension_of(asset),
        "placeholders": placeholders(asset),
    }
    if signer is not None:
        answer["signature"] = signer.signature(asset)
    if asset.context:
        answer["context"] = {"custom": dict(asset.context)}
    if asset.fields:
        answer["metadata"] = dict(asset.fields)
    if asset.coordinates is not None:
        answer["coordinates"] = {"custom": [list(asset.coordinates)]}
    if said := moderation(asset):
        answer["moderation"] = said
    return answer | seen(asset, flags)


def detailed(asset: HostedAsset, links: Links, sizes: Collection[Size], flags: Collection[str]) -> Answer:
    """A picture as `resource` answers it."""
    answer = uploaded(asset, links, signer=None, flags=flags) | {
        "derived": [derived(asset, links, size) for size in sizes],
    }
    del answer["placeholder"]
    return answer


def seen(asset: HostedAsset, flags: Collection[str]) -> Answer:
    """What was seen in the picture, as far as `flags` ask for it."""
    summary, found = asset.summary, asset.findings
    answer: Answer = {}
    if "phash" in flags:
        answer["phash"] = f"{summary.phash:016x}"
    if "colors" in flags:
        colors = found.get("palette") or [[summary.color, 100.0]]
        answer["colors"] = [list(color) if isinstance(color, list | tuple) else color for color in colors]
        answer["predominant"] = {"google": [[summary.color, 100.0]]}
    if "faces" in flags:
        answer["faces"] = [list(face) for face in found.get("faces") or ()]
    if {"image_metadata", "media_metadata", "exif"} & set(flags):
        said = dict(summary.exif)
        answer["image_metadata"] = said
        if "media_metadata" in flags:
            answer["media_metadata"] = said
        if "exif" in flags:
            answer["exif"] = said
    return answer


def derived(asset: HostedAsset, links: Links, size: Size) -> Answer:
    """A rendition that is made before anybody asks for it."""
    return {
        "id": derived_id(asset, size),
        "transformation": size.transformation,
        "format": size.format,
        "url": links.url(asset, size.transformation, size.format),
        "secure_url": links.url(asset, size.transformation, size.format),
    }


def derived_id(asset: HostedAsset, size: Size) -> str:
    """Names a rendition: the asset's id, and some digits for which."""
    which = f"{size.transformation}/{size.format}"
    return asset.asset_id + hashlib.sha256(which.encode()).hexdigest()[:16]


def asset_id_of(derived: str) -> str:
    """The asset's id in the id of a rendition."""
    return derived[:32]


def moderation(asset: HostedAsset) -> list[dict[str, Any]]:
    """How moderation stands; empty where nobody was asked."""
    said = asset.findings.get("moderation")
    status = {"held": "pending", "rejected": "rejected"}.get(asset.state)
    if isinstance(said, Mapping):
        return [{"kind": "manual", "status": status or "approved", **said}]
    return [{"kind": "manual", "status": status}] if status else []


def placeholders(asset: HostedAsset) -> Answer:
    """What can be shown before the picture is there."""
    summary = asset.summary
    return {
        "blurhash": summary.blurhash,
        "thumbhash": summary.thumbhash,
        "color": summary.color,
        "data_uri": summary.preview,
    }


def type_of(asset: HostedAsset) -> str:
    """Its delivery type."""
    return "upload" if asset.access_mode == "public" else "authenticated"


def iso(at: float) -> str:
    """Epoch seconds as `2026-11-22T20:43:21Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _stem(filename: str | None) -> str:
    name = filename or ""
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name
