"""Pictures, receipts and renditions as the REST API answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from origin.hosting.model import AccessMode, AssetState, HostedAsset, Receipt
from origin.hosting.receipts import STEPS
from origin.hosting.scopes import Scope
from proxy.hosting.links import Links, extension_of
from proxy.rest.shapes import Listed, Shape, When, when

FOLLOWS = ("scan", "moderate", "eager", "faces", "palette", "webhook")
"""The kinds of jobs that an upload leaves to be done."""


class Placeholders(Shape):
    """What can be shown before the picture is there."""

    blurhash: str
    thumbhash: str
    color: str = Field(description="The main colour.", examples=["#806040"])
    data_uri: str = Field(description="A tiny picture.")


class Image(Shape):
    """A hosted picture."""

    public_id: str = Field(examples=["pets/cat"])
    asset_id: str = Field(description="Stays when the picture is renamed.")
    owner: str
    state: AssetState = Field(description="`held` is shown to nobody until it is set `live`.")
    access_mode: AccessMode = Field(description="`authenticated`: only signed URLs show it.")
    url: str = Field(description="Where it is delivered, good at once; a transformation goes before `/v…`.")
    format: str = Field(description="The extension of its format.", examples=["jpg"])
    width: int
    height: int
    bytes: int
    content_hash: str = Field(description="SHA-256 of its bytes, in hexadecimal.")
    version: int = Field(description="The `v` of its URL: another one whenever its bytes are replaced.")
    original_filename: str | None
    tags: tuple[str, ...]
    context: Mapping[str, str]
    metadata: Mapping[str, Any]
    coordinates: tuple[float, float, float, float] | None = Field(
        description="The part that `g_custom` keeps: left, top, width, height in pixels."
    )
    placeholders: Placeholders
    phash: str = Field(description="64 bits in hexadecimal; alike for pictures that look alike.")
    created_at: When
    updated_at: When


class ImageDetails(Image):
    """A hosted picture with all that is known of it."""

    frames: int = Field(description="Frames or pages.")
    exif: Mapping[str, Any] = Field(description="What the camera said.")
    findings: Mapping[str, Any] = Field(
        description="What jobs found: `faces`, `palette`, what `moderation` and the `scan` said."
    )


class ImageStatus(ImageDetails):
    """A hosted picture with all that is known of it, and what is still to be done."""

    pending: tuple[str, ...] = Field(description=f"Jobs that are not done: {', '.join(FOLLOWS)}.")
    failed: tuple[str, ...] = Field(description="Jobs that failed, and are not tried again.")


class AlikeImage(Image):
    """A picture that looks like another one."""

    distance: int = Field(description="In how many of 64 bits the two differ.")


class ImageList(Listed[AlikeImage | Image]):
    """A page of pictures; those that look alike say how much."""


class TakedownReceipt(Shape):
    """The record of a picture that was taken down, and of what was done about it since."""

    receipt_id: str
    kind: Literal["delete", "reject", "overwrite", "rename", "restrict"]
    public_id: str
    asset_id: str
    owner: str
    reason: str
    at: When
    steps: Mapping[str, When] = Field(description=f"When what was done: {', '.join(STEPS)}.")
    pending: tuple[str, ...] = Field(
        description="Steps still to be done. The object goes later, once nothing refers to it."
    )


class UploadedImage(ImageDetails):
    """What came of an upload."""

    existing: bool = Field(description="It was there already, and nothing was written.")
    overwritten: bool = Field(description="Another picture was there before under this public id.")
    delete_token: str | None = Field(description="Deletes the picture again, for a time; told only here.")
    receipt: TakedownReceipt | None = Field(description="Of the picture that was overwritten.")


class PartialUpload(Shape):
    """A part of an upload was taken; more have to come."""

    done: Literal[False] = False
    received_bytes: int = Field(description="How much of it is here now.")


def image_fields(asset: HostedAsset, links: Links) -> dict[str, Any]:
    """The fields of `Image`."""
    summary = asset.summary
    return {
        "public_id": asset.public_id,
        "asset_id": asset.asset_id,
        "owner": asset.owner,
        "state": asset.state,
        "access_mode": asset.access_mode,
        "url": links.url(asset),
        "format": extension_of(asset),
        "width": summary.info.width,
        "height": summary.info.height,
        "bytes": asset.blob.size,
        "content_hash": asset.blob.content_hash,
        "version": asset.version,
        "original_filename": asset.original_filename,
        "tags": asset.tags,
        "context": asset.context,
        "metadata": asset.fields,
        "coordinates": asset.coordinates,
        "placeholders": Placeholders(
            blurhash=summary.blurhash,
            thumbhash=summary.thumbhash,
            color=summary.color,
            data_uri=summary.preview,
        ),
        "phash": f"{summary.phash:016x}",
        "created_at": when(asset.created_at),
        "updated_at": when(asset.updated_at),
    }


def detail_fields(asset: HostedAsset, links: Links) -> dict[str, Any]:
    """The fields of `ImageDetails`."""
    found = {name: value for name, value in asset.findings.items() if name != "eager"}
    return {
        **image_fields(asset, links),
        "frames": asset.summary.info.pages,
        "exif": asset.summary.exif,
        "findings": found,
    }


class ReceiptList(Listed[TakedownReceipt]):
    """A page of receipts, the latest first."""


class Deleted(Shape):
    """What came of a call that deletes many."""

    deleted: tuple[TakedownReceipt, ...]
    not_found: tuple[str, ...] = Field(description="Public ids that lead to no picture of yours.")
    more: bool = Field(description="There are more that are meant: send the same again.")


class Usage(Shape):
    """How much there is, and who asks."""

    key: str | None = Field(description="The key that asks.")
    owner: str = Field(description="Whose key it is.")
    scopes: tuple[Scope, ...] = Field(description="What it may do.")
    of: str | None = Field(description="Whose pictures are counted; null for everybody's.")
    pictures: int
    bytes: int = Field(description="Of originals; those that share an object are counted each.")


class TagList(Listed[str]):
    """A page of tags."""


class Rendition(Shape):
    """A size that is made before anybody asks for it."""

    transformation: str
    format: str = Field(description="The extension of its format.")
    url: str = Field(description="Good at once, whether it is made already or not.")
    status: Literal["ready", "pending", "failed"] = Field(
        description="`failed`: its job is not tried again; the URL says why."
    )


class RenditionList(Shape):
    """The sizes that are made of a picture."""

    items: tuple[Rendition, ...]


def receipt_answer(receipt: Receipt) -> TakedownReceipt:
    """A receipt, as it is answered."""
    return TakedownReceipt(
        receipt_id=receipt.receipt_id,
        kind=receipt.kind,
        public_id=receipt.public_id,
        asset_id=receipt.asset_id,
        owner=receipt.owner,
        reason=receipt.reason,
        at=when(receipt.at),
        steps={step: when(at) for step, at in receipt.steps.items()},
        pending=tuple(step for step in STEPS if step not in receipt.steps and step != "blob_collected"),
    )
