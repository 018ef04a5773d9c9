"""The table of the REST API: every operation in one line of its own, in the order that the pages show."""

from __future__ import annotations

from proxy.rest.account import Account
from proxy.rest.asking import (
    ChangeAsked,
    DeletionAsked,
    ImagesAsked,
    OwnerAsked,
    ReceiptsAsked,
    RenditionsAsked,
    TagsAsked,
    TokenAsked,
    UploadAsked,
)
from proxy.rest.changing import Changing
from proxy.rest.deleting import Deleting
from proxy.rest.examples import DETAILS, IMAGE, RECEIPT, RENDITIONS, UPLOADED, USAGE
from proxy.rest.images import Images
from proxy.rest.models import (
    Deleted,
    ImageDetails,
    ImageList,
    ImageStatus,
    PartialUpload,
    ReceiptList,
    RenditionList,
    TagList,
    TakedownReceipt,
    UploadedImage,
    Usage,
)
from proxy.rest.operation import Operation
from proxy.rest.renditions import Renditions
from proxy.rest.uploading import Uploading


def operations_on_images(images: Images, uploading: Uploading, changing: Changing) -> tuple[Operation, ...]:
    """What can be done with pictures."""
    return (
        Operation(
            method="POST",
            path="/images",
            name="uploadImage",
            tag="images",
            summary="Upload a picture",
            description=(
                "The file comes as the field `file` (or `image`, `url`) of a multipart form, as the body "
                "itself, or as base64, a data URI or an address in that field of a form or a JSON object; in "
                "parts with `Content-Range` and `X-Unique-Upload-Id`. The same bytes without a `public_id` "
                "are the picture that is there."
            ),
            handler=uploading.upload,
            scope="upload",
            body=UploadAsked,
            takes_upload=True,
            answers={201: UploadedImage, 200: UploadedImage, 202: PartialUpload},
            refuses=(403, 408, 409, 410, 413, 415, 422, 429, 502, 504, 507),
            example={"file": "https://example.com/cat.jpg", "public_id": "pets/cat", "tags": ["cat"]},
            answer_example=UPLOADED,
        ),
        Operation(
            method="GET",
            path="/images",
            name="listImages",
            tag="images",
            summary="List pictures",
            description="At most one of `prefix`, `tag`, `album` and `similar_to`. `Link` has the next page.",
            handler=images.listing,
            scope="read",
            query=ImagesAsked,
            answers={200: ImageList},
            refuses=(404, 410),
            answer_example={"items": [IMAGE], "next_cursor": None},
        ),
        Operation(
            method="GET",
            path="/images/{public_id}",
            name="getImage",
            tag="images",
            summary="Look at a picture",
            handler=images.one,
            scope="read",
            conditional="If-None-Match",
            answers={200: ImageStatus},
            refuses=(404, 410),
            answer_example={**DETAILS, "pending": ["eager"], "failed": []},
        ),
        Operation(
            method="PATCH",
            path="/images/{public_id}",
            name="changeImage",
            tag="images",
            summary="Change what is said of a picture, who may see it, or its public id",
            description="A JSON merge patch: what is not named stays, objects are merged, null takes away.",
            handler=changing.change,
            scope="upload",
            body=ChangeAsked,
            conditional="If-Match",
            answers={200: ImageDetails},
            refuses=(404, 409, 410),
            example={"tags": ["cat", "wall"], "context": {"alt": "A cat", "caption": None}},
            answer_example=DETAILS,
        ),
        Operation(
            method="DELETE",
            path="/images/{public_id}",
            name="deleteImage",
            tag="images",
            summary="Delete a picture",
            description="From then on it is 410 on every server, and purged at CDNs. The id stays yours.",
            handler=images.delete,
            scope="delete",
            answers={200: TakedownReceipt},
            refuses=(404, 410),
            answer_example=RECEIPT,
        ),
    )


def operations_that_delete(deleting: Deleting) -> tuple[Operation, ...]:
    """What takes pictures down, and tells what came of it."""
    return (
        Operation(
            method="POST",
            path="/images/delete",
            name="deleteImages",
            tag="deletions",
            summary="Delete many pictures",
            description=(
                "By `public_ids`, `prefix`, `tag`, `album` or `all`. A call deletes a hundred at the most of "
                "those it finds; while `more` is true, send it again. After a crash the same call goes on."
            ),
            handler=deleting.many,
            scope="delete",
            body=DeletionAsked,
            answers={200: Deleted},
            refuses=(404, 410),
            example={"prefix": "press/2025/"},
            answer_example={"deleted": [RECEIPT], "not_found": [], "more": True},
        ),
        Operation(
            method="POST",
            path="/images/delete-by-token",
            name="deleteImageByToken",
            tag="deletions",
            summary="Delete a picture by the token that its upload answered",
            handler=deleting.by_token,
            scope=None,
            body=TokenAsked,
            answers={200: TakedownReceipt},
            refuses=(404,),
            example={"token": UPLOADED["delete_token"]},
            answer_example=RECEIPT,
        ),
        Operation(
            method="GET",
            path="/receipts",
            name="listReceipts",
            tag="deletions",
            summary="List what was taken down",
            handler=deleting.receipts,
            scope="read",
            query=ReceiptsAsked,
            answers={200: ReceiptList},
            answer_example={"items": [RECEIPT], "next_cursor": None},
        ),
        Operation(
            method="GET",
            path="/receipts/{receipt_id}",
            name="getReceipt",
            tag="deletions",
            summary="Look what was done about a picture that was taken down",
            handler=deleting.receipt,
            scope="read",
            answers={200: TakedownReceipt},
            refuses=(404,),
            answer_example=RECEIPT,
        ),
    )


def operations_on_accounts(account: Account) -> tuple[Operation, ...]:
    """What an owner has."""
    return (
        Operation(
            method="GET",
            path="/usage",
            name="getUsage",
            tag="account",
            summary="Count pictures and bytes, and see what a key may do",
            handler=account.usage,
            scope="read",
            query=OwnerAsked,
            answers={200: Usage},
            answer_example=USAGE,
        ),
        Operation(
            method="GET",
            path="/tags",
            name="listTags",
            tag="account",
            summary="List the tags in use",
            handler=account.tags,
            scope="read",
            query=TagsAsked,
            answers={200: TagList},
            answer_example={"items": ["cat", "dog"], "next_cursor": None},
        ),
    )


def operations_on_renditions(renditions: Renditions) -> tuple[Operation, ...]:
    """What is made before anybody asks for it."""
    return (
        Operation(
            method="GET",
            path="/renditions/{public_id}",
            name="listRenditions",
            tag="renditions",
            summary="List the sizes that are made of a picture",
            handler=renditions.listing,
            scope="read",
            answers={200: RenditionList},
            refuses=(404, 410),
            answer_example=RENDITIONS,
        ),
        Operation(
            method="POST",
            path="/renditions/{public_id}",
            name="orderRenditions",
            tag="renditions",
            summary="Have more sizes made of a picture",
            handler=renditions.order,
            scope="upload",
            body=RenditionsAsked,
            answers={202: RenditionList},
            refuses=(404, 410),
            example={"transformations": ["c_fill,h_300,w_400/webp"]},
            answer_example=RENDITIONS,
        ),
    )
