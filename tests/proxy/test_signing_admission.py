"""Which delivery URLs may be answered: signing, strict mode, expiry, and what a signature covers."""

import pytest

from proxy.admission import LEEWAY_SECONDS, Admission, Admitted, SignatureRefused, is_named
from proxy.signing import Key, Signing, cloudinary_signature, own_signature, written_expiry
from proxy.target import InvalidUrl

KEY = Key("b", b"b")
NOW = 1_800_000_000


def admission(
    signing: Signing = "required", *, strict: bool = False, keys: tuple[Key, ...] = (KEY,)
) -> Admission:
    return Admission(keys=keys, signing=signing, strict=strict)


def read(path: str, signing: Signing = "required", *, strict: bool = False, now: float = NOW) -> Admitted:
    return admission(signing, strict=strict).read(path, now=now)


def refusal(path: str, signing: Signing = "required", *, strict: bool = False, now: float = NOW) -> str:
    """The code of the refusal, or `admitted`."""
    try:
        read(path, signing, strict=strict, now=now)
    except SignatureRefused as error:
        return error.code
    except InvalidUrl as error:
        return error.code
    return "admitted"


def cloudinary(text: str, path: str, length: int = 8) -> str:
    """`path` with `*` replaced by Cloudinary's signature of `text`."""
    algorithm = "sha1" if length == 8 else "sha256"
    signature = cloudinary_signature(text, KEY, length=length, algorithm=algorithm)
    return path.replace("*", f"s--{signature}--")


def own(path: str, *, scope: str = "upload", expires_at: int = 0) -> str:
    """`path` with `*` replaced by our own signature of what stands behind it."""
    text = own_signature(path.partition("*/")[2], KEY, scope=scope, expiry=written_expiry(expires_at))
    return path.replace("*", f"s--{text}--")


RIGHT = cloudinary("w_10/cat.jpg", "/*/w_10/cat.jpg")
WRONG = RIGHT.replace("cat", "dog")


@pytest.mark.parametrize(
    ("signing", "strict", "path", "expected"),
    [
        ("off", False, "/w_10/cat.jpg", "admitted"),
        ("off", False, WRONG, "admitted"),
        ("off", False, "/s--short--/cat.jpg", "invalid_signature"),
        ("optional", False, "/w_10/cat.jpg", "admitted"),
        ("optional", False, RIGHT, "admitted"),
        ("optional", False, WRONG, "invalid_signature"),
        ("required", False, "/w_10/cat.jpg", "signature_required"),
        ("required", False, "/cat.jpg", "signature_required"),
        ("required", False, "/t_card/cat.jpg", "signature_required"),
        ("required", False, RIGHT, "admitted"),
        ("required", False, WRONG, "invalid_signature"),
        ("required", True, "/t_card/cat.jpg", "signature_required"),
        ("optional", True, "/w_10/cat.jpg", "signature_required"),
        ("optional", True, "/t_card/cat.jpg", "admitted"),
        ("optional", True, "/cat.jpg", "admitted"),
        ("optional", True, RIGHT, "admitted"),
        ("optional", True, WRONG, "invalid_signature"),
        ("off", True, "/w_10/cat.jpg", "signature_required"),
        ("off", True, "/t_card/v3/cat.webp", "admitted"),
        ("off", True, RIGHT, "admitted"),
        ("off", True, WRONG, "invalid_signature"),
    ],
)
def test_what_the_settings_say(signing, strict, path, expected):
    assert expected == refusal(path, signing, strict=strict)


