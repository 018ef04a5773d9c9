"""Signed URLs under a stranger's hands: what becomes of them must be refused, or mean what was signed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from proxy.admission import signed_texts
from proxy.signing import Form, Key, cloudinary_signature, own_signature, written_expiry
from proxy.url import read_delivery_url, signature_place
from tests.attack.url_cases import quoted

NOW = 1_800_000_000
KEYS = (
    Key("any", b"the secret of all forms"),
    Key("sdk", b"b", "sha1"),
    Key("sdk-256", b"another secret", "sha256"),
    Key("own", b"a secret of our own", "hmac"),
    Key("old", b"what was before", "any", active=False),
)
_PATHS = """
/cat.jpg /w_10/cat.jpg /c_fill,h_40,w_72/v3/people/ana.jpg /image/upload/w_10,c_fit/e_sepia:40/a/b/c.webp
/demo/image/authenticated/w_300/v1712345678/people/ana /image/private/f_auto,q_auto/cat
/t_card/v1/folder/cat.png /images/w_280,q_auto/id/warm-shoes.jpg /iu/w_61/cat.jpg /v1/w_1200/photo.jpg
/w_10/v5/v6/photo.jpg
/l_text:Arial_20:hi%20there%252C%20you,co_red/fl_layer_apply/caf%C3%A9%20%23.jpg /c_limit%2Cw_880/x%2520y.jpg
/if_w_gt_100,c_scale,w_100/100%25.jpg /$x_10/w_$x/t_a.b/dog.jpg
/l_logo/o_50/fl_layer_apply,g_south_east/cat.jpg
/image/fetch/w_10/http://a.example/b%20c.jpg /fetch/f_auto/https%3A%2F%2Fa.example%2Fb%3Fq%3D1
/fl_attachment:a%20b/d
/w_100 /photos/w_10/cat.jpg /s-1/cat.jpg /demo/image/upload/a.b.c/d.tar.gz
"""


@dataclass(frozen=True)
class Signed:
    """A URL, and its signature cut out of it."""

    path: str
    form: Form
    expires_at: int = 0


def signed_urls() -> tuple[Signed, ...]:
    """Every path signed in every form that can sign it, by several keys."""
    return tuple(found for path in _PATHS.split() for key in KEYS for found in _signed(path, key))


def _signed(path: str, key: Key) -> Iterator[Signed]:
    before, behind = signature_place(path)
    url = read_delivery_url(path)
    if key.algorithm in ("any", "hmac"):
        for expires_at in (0, NOW + 60):
            expiry = written_expiry(expires_at)
            text = own_signature(behind, key, scope=url.scope, expiry=expiry)
            yield Signed(f"{before}s--{text}--/{behind}", "own", expires_at)
    if key.algorithm == "hmac":
        return
    for covered in signed_texts(url):
        short = cloudinary_signature(
            covered, key, length=8, algorithm="sha256" if key.algorithm == "sha256" else "sha1"
        )
        long = cloudinary_signature(covered, key, length=32, algorithm="sha256")
        yield Signed(f"{before}s--{short}--/{behind}", "cloudinary8")
        yield Signed(f"{before}s--{long}--/{behind}", "cloudinary32")


def mutations(count: int, *, seed: int = 0) -> Iterator[tuple[Signed, str]]:
    """So many signed URLs, each with what a stranger made of it."""
    urls = signed_urls()
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        signed = urls[number % len(urls)]
        text = signed.path
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            text = chance.choice(_MUTATIONS)(text, chance, urls)
        yield signed, quoted(text)


Mutation = Callable[[str, random.Random, tuple[Signed, ...]], str]


def _flip(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ (1 << chance.randrange(7))) + text[place + 1 :]


def _flip_signature(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    start = text.find("s--") + 3
    place = start + chance.randrange(60)
    if place >= len(text):
        return text + "A"
    return text[:place] + chance.choice("ABCXYZabcxyz0189-_~") + text[place + 1 :]


def _swap_characters(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    place = chance.randrange(len(text) - 1) if len(text) > 1 else 0
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def _swap_segments(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    parts = text.split("/")
    one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return "/".join(parts)


def _move(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    parts = text.split("/")
    part = parts.pop(chance.randrange(len(parts)))
    parts.insert(chance.randrange(len(parts) + 1), part)
    return "/".join(parts)


def _double(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    parts = text.split("/")
    place = chance.randrange(len(parts))
    return "/".join([*parts[:place], parts[place], *parts[place:]])


def _drop(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    parts = text.split("/")
    del parts[chance.randrange(len(parts))]
    return "/".join(parts) or "/"


def _cut(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    return text[: chance.randrange(len(text)) + 1]


def _recase(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    place = chance.randrange(len(text))
    end = place + chance.choice((1, 4, 400))
    return text[:place] + text[place:end].swapcase() + text[end:]


def _encode(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    place = chance.randrange(len(text))
    form = chance.choice(("%{:02X}", "%{:02x}", "%25{:02X}"))
    return text[:place] + "".join(map(form.format, text[place].encode())) + text[place + 1 :]


def _encode_again(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    return text.replace("%", "%25", chance.choice((1, 9)))


def _decode(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    return unquote(text, errors="surrogateescape") if chance.random() < 0.5 else text.replace("%25", "%")


def _reorder(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    parts = text.split("/")
    place = chance.randrange(len(parts))
    parameters = parts[place].split(",")
    chance.shuffle(parameters)
    return "/".join([*parts[:place], ",".join(parameters), *parts[place + 1 :]])


def _respell(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    old, new = chance.choice(
        (
            *(
                ("w_10", "w_010"),
                ("w_10", "w_10,"),
                ("w_10", "w_10,w_10"),
                ("/", "//"),
                ("/", "/./"),
                (".jpg", ".jpeg"),
            ),
            *(
                (",", "%2C"),
                (":", "%3A"),
                ("%20", " "),
                (".jpg", ".JPG"),
                ("image/upload/", ""),
                ("/s--", "/image/upload/s--"),
            ),
            *(
                ("upload", "private"),
                ("image/upload", "image/authenticated"),
                ("image/upload", "iu"),
                ("demo", "other"),
            ),
            *(
                ("image/private", "images"),
                ("--/", "--//"),
                ("--/", "--/v1/"),
                ("v1", "v2"),
                ("v3/", ""),
                ("/s--", "/demo/image/upload/s--"),
            ),
            *(
                ("--/", "--/w_10/"),
                ("--/", "--/t_card/"),
                ("/cat", "/./cat"),
                ("/cat", "/a/../cat"),
                ("http", "https"),
            ),
        )
    )
    return text.replace(old, new, chance.choice((1, 1, 9)))


def _append(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    return text + chance.choice(
        ("?", "?_a=x", "/", "/x.jpg", ".png", "#", "%00", "%20", "%2F", "?__cld_token__=x", "~", "&")
    )


def _graft(text: str, chance: random.Random, urls: tuple[Signed, ...]) -> str:
    """The signature of another URL."""
    other = chance.choice(urls).path
    end = other.find("--/")
    start = text.find("--/")
    return other[: end + 3] + text[start + 3 :] if start >= 0 else text


def _expire_later(text: str, chance: random.Random, _: tuple[Signed, ...]) -> str:
    old = written_expiry(NOW + 60)
    return text.replace(
        f"~{old}~",
        chance.choice((f"~{written_expiry(NOW + 6000)}~", "~0~", f"~0{old}~", f"~{old.upper()}~", "~~")),
    )


_MUTATIONS: tuple[Mutation, ...] = (
    *(
        _flip,
        _flip_signature,
        _swap_characters,
        _swap_segments,
        _move,
        _double,
        _drop,
        _cut,
        _recase,
        _encode,
    ),
    *(_encode_again, _decode, _reorder, _respell, _respell, _append, _graft, _expire_later),
)
