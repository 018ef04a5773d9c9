"""What a hosted picture's answers can be purged by."""

from __future__ import annotations

import pytest

from origin.hosting.delivered import HOSTED, object_key, owner_of
from origin.hosting.model import Blob

BLOB = Blob(content_hash="ab" * 32, epoch=1, size=1)
KEY = f"{'0' * 32}.3/public/ana.b/{BLOB.key}"


@pytest.mark.parametrize(
    ("mount", "key", "owner"),
    [(HOSTED, KEY, "ana.b"), ("default", KEY, None), (HOSTED, "a/b/c", None), (HOSTED, "", None)],
)
def test_the_owner_is_told_by_the_key(mount: str, key: str, owner: str | None) -> None:
    assert owner == owner_of(mount, key)


@pytest.mark.parametrize(("key", "place"), [(KEY, BLOB.key), ("a/b/c", ""), ("", "")])
def test_the_object_is_told_by_the_key(key: str, place: str) -> None:
    assert place == object_key(key)
