"""Delivery URLs whose original is an address."""

import pytest

from origin.errors import InvalidAddress
from proxy.url import InvalidUrl, read_delivery_url
from transforms.parser import parse

PLAIN = "https://example.com/a.jpg"


@pytest.mark.parametrize(
    ("target", "transformation", "address"),
    [
        # Our own form and the others
        ("/fetch/https://example.com/a.jpg", "", PLAIN),
        ("/image/fetch/https://example.com/a.jpg", "", PLAIN),
        ("/demo/image/fetch/https://example.com/a.jpg", "", PLAIN),
        ("/fetch/w_300/https://example.com/a.jpg", "w_300", PLAIN),
        ("/demo/image/fetch/c_fill,w_300/f_auto/https://example.com/a.jpg", "c_fill,w_300/f_auto", PLAIN),
        # With a version
        ("/fetch/v1234/https://example.com/a.jpg", "", PLAIN),
        ("/image/fetch/c_limit,w_960/f_auto/q_auto/v1/https://example.com/a.jpg", None, PLAIN),
        # Encoded whole, or in part
        ("/fetch/w_300/https%3A%2F%2Fexample.com%2Fa.jpg", "w_300", PLAIN),
        ("/fetch/w_300/https%3a%2f%2fexample.com%2fa.jpg", "w_300", PLAIN),
        ("/fetch/https://example.com%2Fa.jpg", "", PLAIN),
        ("/fetch/https:%2F%2Fexample.com/a.jpg", "", PLAIN),
        ("/fetch/HTTPS://EXAMPLE.com/a.jpg", "", PLAIN),
        ("/fetch/https://example.com:443/a.jpg", "", PLAIN),
        # A proxy before us merged the slashes
        ("/fetch/w_300/https:/example.com/a.jpg", "w_300", PLAIN),
        ("//fetch//w_300//https://example.com/a.jpg", "w_300", PLAIN),
        # A query belongs to us, unless it is encoded
        ("/fetch/https://example.com/a.jpg?w=1", "", PLAIN),
        ("/fetch/https://example.com/a%3Fw%3D1", "", "https://example.com/a?w=1"),
        ("/fetch/https%3A%2F%2Fexample.com%2Fa%3Fw%3D1%26h%3D2", "", "https://example.com/a?w=1&h=2"),
        # Decoded once, and no more
        ("/fetch/https://example.com/a%20b.jpg", "", "https://example.com/a%20b.jpg"),
        ("/fetch/https://example.com/a%2520b.jpg", "", "https://example.com/a%20b.jpg"),
        ("/fetch/https://example.com/100%25.jpg", "", "https://example.com/100%25.jpg"),
        ("/fetch/https://example.com/caf%C3%A9.jpg", "", "https://example.com/caf%C3%A9.jpg"),
        ("/fetch/https://example.com/café.jpg", "", "https://example.com/caf%C3%A9.jpg"),
        ("/fetch/https://example.com/a%255B1%255D.jpg", "", "https://example.com/a%5B1%5D.jpg"),
        # Nothing behind the address is ours
        ("/fetch/https://example.com/w_300/a.jpg", "", "https://example.com/w_300/a.jpg"),
        ("/fetch/https://example.com//a//b.jpg", "", "https://example.com//a//b.jpg"),
        ("/fetch/w_9/https://a.io/image/fetch/w_8/https://b.io/c", "w_9", None),
        ("/fetch/https://example.com/s--Ai4Znfl3--/a.jpg", "", "https://example.com/s--Ai4Znfl3--/a.jpg"),
        ("/fetch/https://example.com/v12/a.jpg", "", "https://example.com/v12/a.jpg"),
        ("/fetch/https://example.com", "", "https://example.com/"),
        ("/fetch/https://example.com/", "", "https://example.com/"),
        ("/fetch/https://example.com/a/../b.jpg", "", "https://example.com/a/../b.jpg"),
        ("/image/fetch/https://test", "", "https://test/"),
        ("/fetch/https://bücher.example/a.jpg", "", "https://xn--bcher-kva.example/a.jpg"),
    ],
)
def test_addresses(target, transformation, address):
    url = read_delivery_url(target)

    assert ("fetch", None, False) == (url.delivery_type, url.extension, url.signed)
    assert url.is_remote
    assert transformation in (None, url.transformation)
    assert address in (None, url.name)
    assert url.name == url.public_id


