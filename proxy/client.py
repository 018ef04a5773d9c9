"""What a client can take and how it is built, reduced to a few buckets so that caches stay small."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_MODERN = {"image/avif": "avif", "image/webp": "webp", "image/jxl": "jxl"}


@dataclass(frozen=True, slots=True)
class Client:
    """One client's abilities.

    `formats` are the modern formats it names in Accept, best first; a client that names none is of the base
    class. `dpr` and `width` are client hints rounded up to a bucket, None where it sent none.
    """

    formats: tuple[str, ...] = ()
    dpr: float | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True)
class HintBuckets:
    """The few values that client hints are rounded up to, ascending, and what counts without a hint."""

    widths: tuple[int, ...]
    dprs: tuple[float, ...]
    default_width: int
    default_dpr: float


ClientReader = Callable[[Mapping[str, str]], Client]
"""`read_client` with everything settled but the headers."""


def read_client(headers: Mapping[str, str], *, buckets: HintBuckets, preferred: tuple[str, ...]) -> Client:
    """The client behind a request's headers; `preferred` orders the formats that it wants alike.

    Hints are read under their present names (`Sec-CH-DPR`, `Sec-CH-Width`) and the older ones (`DPR`,
    `Width`); a hint that is no positive number is no hint.
    """
    dpr = _positive(headers.get("Sec-CH-DPR") or headers.get("DPR"))
    width = _positive(headers.get("Sec-CH-Width") or headers.get("Width"))
    return Client(
        formats=accepted_formats(headers.get("Accept", ""), preferred),
        dpr=None if dpr is None else _round_up(dpr, buckets.dprs),
        width=None if width is None else int(_round_up(width, buckets.widths)),
    )


@lru_cache(maxsize=512)
def accepted_formats(accept: str, preferred: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The modern formats an Accept value names (RFC 9110, 12.5.1), by falling weight, then as `preferred`.

    Only an explicit name counts: `*/*` and `image/*` are sent by clients that cannot read AVIF. A weight of
    0, or one that is no number, is a refusal.
    """
    weights: dict[str, float] = {}
    for part in accept[:1024].split(","):
        name, *parameters = part.split(";")
        if found := _MODERN.get(name.strip().lower()):
            weights[found] = _weight(parameters)
    order = list(dict.fromkeys((*preferred, *_MODERN.values())))
    return tuple(sorted((f for f in weights if weights[f] > 0), key=lambda f: (-weights[f], order.index(f))))


def wants_picture(accept: str) -> bool:
    """Whether an Accept value is an <img>'s: it names images, and no page or data format beside them."""
    names = [part.split(";")[0].strip().lower() for part in accept[:1024].split(",")]
    return any(n.startswith("image/") for n in names) and all(
        n.startswith("image/") or n == "*/*" for n in names
    )


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            return _decimal(value.strip()) or 0.0
    return 1.0


def _positive(text: str | None) -> float | None:
    value = _decimal(text.strip().strip('"')) if text else None
    return value if value and value > 0 else None


def _decimal(text: str) -> float | None:
    """A plain decimal such as `1`, `0.8`, `2.625`; never an exponent, sign or other script's digits."""
    if (
        not text
        or len(text) > 12
        or not all(c in "0123456789." for c in text)
        or text.count(".") > 1
        or text == "."
    ):
        return None
    return float(text)


def _round_up(value: float, buckets: Sequence[float]) -> float:
    return next((bucket for bucket in buckets if bucket >= value), buckets[-1])
