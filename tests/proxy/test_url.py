"""Delivery URLs, and everything that only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.url import InvalidUrl, read_delivery_url
from transforms.errors import NotOffered, TransformError
from transforms.parser import parse


@pytest.mark.parametrize(
    ("target", "transformation", "version", "public_id", "extension"),
    [
        ("/abc123", "", None, "abc123", None),
        ("/abc123.jpg", "", None, "abc123", "jpg"),
        ("/photos/cat.WebP", "", None, "photos/cat", "webp"),
        ("/w_300,f_avif/abc123", "w_300,f_avif", None, "abc123", None),
        (
            "/c_fill,w_200/e_sepia/f_auto/people/ana.jpg",
            "c_fill,w_200/e_sepia/f_auto",
            None,
            "people/ana",
            "jpg",
        ),
        ("/w_300/v123/cat.jpg", "w_300", "v123", "cat", "jpg"),
        ("/v20200101/cat", "", "v20200101", "cat", None),
        ("/v1/w_1200/photo.jpg", "", "v1", "w_1200/photo", "jpg"),
        ("/w_1200/photo.jpg", "w_1200", None, "photo", "jpg"),
        ("/w_300", "", None, "w_300", None),
        ("/image/upload/a_jvvqci.png", "", None, "a_jvvqci", "png"),
        ("/image/upload/c_fill,w_100/v1/a/b.jpg", "c_fill,w_100", "v1", "a/b", "jpg"),
        ("/image/upload/v1234", "", None, "v1234", None),
        ("/image/upload/w_100/jpeg", "w_100", None, "jpeg", None),
        ("/image/cat.jpg", "", None, "image/cat", "jpg"),
        ("/iu/w_100/cat.jpg", "w_100", None, "cat", "jpg"),
        ("/images/w_280,q_auto/id/warm-shoes.jpg", "w_280,q_auto", None, "id", "jpg"),
        ("/images/v1/folder/id/warm-shoes", "", "v1", "folder/id", None),
        ("/images/cat.jpg", "", None, "images/cat", "jpg"),
        ("/image/upload//docs//x.jpg", "", None, "docs/x", "jpg"),
        ("//w_300//x.jpg", "w_300", None, "x", "jpg"),
        ("/w_300/x.jpg?_a=BAMAAA&w=5", "w_300", None, "x", "jpg"),
        ("/w_300/x.jpg?a/../b", "w_300", None, "x", "jpg"),
        ("/c_limit%2Cw_880/x.jpg", "c_limit%2Cw_880", None, "x", "jpg"),
        ("/f_auto,c_fill,w_650,/x.jpg", "f_auto,c_fill,w_650,", None, "x", "jpg"),
        ("/w_/x.jpg", "w_", None, "x", "jpg"),
        ("/w_300,hh_200/x.jpg", "w_300,hh_200", None, "x", "jpg"),
        ("/hh_200/x.jpg", "", None, "hh_200/x", "jpg"),
        ("/my_photos/x.jpg", "", None, "my_photos/x", "jpg"),
        ("/w_300/my_photos/h_200/x.jpg", "w_300", None, "my_photos/h_200/x", "jpg"),
        ("/sa%20mple", "", None, "sa mple", None),
        ("/sample%E2%98%BA.png", "", None, "sample☺", "png"),
        ("/sample☺.png", "", None, "sample☺", "png"),
        ("/public%25id", "", None, "public%id", None),
        ("/test%3Fa%3Db", "", None, "test?a=b", None),
        ("/%2520Test%20Image.jpg", "", None, "%20Test Image", "jpg"),
        ("/photos%2Fcat.jpg", "", None, "photos/cat", "jpg"),
        ("/cat.tar.gz", "", None, "cat.tar.gz", None),
        ("/.jpg", "", None, ".jpg", None),
        ("/...jpg", "", None, "..", "jpg"),
        ("/cat.jpg.webp", "", None, "cat.jpg", "webp"),
        ("/w_300/-photos/x.jpg", "w_300", None, "-photos/x", "jpg"),
        ("/apis/x.jpg", "", None, "apis/x", "jpg"),
    ],
)
def test_paths(target, transformation, version, public_id, extension):
    url = read_delivery_url(target)

    assert (transformation, version, public_id, extension) == (
        url.transformation,
        url.version,
        url.public_id,
        url.extension,
    )
    assert read_delivery_url(target.encode()) == url


@pytest.mark.parametrize(
    ("target", "signature", "signed_text", "source"),
    [
        ("/s--Ai4Znfl3--/c_crop,h_20,w_10/image.jpg", "Ai4Znfl3", "c_crop,h_20,w_10/image.jpg", "image.jpg"),
        ("/image/upload/s----SjmNDA--/v1234/image.jpg", "--SjmNDA", "v1234/image.jpg", "image.jpg"),
        ("/s---xiJeC7t--/image.jpg", "-xiJeC7t", "image.jpg", "image.jpg"),
        ("/s--6vDtUIZ---/image.jpg", "6vDtUIZ-", "image.jpg", "image.jpg"),
        (
            "/image/upload/s--2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf--/sample.jpg",
            "2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf",
            "sample.jpg",
            "sample.jpg",
        ),
        (
            "/image/authenticated/s--Uqk1a-5W--/co_red,l_text:Times_70_bold:Cool%25F0%259F/image.jpg",
            "Uqk1a-5W",
            "co_red,l_text:Times_70_bold:Cool%25F0%259F/image.jpg",
            "image.jpg",
        ),
        ("/s--AlS6-LgU--/v1/a/%2520Test%20Image.jpg?x", "AlS6-LgU", "v1/a/%2520Test%20Image.jpg", None),
        ("/images/s--Ai4Znfl3--/id/words.jpg", "Ai4Znfl3", "id/words.jpg", "id.jpg"),
    ],
)
def test_signatures_are_cut_by_length(target, signature, signed_text, source):
    url = read_delivery_url(target)

    assert (signature, signed_text) == (url.signature, url.signed_text)
    assert source in (None, url.source)


@pytest.mark.parametrize(
    ("target", "cloud", "delivery_type"),
    [
        ("/cat.jpg", None, "upload"),
        ("/image/upload/cat.jpg", None, "upload"),
        ("/image/private/w_100/cat.jpg", None, "private"),
        ("/image/authenticated/cat.jpg", None, "authenticated"),
        ("/demo/image/upload/cat.jpg", "demo", "upload"),
        ("/my-cloud_1/image/private/cat.jpg", "my-cloud_1", "private"),
    ],
)
def test_delivery_types(target, cloud, delivery_type):
    url = read_delivery_url(target)

    assert (cloud, delivery_type, "cat") == (url.cloud, url.delivery_type, url.public_id)


@pytest.mark.parametrize(
    "target",
    [
        "/video/upload/dog.mp4",
        "/demo/video/upload/dog.mp4",
        "/raw/upload/doc.pdf",
        "/image/sprite/tag.css",
        "/image/facebook/zuck.jpg",
        "/image/twitter_name/x.jpg",
        "/image/gravatar/x.jpg",
        "/image/youtube/http://www.youtube.com/watch",
        "/image/list/tag.json",
        "/image/multi/tag.gif",
    ],
)
def test_other_deliveries_are_refused_by_name(target):
    with pytest.raises(NotOffered, match="known, but not offered"):
        read_delivery_url(target)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        # What names nothing
        ("/", "empty_public_id"),
        ("", "invalid_url"),
        ("//", "empty_public_id"),
        ("/?w_100", "empty_public_id"),
        ("/image/upload", "empty_public_id"),
        ("/image/upload/", "empty_public_id"),
        ("/s--Ai4Znfl3--/", "empty_public_id"),
        ("/s--Ai4Znfl3--", "empty_public_id"),
        # What is the server's own
        ("/-/live", "reserved_path"),
        ("/api/v1/images", "reserved_path"),
        ("/v1_1/demo/image/upload", "reserved_path"),
        ("/-", "reserved_path"),
        ("/w_300/-/live", "reserved_path"),
        ("/w_300/api/x.jpg", "reserved_path"),
        ("/v1/%61pi/x.jpg", "reserved_path"),
        # What climbs, in every dress
        ("/../etc/passwd", "invalid_url"),
        ("/./cat.jpg", "invalid_url"),
        ("/cat/..", "invalid_url"),
        ("/w_300/../../cat.jpg", "invalid_url"),
        ("/%2e%2e/cat.jpg", "invalid_url"),
        ("/%2E%2e%2Fcat.jpg", "invalid_url"),
        ("/.%2e/cat.jpg", "invalid_url"),
        ("/%252e%252e/cat.jpg", "invalid_url"),
        ("/%25252e%25252e/cat.jpg", "invalid_url"),
        ("/..%2f..%2fetc%2fpasswd", "invalid_url"),
        ("/a/..%2fb.jpg", "invalid_url"),
        ("/a/%2e%2e%252fb.jpg", "invalid_url"),
        ("/..\\cat.jpg", "invalid_url"),
        ("/..%5ccat.jpg", "invalid_url"),
        ("/..%255ccat.jpg", "invalid_url"),
        ("/a%5Cb.jpg", "invalid_url"),
        ("/a\\b.jpg", "invalid_url"),
        ("/%2fetc%2fpasswd", "invalid_url"),
        ("/a%2f%2fb.jpg", "invalid_url"),
        ("/a%2f", "invalid_url"),
        ("/%c0%ae%c0%ae/cat.jpg", "invalid_url"),
        ("/image/upload/v1/../x.jpg", "invalid_url"),
        # What is no text
        ("/cat%00.jpg", "invalid_url"),
        ("/cat%0d%0aSet-Cookie:x.jpg", "invalid_url"),
        ("/cat%0A.jpg", "invalid_url"),
        ("/cat%7f.jpg", "invalid_url"),
        ("/cat%C2%85.jpg", "invalid_url"),
        ("/cat%ff.jpg", "invalid_url"),
        ("/cat%ED%A0%80.jpg", "invalid_url"),
        (b"/cat\xff.jpg", "invalid_url"),
        ("/cat\udcff.jpg", "invalid_url"),
        ("/cat\r\n.jpg", "invalid_url"),
        ("/cat\x00.jpg", "invalid_url"),
        ("/cat\t.jpg", "invalid_url"),
        # What is no path
        ("http://example.com/cat.jpg", "invalid_url"),
        ("cat.jpg", "invalid_url"),
        ("*", "invalid_url"),
        ("example.com:443", "invalid_url"),
        ("/cat.jpg#w_300", "invalid_url"),
        ("/cat.jpg?a#b", "invalid_url"),
        # What is too long
        ("/" + "a" * 4096, "url_too_long"),
        ("/cat.jpg?" + "a" * 8000, "url_too_long"),
        ("/" + "w_1/" * 10_000 + "cat.jpg", "url_too_long"),
        ("/" + "é" * 2048, "url_too_long"),
        # Signatures moved, doubled, cut, of another length
        ("/w_300/s--Ai4Znfl3--/cat.jpg", "invalid_signature"),
        ("/v1/s--Ai4Znfl3--/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl3--/s--Ai4Znfl3--/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl3--/s--2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf--/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl--/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl33--/cat.jpg", "invalid_signature"),
        ("/s----/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl3-/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl3/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl+--/cat.jpg", "invalid_signature"),
        ("/s--Ai4Znfl%33--/cat.jpg", "invalid_signature"),
        ("/s-%2DAi4Znfl3--/cat.jpg", "invalid_signature"),
        ("/v1/a/%73--Ai4Znfl3--", "invalid_signature"),
    ],
)
def test_what_is_no_delivery_url(target, code):
    with pytest.raises(InvalidUrl) as refused:
        read_delivery_url(target)

    assert code == refused.value.code
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("target", "canonical"),
    [
        ("/w_200,c_fill/cat.jpg", "/c_fill,w_200/cat.jpg"),
        ("/demo/image/upload/s--Ai4Znfl3--/w_200/v5/a/b.jpg?_a=x", "/w_200/v5/a/b.jpg"),
        ("/image/private/w_200/cat.jpg", "/image/private/w_200/cat.jpg"),
        ("/images/w_200/id/words.jpg", "/w_200/id.jpg"),
        ("/cat.jpg", "/cat.jpg"),
        ("/public%25id", "/public%25id"),
        ("/caf%c3%a9%20%23.jpg", "/caf%C3%A9%20%23.jpg"),
        ("/image/upload/images/a/b.jpg", "/v1/images/a/b.jpg"),
        ("/image/upload/fetch/b.jpg", "/v1/fetch/b.jpg"),
        ("/demo/image/upload/video/upload/b.jpg", "/v1/video/upload/b.jpg"),
        ("/w_200%2F/cat.jpg", None),
    ],
)
def test_canonical_paths(target, canonical):
    url = read_delivery_url(target)
    if canonical is None:
        with pytest.raises(TransformError):
            parse(url.transformation)
        return
    recipe = parse(url.transformation)

    assert canonical == url.canonical(recipe)
    assert url.name == read_delivery_url(url.canonical(recipe)).name


alphabet = st.sampled_from(
    ["/", "%", "2", "e", "E", "5", "c", ".", "w_1", "v1", "s--", "--", "image", "upload", "é", "?", "#", "a"]
)


@given(st.lists(alphabet, max_size=40).map(lambda parts: "/" + "".join(parts)))
def test_any_target_reads_or_is_refused(target):
    try:
        url = read_delivery_url(target)
    except TransformError:
        return
    folders = url.name.split("/")

    assert url.name
    assert not {"", ".", ".."} & set(folders)
    assert "\\" not in url.name


@given(st.binary(max_size=60))
def test_any_bytes_read_or_are_refused(target):
    try:
        url = read_delivery_url(b"/" + target)
    except TransformError:
        return

    assert url.name
