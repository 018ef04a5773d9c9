"""What is asked of the queue for an original that has just become known."""

from __future__ import annotations

import pytest

from origin.asset import Asset
from proxy.jobs.queue import eager_path
from transforms.frame import ImageInfo


def learnt(name: str, key: str, extension: str | None) -> Asset:
    """An original that was asked for as `name` and found as `key`."""
    return Asset(
        mount="main",
        key=key,
        content_hash="0" * 64,
        info=ImageInfo("png", 10, 10),
        size=1,
        etag="e",
        modified_at=0.0,
        checked_at=0.0,
        public_id=name.removesuffix(f".{extension}"),
        name=name,
        extension=extension,
    )


@pytest.mark.parametrize(
    ("name", "key", "extension", "expected"),
    [
        ("cat.png", "cat.png", "png", "cat.png"),
        ("press/cat.png", "cat.png", "png", "press/cat.png"),
        ("press/cat.webp", "cat.png", "webp", "press/cat.png"),
        ("press/cat", "cat.png", None, "press/cat.png"),
        ("g.png", "g", "png", "g"),
        ("press/a b/cat.v2", "a b/cat.v2.PNG", None, "press/a%20b/cat.v2.PNG"),
    ],
)
def test_the_original_that_was_found_is_meant(
    name: str, key: str, extension: str | None, expected: str
) -> None:
    path = eager_path("w_10", learnt(name, key, extension))

    assert f"/w_10/v1/{expected}" == path
