"""Uploads that need no pixels: bytes, and what a look at them would have told."""

from __future__ import annotations

from hashlib import md5, sha256

from origin.hosting.model import Summary
from origin.hosting.received import Received
from transforms.frame import ImageInfo


def received(data: bytes, filename: str | None = None) -> Received:
    return Received(
        content_hash=sha256(data).hexdigest(),
        md5=md5(data).hexdigest(),
        size=len(data),
        data=data,
        filename=filename,
    )


def summary(phash: int = 0) -> Summary:
    return Summary(
        info=ImageInfo("jpg", 40, 30, delays=(20, 30)),
        blurhash="LEHV6nWB2yk8",
        thumbhash="1QcSHQRnh493",
        color="#806040",
        preview="data:image/png;base64,AAAA",
        phash=phash,
        exif={"Make": "Camera"},
    )
