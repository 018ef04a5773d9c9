"""What can go wrong while an upload comes in.

    IntakeError
    ├── UploadTooLarge          more bytes than may be sent
    ├── UploadMalformed         a body that does not read, or that is not as long as it says
    │   └── EncodingNotTaken    it is compressed, or encoded as mails are
    ├── UploadTooSlow           it comes below the least rate, or has stalled
    ├── TooManyUploads          no turn came up in time
    ├── NoRoom                  the disk for uploads on their way is full
    ├── StagingFailed           that disk, or its folder, is not as it should be
    └── SourceRefused           the content is named by something that is not fetched here

None of them knows an HTTP status: the table in `proxy/errors.py` does.
"""

from __future__ import annotations


class IntakeError(Exception):
    """Any failure to take an upload; `code` is stable and machine-readable."""

    code = "upload_failed"

    def __init__(self, message: str, *, code: str | None = None, parameter: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.parameter = parameter


class UploadTooLarge(IntakeError):
    code = "upload_too_large"


class UploadMalformed(IntakeError):
    code = "malformed_upload"


class EncodingNotTaken(UploadMalformed):
    code = "encoding_not_taken"


class UploadTooSlow(IntakeError):
    code = "upload_too_slow"


class TooManyUploads(IntakeError):
    code = "too_many_uploads"


class NoRoom(IntakeError):
    code = "insufficient_storage"


class StagingFailed(IntakeError):
    code = "staging_failed"


class SourceRefused(IntakeError):
    code = "source_not_offered"
