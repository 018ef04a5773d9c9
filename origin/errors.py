"""What can go wrong between a public id and the bytes of its original.

    OriginError
    ├── AssetNotFound               no such original
    │   ├── InvalidKey              a name that no object can have
    │   └── AlbumNotFound           no such album, or none that may be seen
    ├── AssetGone                   there was one, and it was taken down
    │   └── AlbumGone               an album that was deleted
    ├── OriginUnavailable           a storage or remote host refuses connections or fails, retries included
    │   ├── OriginDenied            it does not let us in: a matter of credentials, for the operator
    │   ├── OriginRefused           it answers, but not this: a name or a request that it takes ill
    │   └── StorageUnavailable      it is a storage of a mount
    │       └── OriginResting       it failed several times lately, and is not asked for a moment
    ├── OriginTimeout               it is too slow
    │   └── StorageTimeout          it is a storage of a mount
    ├── OriginalTooManyBytes        larger than may be read
    ├── OriginChanged               the bytes are newer than the facts: check the asset and try again
    │   └── OriginalLost            there are no bytes of what the storage said it has
    ├── WrongBytes                  the storage gave other bytes under the same ETag: it is corrupt
    ├── InvalidAddress              a remote original is named by what is no address, or a doubtful one
    ├── FetchForbidden              an address that may not be fetched
    ├── PublicIdTaken               the id belongs to somebody else, or to another picture
    ├── KeyUsedOtherwise            an idempotency key came again with another request
    ├── InvalidCursor               no cursor of ours, or one of another list
    ├── InvalidAlbum                a title, name or visibility that no album can have
    ├── AlbumNameTaken              the name belongs to somebody else, or to another album
    ├── AlbumFull                   more pictures, albums or names than there may be
    ├── StorageContended            an upload lost the same race over and over
    └── MetadataUnavailable         the database of facts does not answer

None of them knows an HTTP status: the table in `proxy/errors.py` does.
"""

from __future__ import annotations

import random


class OriginError(Exception):
    """Any failure to find, read or write an original; the message names the key."""


class AssetNotFound(OriginError):
    pass


class InvalidKey(AssetNotFound):
    pass


class AlbumNotFound(AssetNotFound):
    pass


class AssetGone(OriginError):
    pass


class AlbumGone(AssetGone):
    pass


class OriginUnavailable(OriginError):
    pass


class OriginDenied(OriginUnavailable):
    pass


class OriginRefused(OriginUnavailable):
    pass


class StorageUnavailable(OriginUnavailable):
    pass


class OriginResting(StorageUnavailable):
    """`retry_after_seconds` is 1 to 5, drawn anew so that clients do not return as one."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.retry_after_seconds = random.randint(1, 5)


class OriginTimeout(OriginError):
    pass


class StorageTimeout(OriginTimeout):
    pass


class OriginalTooManyBytes(OriginError):
    def __init__(self, key: str, *, size: int | None, max_bytes: int) -> None:
        given = "more" if size is None else f"{size:,} bytes"
        super().__init__(f"{key}: the original has {given}, at most {max_bytes:,} bytes are read")
        self.key = key
        self.size = size
        self.max_bytes = max_bytes


class OriginChanged(OriginError):
    pass


class OriginalLost(OriginChanged):
    pass


class WrongBytes(OriginError):
    pass


class InvalidAddress(OriginError):
    code = "invalid_address"


class FetchForbidden(OriginError):
    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class PublicIdTaken(OriginError):
    pass


class KeyUsedOtherwise(OriginError):
    pass


class InvalidCursor(OriginError):
    pass


class InvalidAlbum(OriginError):
    """`parameter` is the field that is wrong."""

    code = "invalid_album"

    def __init__(self, message: str, *, parameter: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter


class AlbumNameTaken(OriginError):
    pass


class AlbumFull(OriginError):
    pass


class StorageContended(OriginUnavailable):
    pass


class MetadataUnavailable(OriginError):
    pass
