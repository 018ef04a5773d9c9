"""A public SDK as an oracle: the URLs it builds from random options are read, and signed as it signs them.

The SDK only builds strings here; nothing is sent anywhere. Each group of options is tried on its own, so that
a failure names the part of the language it is about, and all of them together in chains.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import cloudinary
import cloudinary.utils
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.url import DeliveryUrl, read_delivery_url
from tests.transforms.sdk_options import (
    GROUPS,
    Options,
    conditions,
    one_of,
    output,
    public_ids,
    shapes,
    sizes,
    some,
    variables,
)
from transforms.parser import parse

NAMED = {"thumb": "c_fill,h_100,w_100", "fit-760w": "c_limit,w_760", "with space": "e_negate"}

SECRET = "b"

CASES = settings(max_examples=100, derandomize=True, deadline=None)


@pytest.fixture(autouse=True)
def _nobodys_account():
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="a", api_secret=SECRET)
    yield
    cloudinary.reset_config()


def url_of(public_id: str, options: Options) -> tuple[str, str]:
    """The path the SDK builds, as a client sends it, and the transformation in it."""
    built, _ = cloudinary.utils.cloudinary_url(public_id, **options)
    transformation, _ = cloudinary.utils.generate_transformation_string(**options)
    return as_sent(urlsplit(built.replace("?", "%3F")).path), as_sent(transformation)


def as_sent(text: str) -> str:
    """Clients encode what no URL may hold, and leave what is encoded."""
    return quote(text, safe="%/:,$!~*'()+;=@&-._")


def assert_read(public_id: str, options: Options) -> DeliveryUrl:
    path, transformation = url_of(public_id, options)
    url = read_delivery_url(path)
    recipe = parse(url.transformation, named=NAMED)

    assert (transformation, unquote(public_id)) == (url.transformation, url.name), path
    assert recipe == parse(str(recipe), named=NAMED)
    return url


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_options_is_read_and_printed_back(group: str):
    @CASES
    @given(public_ids, GROUPS[group])
    def check(public_id: str, options: Options) -> None:
        url = assert_read(public_id, options)

        assert url.transformation == str(parse(url.transformation))

    check()


@CASES
@given(public_ids, st.lists(st.one_of(*GROUPS.values()), min_size=1, max_size=4))
def test_chains_are_read_and_printed_back(public_id: str, chain: list[Options]):
    url = assert_read(public_id, {"transformation": chain})

    assert url.transformation == str(parse(url.transformation))


@CASES
@given(one_of(["thumb"], ["thumb", "fit-760w"], ["with space"], ["fit-760w"]), st.one_of(sizes, output))
def test_named_transformations_are_read(named: list[str], options: Options):
    assert_read("sample", {"transformation": named, **options})


@CASES
@given(
    public_ids,
    st.one_of(sizes, shapes, variables, conditions),
    some(version=one_of(12, "1234567890"), format=one_of("jpg", "webp"), secure=st.booleans()),
    one_of(
        {},
        {"private_cdn": True},
        {"use_root_path": True, "private_cdn": True},
        {"shorten": True, "private_cdn": True},
    ),
)
def test_every_form_of_url_is_read(public_id: str, options: Options, address: Options, host: Options):
    path, transformation = url_of(public_id, {**options, **address, **host})
    url = read_delivery_url(path)
    extension = f".{address['format']}" if "format" in address else ""

    assert (transformation, f"{unquote(public_id)}{extension}") == (url.transformation, url.name)
    assert "version" not in address or f"v{address['version']}" == url.version


SIGNATURES: dict[str, tuple[Options, Callable[[bytes], Any], int]] = {
    "SHA-1": ({"signature_algorithm": "sha1"}, hashlib.sha1, 8),
    "SHA-256": ({"signature_algorithm": "sha256"}, hashlib.sha256, 8),
    "long": ({"long_url_signature": True}, hashlib.sha256, 32),
}


@pytest.mark.parametrize("algorithm", SIGNATURES)
def test_signatures_are_of_what_was_read(algorithm: str):
    signing, digest, length = SIGNATURES[algorithm]

    @CASES
    @given(
        public_ids,
        st.one_of(st.just({}), *GROUPS.values()),
        st.fixed_dictionaries(
            {}, optional={"version": one_of(12), "format": one_of("jpg"), "url_suffix": one_of("seo")}
        ),
    )
    def check(public_id: str, options: Options, address: Options) -> None:
        private = {"private_cdn": True} if "url_suffix" in address else {}
        signed = {**options, **address, **private, **signing, "sign_url": True}
        built, _ = cloudinary.utils.cloudinary_url(public_id, **signed)
        url = read_delivery_url(urlsplit(built.replace("?", "%3F")).path)
        text = "/".join(filter(None, (url.transformation, url.source)))
        expected = base64.urlsafe_b64encode(digest(f"{text}{SECRET}".encode()).digest())[:length].decode()

        assert expected == url.signature
        if "url_suffix" not in address:
            parts = url.transformation, url.version, url.source
            assert url.signed_text == "/".join(filter(None, parts))

    check()