@pytest.mark.parametrize(
    ("path", "address"),
    [
        # What SDKs write
        ("image/fetch/f_jpg/http://cloudinary.com/images/logo.png", "http://cloudinary.com/images/logo.png"),
        ("image/fetch/http://blah.com/hello%3Fa%3Db", "http://blah.com/hello?a=b"),
        ("image/fetch/https://blah.com/hello%3Fa%3Db", "https://blah.com/hello?a=b"),
        ("image/fetch/http://example.com/", "http://example.com/"),
        (
            "image/fetch/s--hH_YcbiS--/v1234/http://google.com/path/to/image.png",
            "http://google.com/path/to/image.png",
        ),
        (
            "demo/image/fetch/c_scale,w_400/f_auto/q_auto/http%3A%2F%2Fa.com%2F%2525.png%3Fx%3D%2526",
            "http://a.com/%25.png?x=%26",
        ),
    ],
)
def test_what_sdks_write(path, address):
    assert address == read_delivery_url("/" + path).name


def test_a_signature_covers_the_address_as_received():
    url = read_delivery_url("/demo/image/fetch/s--hH_YcbiS--/w_9/v1234/https://example.com/a%3Fb?_a=x")

    assert ("hH_YcbiS", "v1234", "w_9") == (url.signature, url.version, url.transformation)
    assert "w_9/v1234/https://example.com/a%3Fb" == url.signed_text
    assert ("https://example.com/a%3Fb", "https://example.com/a?b") == (url.source, url.name)


@pytest.mark.parametrize(
    "target",
    [
        "/fetch/cat.jpg",
        "/fetch/w_300",
        "/fetch/w_300/cat.jpg",
        "/image/fetch/",
        "/fetch/ftp://example.com/a.jpg",
        "/fetch/file:///etc/passwd",
        "/fetch/data:image/png;base64,AAAA",
        "/fetch/gopher://example.com/_",
        "/fetch/example.com/a.jpg",
        "/fetch//example.com/a.jpg",
        "/fetch/people/https://example.com/a.jpg",
        "/fetch/w_300/people/https://example.com/a.jpg",
        "/fetch/https:",
        "/fetch/https://",
        "/fetch/https:///",
        "/fetch/https:///example.com/a.jpg",
        "/fetch/https%253A%252F%252Fexample.com",
        "/fetch/https://example.com/a%23b",
        "/fetch/https://example.com/a%0Ab",
        "/fetch/https://example.com/a%00b",
        "/fetch/https://example.com%0d%0aX:%20y/",
        "/fetch/https://user@example.com/a.jpg",
        "/fetch/https://user:secret@example.com/a.jpg",
        "/fetch/https://example.com:0/",
        "/fetch/https://example.com:65536/",
        "/fetch/https://example.com:http/",
        "/fetch/https://" + "a" * 2100,
    ],
)
def test_what_is_no_address(target):
    with pytest.raises(InvalidUrl) as caught:
        read_delivery_url(target)

    assert caught.value.code in (InvalidAddress.code, "empty_public_id")


@pytest.mark.parametrize(
    ("target", "canonical"),
    [
        ("/fetch/w_300/https%3A%2F%2Fexample.com%2Fa.jpg", "/image/fetch/w_300/https://example.com/a.jpg"),
        ("/demo/image/fetch/v7/https:/Example.com", "/image/fetch/v7/https://example.com/"),
        ("/fetch/https://example.com/a%3Fb%3Dc", "/image/fetch/https://example.com/a%3Fb%3Dc"),
        ("/fetch/https://example.com/a%2520b", "/image/fetch/https://example.com/a%2520b"),
    ],
)
def test_canonical_paths(target, canonical):
    url = read_delivery_url(target)

    assert canonical == url.canonical(parse(url.transformation))
    assert url.name == read_delivery_url(canonical).name