@pytest.mark.parametrize(
    ("transformation", "named"),
    [
        ("", True),
        ("t_card", True),
        ("t_Resized%20Artwork", True),
        ("t_card,", True),
        ("//t_card", True),
        ("t_a/t_b", False),
        ("t_a.b", False),
        ("t_a,t_b", False),
        ("t_a%2Cw_10", False),
        ("t_card,w_10", False),
        ("w_10/t_card", False),
        ("$x_10/t_card", False),
        ("f_auto", False),
        ("fl_explain", False),
        ("bl_card", False),
        ("d_cat.png", False),
    ],
)
def test_named_transformations_stand_alone(transformation, named):
    assert named is is_named(transformation)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("cat.jpg", "/*/cat.jpg"),
        ("cat.jpg", "/image/upload/*/v17/cat.jpg"),
        ("cat.jpg", "/demo/image/upload/*/cat.jpg?_a=BAMA"),
        ("w_10/cat.jpg", "//image//upload//*//w_10//cat.jpg"),
        ("w_10/a/b.jpg", "/image/authenticated/*/w_10/v1/a/b.jpg"),
        ("w_10/id.jpg", "/images/*/w_10/id/warm-shoes.jpg"),
        ("w_10/cat.jpg", "/iu/*/w_10/cat.jpg"),
        ("v17/cat.jpg", "/*/v17/cat.jpg"),
        ("w_10/http://a.example/b%20c.jpg", "/image/fetch/*/w_10/http://a.example/b%20c.jpg"),
        ("caf%C3%A9%20%23.jpg", "/*/caf%C3%A9%20%23.jpg"),
        # As an SDK once signed: decoded, which says the same.
        ("café #.jpg", "/*/caf%C3%A9%20%23.jpg"),
        ("what?.jpg", "/*/what%3F.jpg"),
        ("100%.jpg", "/*/100%25.jpg"),
        ("c_fill,w_10/cat.jpg", "/*/c_fill%2Cw_10/cat.jpg"),
        ("l_text:Arial_20:hi there/cat.jpg", "/*/l_text:Arial_20:hi%20there/cat.jpg"),
        ("t_Resized Artwork/cat.jpg", "/*/t_Resized%20Artwork/cat.jpg"),
        ("http://a.example/b c.jpg", "/image/fetch/*/http%3A%2F%2Fa.example%2Fb%20c.jpg"),
    ],
)
@pytest.mark.parametrize("length", [8, 32])
def test_cloudinarys_signatures_cover(text, path, length):
    admitted = read(cloudinary(text, path, length))

    assert (True, 0) == (admitted.url.signed, admitted.expires_at)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        # Read in another way than the text reads by itself
        ("w_1200/photo.jpg", "/*/v1/w_1200/photo.jpg"),
        ("w_1200/photo.jpg", "/*/w_1200%2Fphoto.jpg"),
        ("w_10/v5/photo.jpg", "/*/w_10/v1/v5/photo.jpg"),
        ("w_10/v5/photo.jpg", "/*/w_10/v6/photo.jpg"),
        ("a%20b.jpg", "/*/a%2520b.jpg"),
        ("%41.jpg", "/*/%2541.jpg"),
        ("a%2Fb.jpg", "/*/a%252Fb.jpg"),
        ("w_10%2Ch_5/cat.jpg", "/*/w_10%252Ch_5/cat.jpg"),
        ("l_text:Arial_20:a%2Cw_5/cat.jpg", "/*/l_text:Arial_20:a%252Cw_5/cat.jpg"),
        ("w_10/http:/a.example/b.jpg", "/fetch/*/w_10/http://a.example/b.jpg"),
        ("w_10/http:/a.example/b.jpg", "/image/upload/*/w_10/http:/a.example/b.jpg"),
        ("id/words.jpg", "/images/*/id/words.jpg"),
        # Something else
        ("w_10/cat.jpg", "/*/w_11/cat.jpg"),
        ("w_10/cat.jpg", "/*/cat.jpg"),
        ("w_10/cat.jpg", "/*/w_10/cat.png"),
        ("w_10/cat.jpg", "/*/w_10/Cat.jpg"),
        ("w_10/cat.jpg", "/*/w_10/cat.jpg."),
        ("c_fill,w_10/cat.jpg", "/*/w_10,c_fill/cat.jpg"),
        ("/w_10/cat.jpg", "/*/w_10/cat.jpg"),
        ("w_10/cat.jpg?a", "/*/w_10/cat.jpg?a"),
        ("", "/*/cat.jpg"),
    ],
)
def test_cloudinarys_signatures_do_not_cover(text, path):
    assert "invalid_signature" == refusal(cloudinary(text, path))


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/*/cat.jpg", "upload"),
        ("/*/w_10/v5/a/b.jpg", "upload"),
        ("/demo/image/private/*/w_10,c_fill/cat", "private"),
        ("/images/*/w_10/id/words.jpg", "images"),
        ("/fetch/*/w_10/https%3A%2F%2Fa.example%2Fb", "fetch"),
        ("/*/v1/w_1200/photo.jpg", "upload"),
    ],
)
def test_our_own_signature_covers_the_path(path, scope):
    signed = own(path, scope=scope)

    assert read(signed).url.signed
    assert "admitted" == refusal(signed + "?_a=x")
    assert "invalid_signature" == refusal(signed + "x")
    assert "invalid_signature" == refusal(signed.replace("--/", "--/c_fit/"))


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("/*/cat.jpg", "/image/private/*/cat.jpg"),
        ("/image/authenticated/*/cat.jpg", "/image/upload/*/cat.jpg"),
        ("/images/*/id/words.jpg", "/*/id/words.jpg"),
        ("/*/id/words.jpg", "/images/*/id/words.jpg"),
        ("/*/http://a.example/b.jpg", "/fetch/*/http://a.example/b.jpg"),
    ],
)
def test_our_own_signature_stays_with_its_delivery_type(path, moved):
    scope = path.split("/")[2] if path.startswith("/image/") else "images" if "images" in path else "upload"
    signature = own(path, scope=scope)
    cut = signature[signature.index("s--") : signature.index("--/") + 2]

    assert "admitted" == refusal(signature)
    assert "invalid_signature" == refusal(moved.replace("*", cut))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 10_000, "admitted"),
        (NOW, "admitted"),
        (NOW + LEEWAY_SECONDS, "admitted"),
        (NOW + LEEWAY_SECONDS + 0.1, "signature_expired"),
        (NOW + 10_000, "signature_expired"),
    ],
)
def test_expiry(now, expected):
    assert expected == refusal(own("/*/cat.jpg", expires_at=NOW), now=now)
    assert LEEWAY_SECONDS <= 30


