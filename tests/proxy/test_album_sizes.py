"""The sizes on an album's page: those that keep a picture's shape, under URLs that strangers may have."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest

from origin.hosting.model import Blob, HostedAsset, Summary
from proxy.admission import Admission, SignatureRefused
from proxy.albums.sizes import Sizes, Standard
from proxy.hosting.links import Links
from proxy.signing import Algorithm, Key
from transforms.frame import ImageInfo

LINKS = Links("https://img.example.com", "calotype")
STANDARD = (
    Standard("c_fill,g_auto,h_150,w_150", ("original", "webp")),
    Standard("c_limit,h_320,w_320", ("original", "webp")),
    Standard("c_limit,h_1600,w_1600", ("original", "avif")),
)


def asset(format: str = "jpg", width: int = 400, height: int = 300) -> HostedAsset:
    info = ImageInfo(format, width, height)
    return HostedAsset(
        asset_id="0" * 32,
        owner="ana",
        public_id="v1/pets/cät",
        blob=Blob(content_hash="0" * 64, epoch=1, size=1),
        md5="",
        generation=1,
        version=7,
        state="live",
        summary=Summary(info=info, blurhash="", thumbhash="", color="", preview="", phash=0),
        created_at=0.0,
        updated_at=0.0,
    )


@pytest.mark.parametrize(("format", "shown"), [("jpg", "jpg"), ("svg", "png"), ("heic", "jpg")])
def test_sizes_keep_the_shape(format: str, shown: str) -> None:
    sizes = Sizes(STANDARD, LINKS, vouch=lambda path: path)
    found = sizes.of(asset(format))
    better = [[source.width for source in sources] for sources in sizes.better(asset(format))]

    assert [(320, 240), (400, 300)] == [(source.width, source.height) for source in found]
    assert {shown} == {source.url.rpartition(".")[2] for source in found}
    assert [[400], [320]] == better
    assert shown == sizes.whole(asset(format)).rpartition(".")[2]


@pytest.mark.parametrize("algorithm", ["any", "hmac", "sha256", "sha1"])
@pytest.mark.parametrize(("signing", "strict"), [("required", False), ("off", True), ("optional", True)])
def test_what_has_to_be_signed_is_signed(algorithm: Algorithm, signing: str, strict: bool) -> None:
    keys = [Key("old", b"x" * 16, active=False), Key("tokens", b"z" * 16, "token")]
    key = Key("k", b"y" * 16, algorithm)
    admission = Admission(keys=[*keys, key], signing=signing, strict=strict)  # type: ignore[arg-type]
    sizes = Sizes(STANDARD, LINKS, vouch=admission.vouched)
    found = [sizes.whole(asset()), *(source.url for source in sizes.of(asset()))]

    assert 3 == len(found)
    for url in found:
        assert admission.read(urlsplit(url).path, now=time.time()).url.signed
    with pytest.raises(SignatureRefused):
        admission.read(urlsplit(found[-1]).path.replace("1600", "1601"), now=time.time())


def test_without_a_key_the_originals_are_shown() -> None:
    sizes = Sizes(STANDARD, LINKS, vouch=Admission(strict=True).vouched)

    assert ((), ()) == (sizes.of(asset()), sizes.better(asset()))
    assert sizes.whole(asset()).endswith("/v7/v1/pets/c%C3%A4t.jpg")
