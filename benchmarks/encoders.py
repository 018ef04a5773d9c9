"""First and second encodes beside what others do, through bare pyvips: bytes, looks and time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pyvips import Image

from benchmarks import originals
from benchmarks.group import Options, tell
from benchmarks.quality import score
from benchmarks.report import Column, Row, Table
from transforms.codecs import CODECS
from transforms.output import OutputDefaults
from transforms.parser import parse
from transforms.plan import Save
from transforms.second import second_save
from transforms.thorough import smaller

COLUMNS = (
    Column("same_score", "bytes at 75, to it", 2),
    Column("bytes_ratio", "bytes as set, to it", 2),
    Column("kilobytes", "kB", 1),
    Column("score", "SSIMULACRA2", 1),
    Column("cpu_ratio", "CPU to it", 2),
    Column("cpu_ms", "CPU ms a MP", 0),
)
NOTES = (
    "it: the first row of the format, what others do where nobody asks for anything: thumbor's JPEG, sharp's",
    "  and IPX's WebP, imgproxy's AVIF; IPX's AVIF has effort 4. at 75: the files that score 75 points of",
    "  SSIMULACRA2, interpolated between qualities. as set: at each one's own quality. Samples are pictures.",
    "as made: the second encode as the server makes it, with its search for a quality, `it` being the first.",
)
_WIDTH, _QUICK_WIDTH = 480, 300
_QUICK_PICTURES = 2
_SECOND = ", second"
_LOOKS = 75.0
_ANY_HEIGHT = 10_000_000
_QUALITIES: Mapping[str, tuple[int, ...]] = {"jpg": (66, 76, 86), "webp": (70, 78, 86), "avif": (54, 62, 70)}

Encode = Callable[[Image, int], bytes]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to encode, at the quality it has where nobody asks for one."""

    name: str
    format: str
    quality: int
    encode: Encode


@dataclass(frozen=True, slots=True)
class Made:
    """One file."""

    bytes: int
    score: float
    cpu_ms: float


def _bare(saver: str, options: Mapping[str, Any], image: Image, quality: int) -> bytes:
    body: bytes = getattr(image, saver)(Q=quality, keep="none", **options)
    return body


def _ours(save: Save, image: Image, quality: int) -> bytes:
    return CODECS[save.format].save(image, replace(save, quality=quality), keep="none")


def _ways() -> tuple[Way, ...]:
    jpeg, webp = partial(_bare, "jpegsave_buffer"), partial(_bare, "webpsave_buffer")
    avif = partial(_bare, "heifsave_buffer")
    av1 = {"compression": "av1", "bitdepth": 8}
    full = av1 | {"subsample_mode": "off"}
    others = (
        Way("JPEG, plain q 80", "jpg", 80, partial(jpeg, {"subsample_mode": "on"})),
        Way("WebP, q 80 effort 4", "webp", 80, partial(webp, {"effort": 4})),
        Way("AVIF, q 63 effort 1", "avif", 63, partial(avif, av1 | {"effort": 1})),
        Way("AVIF, q 63 effort 1 4:4:4", "avif", 63, partial(avif, full | {"effort": 1})),
        Way("AVIF, q 50 effort 4", "avif", 50, partial(avif, full | {"effort": 4})),
    )
    return tuple(
        way for format in _QUALITIES for way in (*(o for o in others if o.format == format), *_own(format))
    )


def _own(format: str) -> tuple[Way, Way]:
    """What a request gets, and what it gets later."""
    first, second = _saves(format)
    quality = OutputDefaults().quality_for(format)
    name = {"jpg": "JPEG", "webp": "WebP", "avif": "AVIF"}[format]
    return (
        Way(f"{name}, first", format, quality, partial(_ours, first)),
        Way(f"{name}{_SECOND}", format, quality, partial(_ours, second)),
    )


def _saves(format: str) -> tuple[Save, Save]:
    first = Save(format, OutputDefaults().quality_for(format))
    second = second_save(first, parse("w_1"))
    assert second is not None
    return first, second


def measure(options: Options) -> Table:
    """A row for each way, and one for each second encode as it is made."""
    pictures = _pictures(options)
    rows: list[Row] = []
    bases: dict[str, tuple[list[Made], list[float]]] = {}
    for way in _ways():
        tell(f"encoders: {way.name}")
        made = [_made(image, partial(way.encode, image, way.quality), way.format) for image in pictures]
        even = [_bytes_at(image, way) for image in pictures]
        rows.append(Row(way.name, _samples(made, even, *bases.setdefault(way.format, (made, even)))))
    rows += [_as_made(way, pictures) for way in _ways() if way.name.endswith(_SECOND)]
    return Table(
        "encoders", "photographs encoded at first, again, and by others", COLUMNS, tuple(rows), NOTES
    )


def _pictures(options: Options) -> list[Image]:
    width = _QUICK_WIDTH if options.quick else _WIDTH
    found = originals.photographs().values()
    images = [Image.thumbnail_buffer(data, width, height=_ANY_HEIGHT).copy_memory() for data in found]
    return images[:_QUICK_PICTURES] if options.quick else images


def _made(image: Image, encode: Callable[[], bytes], format: str) -> Made:
    started = time.process_time()
    body = encode()
    milliseconds = (time.process_time() - started) * 1000 / (image.width * image.height / 1e6)
    return Made(len(body), score(image, CODECS[format].open(body).copy_memory()), milliseconds)


def _bytes_at(image: Image, way: Way) -> float:
    """The bytes at which a way comes to the looks, on the line between the qualities that it lies between."""
    tried = [
        _made(image, partial(way.encode, image, quality), way.format) for quality in _QUALITIES[way.format]
    ]
    lower, upper = tried[:2] if tried[1].score >= _LOOKS else tried[1:]
    share = (_LOOKS - lower.score) / (upper.score - lower.score)
    return math.exp(math.log(lower.bytes) + share * (math.log(upper.bytes) - math.log(lower.bytes)))


def _samples(
    made: list[Made], even: list[float], base: list[Made], base_even: list[float]
) -> dict[str, tuple[float, ...]]:
    pairs = list(zip(made, base, strict=True))
    return {
        "same_score": tuple(ours / theirs for ours, theirs in zip(even, base_even, strict=True)),
        "bytes_ratio": tuple(ours.bytes / theirs.bytes for ours, theirs in pairs),
        "kilobytes": tuple(each.bytes / 1000 for each in made),
        "score": tuple(each.score for each in made),
        "cpu_ratio": tuple(ours.cpu_ms / theirs.cpu_ms for ours, theirs in pairs),
        "cpu_ms": tuple(each.cpu_ms for each in made),
    }


def _as_made(way: Way, pictures: list[Image]) -> Row:
    """The second encode as the server makes it, beside the first."""
    first, second = _saves(way.format)
    tell(f"encoders: {way.name} as made")
    before = [_made(image, partial(_written, image, first), way.format) for image in pictures]
    after = [_made(image, partial(_again, image, second), way.format) for image in pictures]
    return Row(f"{way.name} as made", _samples(after, [], before, []))


def _again(image: Image, save: Save) -> bytes:
    return smaller(image, save, _written)[0]


def _written(image: Image, save: Save) -> bytes:
    return CODECS[save.format].save(image, save, keep="none")
