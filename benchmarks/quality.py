"""What `q_auto` makes of photographs, beside one quality for all: how they look, and what they weigh."""

from __future__ import annotations

import io
import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage
from pyvips import Image

from benchmarks import originals
from benchmarks.group import Options, tell
from benchmarks.report import Column, Row, Samples, Table
from transforms.codecs import CODECS
from transforms.output import OutputDefaults
from transforms.quality import choose
from transforms.save import Aim, Save

COLUMNS = (
    Column("score", "SSIMULACRA2", 1),
    Column("spread", "spread", 1),
    Column("quality", "q", 0),
    Column("bytes_ratio", "bytes, to q 80", 2),
    Column("kilobytes", "kB in all", 0),
    Column("ms_ratio", "time, to q 80", 2),
)
NOTES = (
    "A cell is the median over the pictures, and behind it the least and the most. spread: the standard",
    "  deviation of the scores; what q_auto is for is to make it small. time: of choosing and encoding, to",
    "  encoding at q 80.",
)
_WIDTHS, _QUICK_WIDTHS = (480, 800, 1200), (480,)
_FORMATS = ("jpg", "webp", "avif")
_LEVELS = ("best", "good", "eco", "low")
_FIXED = 80


@dataclass(frozen=True, slots=True)
class Outcome:
    """One picture, saved."""

    score: float
    quality: int
    size: int
    milliseconds: float


def measure(options: Options) -> Table:
    """A row for each format and way to choose; rounds make no difference but to the times."""
    pictures = list(_pictures(_QUICK_WIDTHS if options.quick else _WIDTHS))
    rows = []
    for format in _FORMATS:
        found: dict[str, list[Outcome]] = defaultdict(list)
        for number, image in enumerate(pictures):
            tell(f"quality: {format}, picture {number + 1} of {len(pictures)}")
            for name, save in _ways(format):
                found[name].append(_saved(image, save, rounds=min(options.rounds, 3)))
        for name, outcomes in found.items():
            rows.append(Row(f"{format} {name}", _row(outcomes, found[f"q {_FIXED}"])))
    return Table("quality", "photographs by q_auto, and by one quality for all", COLUMNS, tuple(rows), NOTES)


def _pictures(widths: tuple[int, ...]) -> Iterator[Image]:
    for data, width in itertools.product(originals.photographs().values(), widths):
        yield Image.thumbnail_buffer(data, width, height=width, size="down").copy_memory()


def _ways(format: str) -> Iterator[tuple[str, Save]]:
    """By the names of their rows. Every JPEG builds up, so that times compare."""
    progressive = "semi" if format == "jpg" else None
    defaults = OutputDefaults()
    # Quality 80, and what the house takes where the URL names none, if that is another.
    for quality in dict.fromkeys((_FIXED, defaults.quality_for(format))):
        yield f"q {quality}", Save(format, quality, progressive=progressive)
    for level in _LEVELS:
        aim = Aim("looks", defaults.looks(level))
        yield f"q_auto:{level}", Save(format, defaults.quality_for(format), progressive=progressive, aim=aim)


def _saved(image: Image, save: Save, *, rounds: int) -> Outcome:
    times = []
    for _ in range(rounds):
        started = time.process_time()
        body, notes = choose(image, save, lambda drawn, how: CODECS[how.format].save(drawn, how, keep="none"))
        times.append((time.process_time() - started) * 1000)
    quality = int(dict(notes).get("q", save.quality or 0))
    copy = CODECS[save.format].open(body).copy_memory()
    return Outcome(score(image, copy), quality, len(body), min(times))


def score(image: Image, copy: Image) -> float:
    """SSIMULACRA2 of a copy, by the package of that name, which reads files."""
    from ssimulacra2 import compute_ssimulacra2

    files = []
    for picture in (image, copy):
        file = io.BytesIO()
        PillowImage.fromarray(np.asarray(picture.numpy())).save(file, "PNG", compress_level=1)
        files.append(file)
    return float(compute_ssimulacra2(*files))


def _row(outcomes: list[Outcome], fixed: list[Outcome]) -> dict[str, Samples]:
    pairs = list(zip(outcomes, fixed, strict=True))
    return {
        "score": tuple(outcome.score for outcome in outcomes),
        "spread": (statistics.pstdev(outcome.score for outcome in outcomes),),
        "quality": tuple(float(outcome.quality) for outcome in outcomes),
        "bytes_ratio": tuple(ours.size / theirs.size for ours, theirs in pairs),
        "kilobytes": (sum(outcome.size for outcome in outcomes) / 1000,),
        "ms_ratio": tuple(ours.milliseconds / theirs.milliseconds for ours, theirs in pairs),
    }
