"""URLs out of the whole language, and what becomes of them under a stranger's hands; seeded.

Most read, or nearly do: a reader that only ever sees rubbish is not tried in its corners.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.attack.url_cases import NUMBERS, TOO_LARGE
from tests.transforms.corpus import LINES
from tests.transforms.languages import PARAMETERS

_KEYS = tuple(PARAMETERS)
_IDS = (
    "nobody.jpg",
    "nobody/here",
    "v1/no.body.png",
    "caf%C3%A9/no%20body.webp",
    "nobody%2Fhere.gif",
    "n",
    "v9/w_1/n.svg",
)
_PREFIXES = (
    "",
    "",
    "",
    "image/upload/",
    "demo/image/private/",
    "images/",
    "iu/",
    "s--AAAAAAAA--/",
    "image/fetch/",
    "fetch/",
)
_BITS = (
    *(
        "..",
        ".",
        "/",
        "//",
        ",",
        ",,",
        ":",
        "::",
        "_",
        "__",
        "!",
        "$",
        "$(x)",
        "(",
        ")",
        ";",
        "%",
        "%2",
        "%25",
        "%2F",
        "%2C",
    ),
    *(
        "%2c",
        "%3A",
        "%00",
        "%0a",
        "%ff",
        "%C3%A9",
        "%E2%80%AE",
        "é",
        "日本",
        "\U0001f600",
        "\u0660",
        "\\",
        "#",
        "?",
        "&",
        "+",
    ),
    *(
        " ",
        "-",
        "--",
        "~",
        "*",
        "'",
        '"',
        "<",
        ">",
        "{",
        "}",
        "@",
        "if_",
        "if_end",
        "if_else",
        "fl_layer_apply",
        "l_a",
        "t_a",
    ),
    *(
        "v1",
        "s--",
        "auto",
        "max",
        "NaN",
        "9" * 20,
        "0",
        "-1",
        "1e9",
        "_mul_",
        "_add_iw",
        "_div_0",
        "_pow_99",
        "_to_i",
        "ref:",
    ),
)
_RAW = (b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x7f", b"\x80", b"\xf8")


def targets(count: int, *, seed: int = 0) -> Iterator[bytes]:
    """So many request targets; each is decided by the seed and its number alone."""
    for number in range(count):
        yield target(random.Random(f"{seed}/{number}"))


def target(chance: random.Random) -> bytes:
    """One request target."""
    text = _corpus(chance) if chance.random() < 0.25 else _grown(chance)
    for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3, 8))):
        text = chance.choice(_MUTATIONS)(text, chance)
    raw = text.encode(errors="surrogatepass")
    if chance.random() < 0.05:
        place = chance.randrange(len(raw) + 1)
        raw = raw[:place] + chance.choice(_RAW) + raw[place:]
    return b"/" + raw if chance.random() < 0.97 else raw


def _corpus(chance: random.Random) -> str:
    return f"{chance.choice(LINES)}/{chance.choice(_IDS)}"


def _grown(chance: random.Random) -> str:
    components = [_component(chance) for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 9, 26)))]
    return chance.choice(_PREFIXES) + "/".join([*components, chance.choice(_IDS)])


def _component(chance: random.Random) -> str:
    count = chance.choice((1, 1, 2, 3, 4, 11))
    return ",".join(_parameter(chance) for _ in range(count))


def _parameter(chance: random.Random) -> str:
    text = chance.choice(PARAMETERS[chance.choice(_KEYS)])
    if chance.random() < 0.15:
        key, joint, _ = text.partition("_")
        return key + joint + chance.choice((*NUMBERS, *TOO_LARGE, *_BITS))
    return text


def _flip(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) or 1)
    return (
        text[:place]
        + chr(ord(text[place : place + 1] or "a") ^ (1 << chance.randrange(7)))
        + text[place + 1 :]
    )


def _insert(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(_BITS) + text[place:]


def _delete(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) or 1)
    return text[:place] + text[place + chance.choice((1, 1, 2, 9)) :]


def _double(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) or 1)
    span = text[place : place + chance.choice((1, 3, 10, 40))]
    return text[:place] + span * chance.choice((2, 2, 5, 40)) + text[place:]


def _swap(text: str, chance: random.Random) -> str:
    parts = text.split("/")
    one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return "/".join(parts)


def _encode(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) or 1)
    span = text[place : place + chance.choice((1, 1, 5))]
    return (
        text[:place]
        + "".join(f"%{b:02X}" for b in span.encode(errors="surrogatepass"))
        + text[place + len(span) :]
    )


def _encode_again(text: str, chance: random.Random) -> str:
    return text.replace("%", "%25", chance.choice((1, 100)))


def _recase(text: str, chance: random.Random) -> str:
    return chance.choice((str.upper, str.lower, str.swapcase, str.title))(text)


def _cut(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def _nest(text: str, chance: random.Random) -> str:
    bit, count = chance.choice(_BITS), chance.choice((3, 30, 300))
    return _insert(text, chance) + bit * count


_MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    *(_flip, _insert, _insert, _delete, _double, _swap, _encode, _encode_again, _recase, _cut, _nest),
)
