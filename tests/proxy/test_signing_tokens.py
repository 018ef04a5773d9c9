"""Cloudinary's auth tokens, as its SDK makes them."""

import pytest
from cloudinary.auth_token import generate

from proxy.admission import Admission, SignatureRefused
from proxy.signing import Key, own_signature, written_expiry
from proxy.tokens import escaped, fits, unescaped
from transforms.errors import NotOffered

SECRET = "00112233FF99"
KEY = Key("token", SECRET.encode(), "token")
OTHER = Key("b", b"b")
NOW = 1_800_000_000
PATH = "/image/authenticated/w_10/v1/caf%C3%A9%20(1)/cat.jpg"


def code(target: str, *, now: float = NOW, keys: tuple[Key, ...] = (OTHER, KEY)) -> str:
    try:
        Admission(keys=keys, signing="required").read(target, now=now)
    except SignatureRefused as error:
        return error.code
    return "admitted"


def token(**options: object) -> str:
    made: str = generate(**{"url": PATH, "expiration": NOW, "key": SECRET, **options})
    return made


@pytest.mark.parametrize(
    ("target", "options"),
    [
        (PATH, {}),
        (PATH, {"start_time": NOW - 60}),
        (PATH, {"key": SECRET.lower()}),
        (PATH, {"acl": "/image/authenticated/*"}),
        (PATH, {"acl": "*"}),
        (PATH, {"acl": PATH}),
        (PATH, {"acl": "/*/cat.???"}),
        (PATH, {"acl": ["/image/upload/*", "/image/authenticated/w_10/*"]}),
        ("/cat.jpg", {"url": "/cat.jpg"}),
    ],
)
def test_the_sdks_tokens_are_right(target, options):
    assert "admitted" == code(f"{target}?{token(**options)}")
    assert "admitted" == code(f"{target}?_a=x&{token(**options)}&b")


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("/image/authenticated/w_11/v1/caf%C3%A9%20(1)/cat.jpg", {}),
        (PATH.replace("%C3", "%c3"), {}),
        (PATH, {"url": "/cat.jpg"}),
        (PATH, {"key": "00112233FF98"}),
        (PATH, {"acl": "/image/upload/*"}),
        (PATH, {"acl": "/image/authenticated/*.png"}),
        (PATH, {"acl": "/image/authenticated"}),
        (PATH, {"acl": "/IMAGE/*"}),
    ],
)
def test_others_are_wrong(target, options):
    assert "invalid_token" == code(f"{target}?{token(**options)}")


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("exp=18", "exp=19"),
        lambda t: t.replace("hmac=", "hmac=0"),
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: t.upper().replace("__CLD_TOKEN__", "__cld_token__"),
        lambda t: t.replace("~hmac", "~acl=*~hmac"),
        lambda t: t.replace("exp=", "st=1~exp="),
        lambda t: t + "&" + t,
        lambda t: t.replace("exp=", "exp=+"),
        lambda t: "__cld_token__",
        lambda t: "__cld_token__=",
        lambda t: t.replace("1800000000", "١٨٠٠٠٠٠٠٠٠"),
    ],
)
def test_changed_ones_are_wrong(change):
    assert "invalid_token" == code(f"{PATH}?{change(token())}")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 61, "signature_not_yet_valid"),
        (NOW - 60, "admitted"),
        (NOW, "admitted"),
        (NOW + 31, "signature_expired"),
    ],
)
def test_their_time(now, expected):
    assert expected == code(f"{PATH}?{token(start_time=NOW - 60)}", now=now)


def test_a_signature_beside_a_token_counts_too():
    signed = own_signature("w_10/cat.jpg", OTHER, scope="upload", expiry=written_expiry(NOW + 5))
    path = f"/s--{signed}--/w_10/cat.jpg"
    both = Admission(keys=[OTHER, KEY], signing="required").read(
        f"{path}?{token(url=path, expiration=NOW + 500)}", now=NOW
    )

    assert NOW + 5 == both.expires_at
    assert "invalid_token" == code(f"{path}?{token()}")
    wrong = path.replace("w_10", "w_11")
    assert "invalid_signature" == code(f"{wrong}?{token(url=wrong)}")


def test_a_pattern_does_not_open_the_world():
    """What is signed may name any host to fetch from, where the settings say so; a folder is not that."""
    gate = Admission(keys=[KEY], signing="required")

    assert gate.read(f"{PATH}?{token()}", now=NOW).url.signed
    assert not gate.read(f"{PATH}?{token(acl='*')}", now=NOW).url.signed


def test_one_address_is_not_offered():
    with pytest.raises(NotOffered, match="ip="):
        code(f"{PATH}?{token(ip='1.2.3.4')}")


def test_tokens_are_not_looked_at_where_signing_is_off():
    assert "cat" == Admission().read("/cat.jpg?__cld_token__=nonsense", now=NOW).url.public_id


def test_no_other_key_makes_tokens():
    assert "invalid_token" == code(f"{PATH}?{token()}", keys=(Key("a", SECRET.encode()),))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "/a/b", True),
        ("/a/*", "/a/b/c", True),
        ("/a/*", "/b", False),
        ("*b*d", "abcbcd", True),
        ("*b*d", "abcbc", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?", "a", False),
        ("a*", "a", True),
        ("**a**", "bab", True),
        ("[ab]", "a", False),
        ("a", "ab", False),
    ],
)
def test_patterns(pattern, text, expected):
    assert expected is fits(pattern, text)


def test_patterns_take_no_time_that_grows_without_bound():
    """Backtracking through forty stars over two thousand characters would not end."""
    assert not fits("*a" * 40 + "b", "a" * 2000)


def test_escapes():
    assert "%2fa%20b*%3f%7e" == escaped("/a b*?~")
    assert "/a b*?~" == unescaped("%2fa%20b*%3f%7e")
