"""Thumbnails beside monsters: how long they wait where long renders have a lane, and where they have none."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import threading
import time
from collections.abc import Iterator

from pyvips import GValue, Image

from benchmarks import originals, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import Client, Server

COLUMNS = (
    Column("ratio", "p99 to without", 2),
    Column("p50_ms", "p50 ms", 0),
    Column("p99_ms", "p99 ms", 0),
    Column("thumbnails", "thumbnails", 0),
    Column("monsters", "monsters done", 0),
    Column("refused", "refused", 0),
)
NOTES = (
    "thumbnails of new photographs of 1 MP, one every 50 ms, while four clients ask for animations one after",
    "  the other, each foreseen to take some seconds. p99 to without: of thumbnails, to that of a server",
    "  whose long renders have no lane of their own (render.long_seconds 0), round by round.",
)
ALONE, WITHOUT, WITH = "thumbnails alone", "beside monsters, no lanes", "beside monsters, lanes"
_MONSTERS = 4
_PAUSE_SECONDS = 0.05
_UNDER_WAY_SECONDS = 1.0
_FRAMES, _SIDE = 60, 480


def measure(options: Options) -> Table:
    """A row for each server with monsters, and one without any."""
    count = options.most(60, 15)
    pictures = _pictures(count * 3 * (options.rounds + 1))
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        running = {
            name: stack.enter_context(
                server.calotype(
                    server.scratch(options.folder, f"lanes/{seconds}"),
                    pictures,
                    {"RENDER__LONG_SECONDS": seconds, "RENDER__WORKERS": "2"},
                )
            )
            for name, seconds in ((WITHOUT, "0"), (WITH, "0.5"))
        }
        names = {one.port: itertools.count() for one in running.values()}
        widths = {one.port: itertools.count(200) for one in running.values()}
        for number in range(options.rounds):
            tell(f"lanes: round {number + 1} of {options.rounds}")
            one = running[WITH]
            rounds.add(ALONE, _thumbnails(one, names[one.port], count))
            for name, one in running.items():
                with _monsters(one, widths[one.port]) as done:
                    found = _thumbnails(one, names[one.port], count)
                rounds.add(name, found | {"monsters": len(done)})
    rows = tuple(Row(name, _row(name, rounds)) for name in (ALONE, WITHOUT, WITH))
    return Table("lanes", "thumbnails beside renders that take seconds", COLUMNS, rows, NOTES)


def _pictures(count: int) -> dict[str, bytes]:
    photograph = originals.dandelion(progressive=False, width=1200, height=800)
    thumbnails = {f"{number}.jpg": originals.distinct(photograph, number) for number in range(count)}
    return thumbnails | {"monster.gif": _film(Image.new_from_buffer(photograph, ""))}


def _film(photograph: Image) -> bytes:
    frame = photograph.thumbnail_image(_SIDE).copy_memory()
    turned = [frame.rot("d180") if number % 2 else frame for number in range(_FRAMES)]
    strip = Image.arrayjoin(turned, across=1).copy_memory().copy()
    strip.set_type(GValue.gint_type, "page-height", frame.height)
    body: bytes = strip.gifsave_buffer(effort=1)
    return body


@contextlib.contextmanager
def _monsters(running: Server, widths: Iterator[int]) -> Iterator[list[int]]:
    """Clients that ask for another monster as soon as they have one, until the block ends; a 1 for each."""
    done: list[int] = []
    over = threading.Event()

    def ask() -> None:
        with contextlib.closing(Client(running)) as client:
            while not over.is_set():
                if client.get(f"/w_{next(widths)},f_gif/monster.gif").status == 200:
                    done.append(1)
                else:
                    time.sleep(_UNDER_WAY_SECONDS)

    threads = [threading.Thread(target=ask) for _ in range(_MONSTERS)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(_UNDER_WAY_SECONDS)
        yield done
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _thumbnails(running: Server, numbers: Iterator[int], count: int) -> dict[str, float]:
    """Each on its own time, whether the one before has been answered or not."""
    taken: list[float] = []
    refused: list[int] = []

    def ask(number: int) -> None:
        with contextlib.closing(Client(running)) as client:
            answer = client.get(f"/w_150,f_jpg/{number}.jpg")
        (taken.append(answer.seconds * 1000) if answer.status == 200 else refused.append(answer.status))

    threads = []
    for number in itertools.islice(numbers, count):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        time.sleep(_PAUSE_SECONDS)
    for thread in threads:
        thread.join()
    told = {"thumbnails": float(len(taken)), "refused": float(len(refused))}
    if len(taken) < 2:
        return told
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return told | {"p50_ms": cuts[49], "p99_ms": cuts[98]}


def _row(name: str, rounds: Rounds) -> dict[str, tuple[float, ...]]:
    found = {key: tuple(values) for key, values in rounds.samples[name].items()}
    if name == WITHOUT:
        return found
    return found | {"ratio": ratios(found["p99_ms"], rounds.samples[WITHOUT]["p99_ms"])}
