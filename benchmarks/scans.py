"""Small pictures of progressive JPEGs with scans left out: what it saves, and how near all of them it is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping

from pyvips import Image

from benchmarks.group import Options, Rounds, tell
from benchmarks.originals import SAMPLES
from benchmarks.quality import score
from benchmarks.report import Column, Row, Table, ratios
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.probe import probe
from transforms.render import prepare, render

COLUMNS = (
    Column("ratio", "CPU, to all scans", 2),
    Column("score", "SSIMULACRA2", 1),
    Column("pictures", "pictures", 0),
)
NOTES = (
    "CPU: of one render to PNG, to that of the same with render.drop_scans off: medians. SSIMULACRA2:",
    "  between the two, the lowest of all pictures. Photographs of 1 to 8 megapixels as progressive JPEGs,",
    "  with libjpeg's qualities and tables or mozjpeg's (3); how many of their pixels become one on a side.",
)
_SAVED = ((60, 0), (75, 0), (75, 3), (90, 0))
"""Quality and quantisation table."""
_RATIOS = ((4.0, 4.7, 5.5), (6.0, 8.0, 11.0))
_WIDTHS = range(110, 900)


def measure(options: Options) -> Table:
    """A row for each way of saving and each rung of the ladder of scans."""
    prepare()
    rounds = Rounds()
    names = ("brushes.jpg", "fig.jpg", "dogs.jpg", "mountains/picos.jpg")
    for name in names[: options.most(4, 1)]:
        photograph = Image.new_from_buffer((SAMPLES / name).read_bytes(), "")
        for quality, table in _SAVED:
            tell(f"scans: {name}, quality {quality}, table {table}")
            original = photograph.jpegsave_buffer(Q=quality, quant_table=table, interlace=True, keep="none")
            for some in _RATIOS:
                row = f"q {quality}, table {table}, {some[0]:g} to {some[-1]:g} for one"
                for width in (round(photograph.width / ratio) for ratio in some):
                    if width in _WIDTHS:
                        rounds.add(row, _pair(original, width, options.rounds))
    return Table(
        "scans",
        "progressive JPEGs without their last scans",
        COLUMNS,
        tuple(Row(name, _row(values)) for name, values in rounds.samples.items()),
        NOTES,
    )


def _pair(original: bytes, width: int, rounds: int) -> dict[str, float]:
    info, recipe = probe(original), parse(f"w_{width},f_png")
    plans = [make_plan(recipe, info, drop_scans=drop) for drop in (True, False)]
    spent: list[list[float]] = [[], []]
    bodies = [b"", b""]
    for _, side in itertools.product(range(rounds), (0, 1)):
        before = time.process_time()
        bodies[side] = render(plans[side], original).body
        spent[side].append((time.process_time() - before) * 1000)
    some, every = (Image.new_from_buffer(body, "") for body in bodies)
    return {"some_ms": min(spent[0]), "all_ms": min(spent[1]), "score": score(every, some)}


def _row(values: Mapping[str, list[float]]) -> dict[str, tuple[float, ...]]:
    scores = values["score"]
    return {
        "ratio": ratios(values["some_ms"], values["all_ms"]),
        "score": (min(scores),),
        "pictures": (float(len(scores)),),
    }
