"""Pictures nobody has asked for: the whole server, bare pyvips, thumbor and IPX on the same photographs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

from pyvips import Image

from benchmarks import originals, peers, processes, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.quality import score
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Renderer, Server
from transforms.output import OutputDefaults

COLUMNS = (
    Column("ratio", "ours to it", 2),
    Column("cpu_ms", "CPU ms", 1),
    Column("p50", "p50 ms", 1),
    Column("most", "slowest ms", 0),
    Column("kilobytes", "kB", 1),
    Column("score", "SSIMULACRA2", 1),
)
NOTES = (
    "ours to it: CPU time of all of Calotype's processes for a picture of about w_300, to that of the other",
    "  side for the same picture. Each side at its own defaults; bare pyvips with our options and settings,",
    "  thumbor with AVIF_SPEED 8. kB and SSIMULACRA2, to the full decode: means.",
    "mixed: five photographs of 1 to 16 megapixels, each as a baseline and as a progressive JPEG.",
)
OURS, BARE, THUMBOR, IPX = "Calotype", "bare pyvips", "thumbor", "IPX"
_SETTLE_SECONDS = 0.05
_FIRST_WIDTH = 292
_LEAST_PIXELS = 1_000_000
_THUMBOR = {"AVIF_SPEED": 8}
_ANY_HEIGHT = 10_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for: a format, and the kinds of originals it is made of."""

    name: str
    format: str
    kinds: Sequence[str] = ("baseline", "progressive")


CASES = (
    Case("JPEG, baseline", "jpg", ("baseline",)),
    Case("JPEG, progressive", "jpg", ("progressive",)),
    Case("JPEG, mixed", "jpg"),
    Case("WebP, mixed", "webp"),
    Case("AVIF, mixed", "avif"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """One picture by one side; CPU is told only by the side that counts its own."""

    body: bytes
    seconds: float
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Side:
    """Whoever makes pictures: of an original's name and path, a format and a width."""

    make: Callable[[str, str, int], Made]
    cpu_seconds: Callable[[], Mapping[str, float]] = field(default=dict)


def measure(options: Options) -> Table:
    """A row for each case and side."""
    pictures = _originals()
    files = options.folder / "cold" / "files"
    originals.write(files, pictures)
    rounds, last = Rounds(), _FIRST_WIDTH + options.rounds * len(CASES)
    with contextlib.ExitStack() as stack:
        sides = dict(_sides(options, stack, files, pictures))
        for name, side in sides.items():
            _warm(name, side, pictures)
        for number in range(options.rounds):
            tell(f"cold: round {number + 1} of {options.rounds}")
            for case in CASES:
                names = [name for name in pictures if name.startswith(tuple(case.kinds))]
                for name, side in sides.items():
                    # Another width each time: nobody has it yet.
                    width = last - number * len(CASES) - CASES.index(case)
                    rounds.add(f"{case.name}: {name}", _round(side, case.format, names, width, files))
    rows = tuple(Row(name, _row(name, rounds)) for name in _order(rounds, sides))
    missing = tuple(f"{side}: {peers.MISSING}" for side in (THUMBOR, IPX) if side not in sides)
    return Table("cold", "new pictures of about w_300", COLUMNS, rows, (*NOTES, *missing))


def _originals() -> dict[str, bytes]:
    """Five photographs, each in both kinds."""
    found = {}
    for name, data in originals.photographs().items():
        image = Image.new_from_buffer(data, "")
        if image.width * image.height >= _LEAST_PIXELS:
            found[f"progressive-{name}"] = data
            found[f"baseline-{name}"] = originals.again(image, progressive=False)
    return found


def _sides(
    options: Options, stack: contextlib.ExitStack, files: Path, pictures: Mapping[str, bytes]
) -> Iterator[tuple[str, Side]]:
    def scratch(name: str) -> Path:
        return server.scratch(options.folder, f"cold/{name}")

    ours = stack.enter_context(server.calotype(scratch("ours"), pictures))
    yield OURS, _asked(stack, ours, "/w_{width},f_{format}/{name}")
    yield BARE, _bare(stack.enter_context(server.renderer()), files)
    if peers.program("thumbor"):
        running = stack.enter_context(peers.thumbor(scratch("thumbor"), files, _THUMBOR))
        yield THUMBOR, _asked(stack, running, "/unsafe/{width}x0/filters:format({format})/{name}")
    if peers.program("ipx"):
        running = stack.enter_context(peers.ipx(scratch("ipx"), files))
        yield IPX, _asked(stack, running, "/f_{format},w_{width}/{name}")


def _asked(stack: contextlib.ExitStack, running: Server, path: str) -> Side:
    client = stack.enter_context(contextlib.closing(Client(running)))

    def make(name: str, format: str, width: int) -> Made:
        answer = client.picture(path.format(name=name, format=format, width=width))
        return Made(answer.body, answer.seconds)

    return Side(make, running.cpu_seconds)


def _bare(renderer: Renderer, files: Path) -> Side:
    defaults = OutputDefaults()

    def make(name: str, format: str, width: int) -> Made:
        kept = files.parent / "bare"
        quality = defaults.quality_for(format)
        told = renderer.render("bare", files / name, format=format, width=width, quality=quality, kept=kept)
        return Made(kept.read_bytes(), told["ms"] / 1000, told["cpu_ms"] / 1000)

    return Side(make)


def _warm(name: str, side: Side, pictures: Mapping[str, bytes]) -> None:
    """Every original is known, and what each format takes is loaded."""
    tell(f"cold: {name} gets ready")
    for original in pictures:
        side.make(original, "jpg", _FIRST_WIDTH - 1)
    for format in ("webp", "avif"):
        side.make(next(iter(pictures)), format, _FIRST_WIDTH - 1)


def _round(side: Side, format: str, names: Sequence[str], width: int, files: Path) -> dict[str, float]:
    """Each original once; means for one picture."""
    before = side.cpu_seconds()
    made = {name: side.make(name, format, width) for name in names}
    time.sleep(_SETTLE_SECONDS)
    used = sum(processes.spent(before, side.cpu_seconds()).values())
    used += sum(each.cpu_seconds for each in made.values())
    return {
        "cpu_ms": used * 1000 / len(made),
        "p50": median(each.seconds for each in made.values()) * 1000,
        "most": max(each.seconds for each in made.values()) * 1000,
        "kilobytes": fmean(len(each.body) for each in made.values()) / 1000,
        "score": fmean(_score(each.body, files / name) for name, each in made.items()),
    }


def _score(body: bytes, original: Path) -> float:
    """How like the original, decoded in full and then scaled to the same size, it looks."""
    image = Image.new_from_buffer(body, "").colourspace("srgb")
    whole = Image.new_from_file(str(original)).colourspace("srgb")
    scales = {"vscale": image.height / whole.height, "kernel": "lanczos3"}
    return score(whole.resize(image.width / whole.width, **scales).copy_memory(), image.copy_memory())


def _order(rounds: Rounds, sides: Mapping[str, Side]) -> Iterator[str]:
    return (f"{case.name}: {side}" for case in CASES for side in sides)


def _row(name: str, rounds: Rounds) -> dict[str, tuple[float, ...]]:
    measured = {key: tuple(values) for key, values in rounds.samples[name].items()}
    case, _, side = name.rpartition(": ")
    if side == OURS:
        return measured
    ours = rounds.samples[f"{case}: {OURS}"]
    return measured | {"ratio": ratios(ours["cpu_ms"], measured["cpu_ms"])}
