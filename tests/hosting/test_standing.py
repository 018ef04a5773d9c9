"""What an ETag of the hosted storage tells."""

from __future__ import annotations

import pytest

from origin.hosting.standing import Standing, standing_of

ASSET = "0123456789abcdef" * 2


def test_a_standing_is_read_from_its_etag() -> None:
    standing = Standing(ASSET, 12)

    assert standing == standing_of(standing.etag)


@pytest.mark.parametrize(
    "etag",
    [
        "",
        "18c2-1f-9a",
        '"d41d8cd98f00b204e9800998ecf8427e"',
        f"hosted:{ASSET}:0",
        f"hosted:{ASSET}:1 ",
        f"hosted:{ASSET}:-1",
        f"hosted:{ASSET[:-1]}:1",
    ],
)
def test_other_etags_tell_none(etag: str) -> None:
    assert standing_of(etag) is None
