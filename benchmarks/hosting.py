"""Uploads by size, with render workers idle and busy, beside a bare handler that writes a file; and jobs."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyvips import Image

from benchmarks import originals, server
from benchmarks.group import Options, Rounds, tell
from benchmarks.report import Column, Row, Table, ratios
from benchmarks.server import HERE, Client, Server

COLUMNS = (
    Column("ratio", "p50 to bare", 1),
    Column("p50_ms", "p50 ms", 1),
    Column("p99_ms", "p99 ms", 1),
    Column("rate", "a second", 1),
    Column("bytes", "bytes", 0),
)
NOTES = (
    "bare: a plain aiohttp handler that writes the same body into a file, with fsync of file and folder. The",
    "  server hashes it too, has a worker look at its pixels, and writes it down in the database.",
    "busy: beside it two connections ask for renditions that nobody has asked for.",
    "p99 is the slowest of few. One connection, one upload at a time; no eager sizes but in the last rows.",
)
_SIZES = {"1 MB": 1_000_000, "5 MB": 5_000_000, "20 MB": 20_000_000}
_UPLOADS = {"1 MB": 20, "5 MB": 12, "20 MB": 6}
_LOOKUPS = 200
_JOBS_UPLOADS = 24
_KEY = [{"key": "benchmark", "secret": "a-secret-of-benchmarks", "scopes": ["read", "upload", "delete"]}]
_SETTINGS = {"HOSTING__KEYS": json.dumps(_KEY), "SERVER__WORKERS": "1"}
_AUTHORIZED = {"Authorization": "Bearer a-secret-of-benchmarks", "Content-Type": "image/jpeg"}
_JOBS_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Sender:
    """A kept connection that sends what was never sent before."""

    connection: http.client.HTTPConnection
    numbers: Iterator[int]

    def upload(self, picture: bytes) -> tuple[float, bytes]:
        """The seconds, and the answer; RuntimeError for one that is no success."""
        body = originals.distinct(picture, next(self.numbers))
        return self.ask("POST", "/api/v1/images", body)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[float, bytes]:
        started = time.perf_counter()
        self.connection.request(method, path, body, _AUTHORIZED)
        response = self.connection.getresponse()
        answer = response.read()
        seconds = time.perf_counter() - started
        if response.status not in (200, 201):
            raise RuntimeError(f"{path}: {response.status} {answer[:300].decode(errors='replace')}")
        return seconds, answer


def measure(options: Options) -> Table:
    """A row for each size and each side; then lookups, and the jobs behind uploads."""
    pictures = {name: _picture(size) for name, size in _SIZES.items()}
    rounds, numbers = Rounds(), itertools.count(1)
    quiet = _SETTINGS | {"HOSTING__EAGER": "{}"}
    photograph = {"dandelion.jpg": originals.dandelion(progressive=False, width=1600, height=900)}
    with contextlib.ExitStack() as stack:
        folder = server.scratch(options.folder, "hosting")
        running = stack.enter_context(server.calotype(folder, photograph, quiet))
        bare = stack.enter_context(_bare(server.scratch(options.folder, "bare-uploads")))
        for round in range(options.rounds):
            tell(f"hosting: round {round + 1} of {options.rounds}")
            for name, picture in pictures.items():
                count = options.most(_UPLOADS[name], 4)
                for side, at in (("bare", bare), ("idle", running)):
                    rounds.add(f"{name}, {side}", _uploads(at, picture, count, numbers))
                with _rendering(running, round):
                    rounds.add(f"{name}, busy", _uploads(running, picture, count, numbers))
            rounds.add("a look at one, /api/v1", _lookups(running, pictures["1 MB"], numbers))
    for round in range(options.rounds):
        rounds.add("jobs: uploads with 8 eager sizes", _jobs(options, pictures["1 MB"], numbers, round))
    return Table("hosting", "uploads of JPEGs, one at a time", COLUMNS, tuple(_rows(rounds)), NOTES)


def _uploads(at: Server, picture: bytes, count: int, numbers: Iterator[int]) -> Mapping[str, float]:
    with _sender(at, numbers) as sender:
        sender.upload(picture)
        seconds = [sender.upload(picture)[0] for _ in range(count)]
    return _told(seconds) | {"bytes": len(picture)}


def _lookups(at: Server, picture: bytes, numbers: Iterator[int]) -> Mapping[str, float]:
    with _sender(at, numbers) as sender:
        public_id = json.loads(sender.upload(picture)[1])["public_id"]
        return _told([sender.ask("GET", f"/api/v1/images/{public_id}")[0] for _ in range(_LOOKUPS)])


def _jobs(options: Options, picture: bytes, numbers: Iterator[int], round: int) -> Mapping[str, float]:
    """Renditions a second, from the first upload until nothing is left to be done."""
    folder = server.scratch(options.folder, f"jobs-{round}")
    count = options.most(_JOBS_UPLOADS, 4)
    with server.calotype(folder, {}, _SETTINGS | {"HOSTING__INLINE_WORKERS": "2"}) as running:
        with _sender(running, numbers) as sender:
            started = time.perf_counter()
            seconds = [sender.upload(picture)[0] for _ in range(count)]
        while _done(running) < count:
            if time.perf_counter() - started > _JOBS_SECONDS:
                raise RuntimeError("the jobs behind uploads do not come to an end")
            time.sleep(0.05)
        rate = 8 * count / (time.perf_counter() - started)
    return _told(seconds) | {"rate": rate, "bytes": len(picture)}


def _done(running: Server) -> float:
    return running.metric("calotype_jobs_total", kind="eager", result="done")


def _told(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    last = len(ordered) - 1
    found = {f"p{percent}_ms": ordered[round(last * percent / 100)] * 1000 for percent in (50, 99)}
    return found | {"rate": len(ordered) / sum(ordered)}


@contextlib.contextmanager
def _sender(at: Server, numbers: Iterator[int]) -> Iterator[_Sender]:
    with contextlib.closing(http.client.HTTPConnection(HERE, at.port, timeout=120)) as connection:
        yield _Sender(connection, numbers)


@contextlib.contextmanager
def _bare(folder: Path) -> Iterator[Server]:
    with server.program("benchmarks.bare_uploads") as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{folder}\n".encode())
        process.stdin.flush()
        yield Server(process.pid, int(process.stdout.readline()))


@contextlib.contextmanager
def _rendering(at: Server, round: int) -> Iterator[None]:
    """Render workers that have something to do until the block ends."""
    enough = threading.Event()
    widths = itertools.count(100 + round)

    def ask() -> None:
        with contextlib.closing(Client(at)) as client:
            while not enough.is_set():
                width, quality = divmod(next(widths), 60)
                client.get(f"/w_{300 + width},q_{30 + quality},f_webp/dandelion.jpg")

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join(60)


def _picture(size: int) -> bytes:
    """A photograph that is about so many bytes as a JPEG: stretched, and with the noise of a sensor."""
    photograph = Image.new_from_buffer((originals.SAMPLES / "dandelion.jpg").read_bytes(), "")
    pixels = size / 0.8
    for _ in range(3):
        scale = (pixels / (photograph.width * photograph.height)) ** 0.5
        large = photograph.resize(scale)
        noise = Image.gaussnoise(large.width, large.height, sigma=9)
        body: bytes = (large + noise).cast("uchar").jpegsave_buffer(Q=90, keep="none")
        if 0.95 < len(body) / size < 1.05:
            break
        pixels *= size / len(body)
    return body


def _rows(rounds: Rounds) -> Iterator[Row]:
    for name, values in rounds.samples.items():
        samples = {key: tuple(each) for key, each in values.items()}
        bare = rounds.samples.get(f"{name.partition(',')[0]}, bare")
        yield Row(name, samples | ({"ratio": ratios(values["p50_ms"], bare["p50_ms"])} if bare else {}))
