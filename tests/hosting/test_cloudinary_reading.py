"""How the parameters of Cloudinary's upload API read."""

from __future__ import annotations

from typing import Any

import pytest

from origin.hosting.intake_errors import UploadMalformed
from proxy.hosting.cloudinary.reading import NOT_OFFERED, read_options, read_pairs
from proxy.hosting.options import Size
from proxy.hosting.params import Params


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        ("a=b|c=", {"a": "b", "c": ""}),
        (r"a=1\|2|b=x\=y", {"a": "1|2", "b": "x=y"}),
        ("a=b=c", {"a": "b=c"}),
        ('{"a": 1, "b": "x"}', {"a": 1, "b": "x"}),
        ('{"custom": {"a": "b"}}', {"a": "b"}),
    ],
)
def test_pairs(text: str, expected: dict[str, Any]) -> None:
    assert expected == read_pairs(Params({"context": text}), "context")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c_fill,w_10|w_20/webp", (Size("c_fill,w_10"), Size("w_20", "webp"))),
        ("w_10/e_sepia||", (Size("w_10/e_sepia"),)),
        ("", ()),
    ],
)
def test_eager(text: str, expected: tuple[Size, ...]) -> None:
    assert expected == read_options(Params({"eager": text})).eager


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, None),
        ({"type": "upload"}, "public"),
        ({"type": "authenticated"}, "authenticated"),
        ({"access_mode": "authenticated"}, "authenticated"),
        ({"access_control": '[{"access_type": "token"}]'}, "authenticated"),
    ],
)
def test_who_may_see_it(params: dict[str, str], expected: str | None) -> None:
    assert expected == read_options(Params(params)).access_mode


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "private"),
        ("access_mode", "secret"),
        ("access_control", '[{"access_type": "anonymous", "start": "2026-01-01"}]'),
        ("context", "a"),
        ("context", "{"),
        ("metadata", "[1]"),
        ("custom_coordinates", "1,2,3"),
        ("custom_coordinates", "1,2,0,4"),
        ("moderation", "webpurify"),
        ("notification_url", "file:///etc/passwd"),
        ("overwrite", "perhaps"),
        *((name, "1") for name in NOT_OFFERED),
    ],
)
def test_what_is_refused_names_its_parameter(name: str, value: str) -> None:
    with pytest.raises(UploadMalformed) as refused:
        read_options(Params({name: value}))

    assert name == refused.value.parameter
    assert str(refused.value).startswith(name)
