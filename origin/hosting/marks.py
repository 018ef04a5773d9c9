"""How much people may say of one picture.

A request is bounded by its size; what is added by one request after the other is bounded here, where it is
written.
"""

from __future__ import annotations

import json

from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.model import HostedAsset

MOST_TAGS = 1000
LONGEST_TAG = 255
"""Characters."""
MOST_SAID_BYTES = 65_536
"""Of context and structured metadata together, as JSON."""


def check_marks(asset: HostedAsset) -> None:
    """Raise UploadMalformed where a picture has more or longer tags than may be, or too much else is said."""
    if len(asset.tags) > MOST_TAGS:
        message = f"tags: {len(asset.tags)} are too many for one picture, which may have {MOST_TAGS}"
        raise UploadMalformed(message, code="too_many_tags", parameter="tags")
    longest = max(map(len, asset.tags), default=0)
    if longest > LONGEST_TAG:
        message = f"tags: one has {longest} characters; expected at most {LONGEST_TAG}"
        raise UploadMalformed(message, code="tag_too_long", parameter="tags")
    said = len(json.dumps([dict(asset.context), dict(asset.fields)], ensure_ascii=False).encode())
    if said > MOST_SAID_BYTES:
        message = f"context and metadata: {said} bytes are too many; expected at most {MOST_SAID_BYTES}"
        raise UploadMalformed(message, code="too_much_said", parameter="context")
