"""The table of the REST API: every operation in one line of its own, in the order that the pages show."""

from __future__ import annotations

from proxy.rest.asking import ImagesAsked, UploadAsked
from proxy.rest.examples import DETAILS, IMAGE, RECEIPT, UPLOADED
from proxy.rest.images import Images
from proxy.rest.models import ImageDetails, ImageList, PartialUpload, TakedownReceipt, UploadedImage
from proxy.rest.operation import Operation
from proxy.rest.uploading import Uploading


def operations_on_images(images: Images, uploading: Uploading) -> tuple[Operation, ...]:
    """What can be done with pictures."""
    return (
        Operation(
            method="POST",
            path="/images",
            name="uploadImage",
            tag="images",
            summary="Upload a picture",
            description=(
                "The file comes as the field `file` of a multipart form, as the body itself, or as base64, a "
                "data URI or an address in `file` of a form or a JSON object; in parts with "
                "`Content-Range` and `X-Unique-Upload-Id`. The same bytes without a `public_id` are the "
                "picture that is there."
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
            refuses=(404,),
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
            answers={200: ImageDetails},
            refuses=(404, 410),
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