@pytest.mark.parametrize(("now", "left"), [(NOW - 60, 60), (NOW - 0.5, 0), (NOW, 0), (NOW + 4, 0)])
def test_seconds_left_end_with_the_expiry(now, left):
    assert left == read(own("/*/cat.jpg", expires_at=NOW), now=now).seconds_left(now)


def test_without_expiry_there_is_no_end():
    assert read(own("/*/cat.jpg"), now=NOW * 50).seconds_left(NOW) is None


def test_what_was_admitted_once_expires_all_the_same():
    gate, path = admission(), own("/*/cat.jpg", expires_at=NOW)
    gate.read(path, now=NOW - 1)

    with pytest.raises(SignatureRefused, match="expired"):
        gate.read(path, now=NOW + 100)


def test_rotation():
    old, new = Key("2026", b"old", active=False), Key("2027", b"new", "hmac")
    gate = admission(keys=(new, old))
    text = own_signature("cat.jpg", new, scope="upload", expiry="0")

    assert gate.read(f"/s--{text}--/cat.jpg", now=NOW).url.signed
    sha1 = cloudinary_signature("cat.jpg", old, length=8, algorithm="sha1")
    assert gate.read(f"/s--{sha1}--/cat.jpg", now=NOW).url.signed
    with pytest.raises(SignatureRefused, match="wrong"):
        admission(keys=(new,)).read(f"/s--{sha1}--/cat.jpg", now=NOW)


def test_refusals_say_nothing_of_what_would_be_right():
    with pytest.raises(SignatureRefused) as refused:
        read(WRONG)

    right = cloudinary("w_10/dog.jpg", "*")
    assert right[3:-2] not in str(refused.value)
    assert "b" not in vars(refused.value).values()
