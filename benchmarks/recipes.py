"""The ten commonest recipes: `transforms.render` beside the same by hand in pyvips, turn by turn."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from pyvips import Image

from benchmarks.by_hand import RECIPES, Recipe
from benchmarks.group import Options, Rounds, tell
from benchmarks.originals import SAMPLES
from benchmarks.report import Column, Row, Table, ratios
from transforms import offline
from transforms.codecs import CODECS
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.render import prepare, render

COLUMNS = (
    Column("cpu_ratio", "CPU", 2),
    Column("ratio", "time", 2),
    Column("core_ms", "core ms", 1),
    Column("hand_ms", "by hand ms", 1),
    Column("bytes_ratio", "bytes", 2),
)
NOTES = (
    "core: `transforms.render` with the plan at hand; where the face is, is known to both sides. CPU and",
    "time: to those of the same in bare pyvips, with our encoder options, one thread and no operation cache.",
    "Originals are baseline JPEGs of 6 and 4 megapixels. q_auto looks for its quality; by hand it is given.",
)
_QUALITY = 90
_PORTRAIT_SIDE = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """One render and what it took."""

    body: bytes
    width: int
    height: int
    ms: float
    cpu_ms: float


def measure(options: Options) -> Table:
    """A row for each recipe."""
    sources = _sources()
    prepare()
    sides = [(recipe.text, *_sides(recipe, sources)) for recipe in RECIPES]
    rounds = Rounds()
    for number in range(options.rounds):
        tell(f"recipes: round {number + 1} of {options.rounds}")
        for name, core, hand in sides:
            rounds.add(name, _round(name, core, hand, options.most(5, 1)))
    rows = tuple(
        Row(
            name,
            {key: tuple(values) for key, values in measured.items()}
            | {
                "ratio": ratios(measured["core_ms"], measured["hand_ms"]),
                "cpu_ratio": ratios(measured["core_cpu_ms"], measured["hand_cpu_ms"]),
            },
        )
        for name, measured in rounds.samples.items()
    )
    return Table("recipes", "the ten commonest", COLUMNS, rows, NOTES)


def _sources() -> dict[str, bytes]:
    portrait = Image.thumbnail(str(SAMPLES / "portrait.jpg"), _PORTRAIT_SIDE)
    return {
        "photo": Image.new_from_file(str(SAMPLES / "dogs.jpg")).jpegsave_buffer(Q=_QUALITY, keep="none"),
        "portrait": portrait.jpegsave_buffer(Q=_QUALITY, keep="none"),
        "logo": (SAMPLES / "logo.png").read_bytes(),
    }


def _sides(recipe: Recipe, sources: dict[str, bytes]) -> tuple[Callable[[], Made], Callable[[], Made]]:
    """The core's way and the way by hand."""
    data = sources[recipe.original]

    def find(source: SourceId) -> bytes:
        return sources[source.name]

    settled = offline.settle(parse(recipe.text), data, find=find)
    plan, chosen = settled.plan, settled.plan.save
    if chosen.aim is not None:
        told = dict(render(plan, data, settled.layers).notes)
        chosen = replace(chosen, aim=None, quality=int(told["q"]))
    codec = CODECS[chosen.format]

    def core() -> tuple[bytes, int, int]:
        made = render(plan, data, settled.layers)
        return made.body, made.width, made.height

    def hand() -> tuple[bytes, int, int]:
        image = recipe.by_hand(data, sources, plan)
        options = codec.save_options(image, chosen)
        return getattr(image, str(codec.saver))(keep="none", **options), image.width, image.height

    return (lambda: _timed(core)), (lambda: _timed(hand))


def _timed(make: Callable[[], tuple[bytes, int, int]]) -> Made:
    started, used = time.perf_counter(), time.process_time()
    body, width, height = make()
    return Made(
        body,
        width,
        height,
        (time.perf_counter() - started) * 1000,
        (time.process_time() - used) * 1000,
    )


def _round(name: str, core: Callable[[], Made], hand: Callable[[], Made], turns: int) -> dict[str, float]:
    seen: dict[str, list[float]] = defaultdict(list)
    for _ in range(turns):
        ours, theirs = core(), hand()
        # Halves are rounded up by us and to the even number by libvips.
        if abs(ours.width - theirs.width) > 1 or abs(ours.height - theirs.height) > 1:
            raise RuntimeError(f"{name}: {ours.width}x{ours.height}, by hand {theirs.width}x{theirs.height}")
        for side, made in (("core", ours), ("hand", theirs)):
            seen[f"{side}_ms"].append(made.ms)
            seen[f"{side}_cpu_ms"].append(made.cpu_ms)
        seen["bytes_ratio"].append(len(ours.body) / len(theirs.body))
    return {key: median(values) for key, values in seen.items()}
