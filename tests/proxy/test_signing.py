"""Signatures: Cloudinary's against known ones, ours, and what is neither."""

import pytest

from proxy.signing import (
    LATEST,
    Key,
    Signature,
    cloudinary_signature,
    is_signature,
    own_signature,
    read_signature,
    verifies,
    written_expiry,
)

B = Key("b", b"b")
OWN = "v1~site~0~" + "A" * 43


@pytest.mark.parametrize(
    ("text", "algorithm", "length", "expected"),
    [
        ("c_crop,h_20,w_10/image.jpg", "sha1", 8, "Ai4Znfl3"),
        ("image.jpg", "sha1", 8, "--SjmNDA"),
        ("http://google.com/path/to/image.png", "sha1", 8, "hH_YcbiS"),
        ("sample.jpg", "sha1", 8, "v2fTPYTu"),
        ("sample.jpg", "sha256", 8, "2hbrSMPO"),
        ("sample.jpg", "sha256", 32, "2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf"),
        ("co_red,l_text:Times_70_bold:Cool%25F0%259F%2598%258D/image.jpg", "sha1", 8, "Uqk1a-5W"),
    ],
)
def test_cloudinarys_own_examples(text, algorithm, length, expected):
    assert expected == cloudinary_signature(text, B, length=length, algorithm=algorithm)


def test_our_own_example():
    """Other programs sign for us too: what they have to come to does not change."""
    key = Key("site", b"a secret of some length")
    text = "w_300,f_avif/v7/people/ana.jpg"

    expected = "v1~site~tox000~wZ4Pz1BRWFH-8V8cLfVggyDXQ7CgHmlwTXUkgG2I620"

    assert expected == own_signature(text, key, scope="upload", expiry="tox000")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ai4Znfl3", Signature("Ai4Znfl3", "cloudinary8")),
        ("--SjmNDA", Signature("--SjmNDA", "cloudinary8")),
        ("6vDtUIZ-", Signature("6vDtUIZ-", "cloudinary8")),
        ("a" * 32, Signature("a" * 32, "cloudinary32")),
        (OWN, Signature(OWN, "own", "site", 0, "0")),
        (
            OWN.replace("~0~", "~tox000~"),
            Signature(OWN.replace("~0~", "~tox000~"), "own", "site", 1_795_369_536, "tox000"),
        ),
    ],
)
def test_what_is_a_signature(text, expected):
    assert expected == read_signature(text)
    assert is_signature(f"s--{text}--")


@pytest.mark.parametrize(
    "text",
    [
        *("", "a" * 7, "a" * 9, "a" * 31, "a" * 33, "a" * 43, "Ai4Znfl+", "Ai4Znfl~", "Ai4Znfl=", "é" * 8),
        *("Ai4Znfl\n", "Ai4Znfl%", "a" * 31 + "~", "٣" * 8),
        OWN.replace("v1", "v2"),
        OWN.replace("v1", "V1"),
        OWN.replace("site", ""),
        OWN.replace("site", "a" * 33),
        OWN.replace("site", "a.b"),
        OWN.replace("~0~", "~~"),
        OWN.replace("~0~", "~00~"),
        OWN.replace("~0~", "~0a~"),
        OWN.replace("~0~", "~-1~"),
        OWN.replace("~0~", "~TOX000~"),
        OWN.replace("~0~", "~٣~"),
        OWN.replace("~0~", f"~{'z' * 9}~"),
        OWN.replace("~0~", "~"),
        OWN + "A",
        OWN[:-1],
        OWN + "=",
        OWN[:-1] + "+",
        OWN + "\n",
        OWN.replace("~", "%7E"),
    ],
)
def test_what_is_none(text):
    assert read_signature(text) is None
    assert not is_signature(f"s--{text}--")


@pytest.mark.parametrize(
    "segment", ["s-Ai4Znfl3--", "s--Ai4Znfl3-", "S--Ai4Znfl3--", "--Ai4Znfl3--", "s----"]
)
def test_its_frame_belongs_to_it(segment):
    assert not is_signature(segment)


@pytest.mark.parametrize(
    ("algorithm", "accepted"),
    [
        ("any", {"sha1/8", "sha256/8", "sha256/32", "own"}),
        ("sha1", {"sha1/8", "sha256/32"}),
        ("sha256", {"sha256/8", "sha256/32"}),
        ("hmac", {"own"}),
        ("token", set()),
    ],
)
def test_a_key_verifies_what_its_algorithm_says(algorithm, accepted):
    key = Key("site", b"b", algorithm)
    signatures = {
        "sha1/8": "v2fTPYTu",
        "sha256/8": "2hbrSMPO",
        "sha256/32": "2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf",
        "own": own_signature("sample.jpg", key, scope="upload", expiry="0"),
    }

    found = {name for name, text in signatures.items() if holds(text, key)}

    assert accepted == found


def holds(text: str, *keys: Key, own: str = "sample.jpg", scope: str = "upload") -> bool:
    signature = read_signature(text)
    assert signature is not None
    return verifies(signature, keys, own=own, scope=scope, cloudinary=["other.jpg", "sample.jpg"])


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("active", [True, False])
def test_every_key_verifies_wherever_it_stands(place, active):
    keys = [Key("x", b"x"), Key("y", b"y", "hmac")]
    keys.insert(place, Key("b", b"b", active=active))

    assert holds("v2fTPYTu", *keys)
    assert holds(own_signature("sample.jpg", keys[place], scope="upload", expiry="0"), *keys)


@pytest.mark.parametrize(
    ("key", "own", "scope", "expiry"),
    [
        (Key("b", b"c"), "sample.jpg", "upload", "0"),
        (Key("c", b"b"), "sample.jpg", "upload", "0"),
        (B, "sample.png", "upload", "0"),
        (B, "/sample.jpg", "upload", "0"),
        (B, "sample.jpg", "private", "0"),
        (B, "sample.jpg", "images", "0"),
        (B, "upload\nsample.jpg", "", "0"),
    ],
)
def test_all_that_a_url_means_is_covered(key, own, scope, expiry):
    assert not holds(own_signature(own, key, scope=scope, expiry=expiry), B)


def test_the_expiry_is_covered():
    text = own_signature("sample.jpg", B, scope="upload", expiry="tox000")

    assert holds(text, B)
    assert not holds(text.replace("tox000", "tox001"), B)
    assert not holds(text.replace("tox000", "0"), B)


def test_the_last_character_has_one_spelling():
    """256 bits are 43 characters with two bits to spare: decoded, four last characters would be one MAC."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = own_signature("sample.jpg", B, scope="upload", expiry="0")

    accepted = [last for last in alphabet if holds(text[:-1] + last, B)]

    assert [text[-1]] == accepted


def test_no_key_verifies_nothing():
    assert not holds("v2fTPYTu")


def test_a_key_does_not_show_its_secret():
    assert "hunter2" not in f"{Key('a', b'hunter2')!r} {Key('a', b'hunter2')}"


@pytest.mark.parametrize(("time", "text"), [(0, "0"), (1, "1"), (35, "z"), (36, "10"), (LATEST, "zzzzzzzz")])
def test_expiries_in_base_36(time, text):
    assert (text, time) == (written_expiry(time), int(text, 36))


@pytest.mark.parametrize("time", [-1, LATEST + 1])
def test_times_that_cannot_be_written(time):
    with pytest.raises(ValueError, match="no time"):
        written_expiry(time)
