"""What uploads are called, and what they ask for with and without a preset."""

from __future__ import annotations

import pytest

from origin.hosting.intake_errors import UploadMalformed
from proxy.hosting.names import named
from proxy.hosting.options import Size, UploadOptions, read_size, with_preset

NAMED = [
    ({}, "cat.jpg", (None, "")),
    ({"public_id": "cat"}, "x.jpg", ("cat", "")),
    ({"public_id": "a/cat", "folder": "/press/2026/"}, None, ("press/2026/a/cat", "")),
    ({"public_id": "cat", "folder": "press", "public_id_prefix": "summer"}, None, ("press/summer/cat", "")),
    ({"folder": "press"}, "cat.jpg", (None, "press/")),
    ({"use_filename": True}, "My cat & dog.JPG", (None, "My_cat_dog_")),
    ({"use_filename": True, "unique_filename": False}, "cat.jpg", ("cat", "")),
    ({"use_filename": True, "unique_filename": False, "folder": "p"}, "c.d.png", ("p/c.d", "")),
    ({"use_filename": True}, None, (None, "")),
]


@pytest.mark.parametrize(("options", "filename", "expected"), NAMED)
def test_ids_are_put_together(
    options: dict[str, object], filename: str | None, expected: tuple[str | None, str]
) -> None:
    actual = named(UploadOptions(**options), filename)  # type: ignore[arg-type]

    assert expected == actual


@pytest.mark.parametrize(
    "public_id", ["../x", "a//b", "-/live", "v1_1/x", "api/v1", "a\nb", "x" * 300, "s--12345678--/x"]
)
def test_an_id_that_no_url_leads_to_is_refused(public_id: str) -> None:
    with pytest.raises(UploadMalformed) as refused:
        named(UploadOptions(public_id=public_id), None)

    assert ("invalid_public_id", "public_id") == (refused.value.code, refused.value.parameter)


def test_what_the_upload_says_goes_before_the_preset() -> None:
    preset = UploadOptions(
        folder="press", overwrite=False, tags=("a",), context={"k": "1", "l": "2"}, eager=(Size("w_1"),)
    )

    actual = with_preset(UploadOptions(folder="own", tags=("b",), context={"k": "3"}), preset)

    expected = UploadOptions(
        folder="own", overwrite=False, tags=("a", "b"), context={"k": "3", "l": "2"}, eager=(Size("w_1"),)
    )
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w_100", Size("w_100")),
        ("c_fill,w_100/webp", Size("c_fill,w_100", "webp")),
        ("w_200/e_sepia/JPG", Size("w_200/e_sepia", "jpg")),
        ("w_200/e_sepia", Size("w_200/e_sepia")),
    ],
)
def test_a_size_may_name_its_format(text: str, expected: Size) -> None:
    assert expected == read_size(text)
