"""The groups of attacks: each yields rows, and what must be as before comes last."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from proxy.samples import SAMPLES
from tests.attack import faults, faults_scene, herd, overload, raw_http, restart, slow, testsets, urls
from tests.attack.bombs import BOMBS, TRANSFORMATIONS
from tests.attack.groups_guarded import sign, ssrf
from tests.attack.raw import ask
from tests.attack.rows import Row, skipped
from tests.attack.slow_target import Target
from tests.attack.stage import Attacked, Options, Watch, attacked, memory
from tests.attack.url_cases import CASES, CLASSES
from tests.services.postgres import postgres_binary, postgres_running
from tests.services.s3 import S3Server, s3_running

_GENERATED, _GENERATED_QUICK = 100_000, 5_000
_STATUSES = frozenset((200, 413, 415, 422))
_MOST_SECONDS = 8.0
_AT_ONCE = 2
"""As many as the server has render workers: a file is timed, not its wait for others."""
_CLIENTS, _CLIENTS_QUICK = 5_000, 500
PHOTOGRAPH = "dandelion.jpg"
"""Of 16 megapixels, as cameras and telephones make them."""


def url_group(options: Options) -> Iterator[Row]:
    """Malformed and made-up URLs."""
    with attacked(options, "urls") as server:
        watch = Watch(server)
        for kind in CLASSES:
            cases = [case for case in CASES if case.kind == kind]
            yield _url_row(kind, urls.attack(server.base, cases))
        count = _GENERATED_QUICK if options.quick else _GENERATED
        refused, readable = urls.generated(count)
        yield _url_row(f"made up, {len(refused):,} refused", urls.attack(server.base, refused))
        outcome = urls.attack(server.base, readable)
        # To look for what they name is what a server is for.
        outcome.storage_calls, outcome.seconds = 0, []
        yield _url_row(f"made up, {len(readable):,} readable", outcome)
        yield from watch.rows("urls")


def _url_row(name: str, outcome: urls.Outcome) -> Row:
    told = ", ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items()))
    calls = f"; {outcome.storage_calls:.0f} calls" if outcome.seconds else ""
    p99 = outcome.quantile(0.99) if outcome.seconds else 0.0
    expected = "400, 401, 404, 414, 501; no call of storages; p99 below 10 ms"
    got = f"{told}{calls}" + (f"; {'; '.join(outcome.problems)}" if outcome.problems else "")
    return Row("urls", name, expected, got, seconds=p99, holds=not outcome.problems)


def http_group(options: Options) -> Iterator[Row]:
    """Strange HTTP."""
    with attacked(options, "http") as server:
        watch = Watch(server)
        yield from raw_http.attack(server.base, server.picture)
        yield from watch.rows("http")


def slow_group(options: Options) -> Iterator[Row]:
    """Slow and idle clients."""
    with attacked(options, "slow", **slow.SETTINGS) as server:
        watch = Watch(server)
        known = Target(server.base, server.picture, server.large)
        own = slow.hurried(server.base, server.picture, server.large)
        yield from slow.attack(known if options.base else own)
        yield from watch.rows("slow")


@dataclass
class _Pushed:
    """What came of the files of one kind."""

    files: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[Row] = field(default_factory=list)


def bomb_group(options: Options) -> Iterator[Row]:
    """Hostile files, laid into the folder of originals and asked for over HTTP."""
    if options.base and options.mount is None:
        yield skipped("bombs", "files", "--mount does not name the folder of the server's originals")
        return
    with attacked(options, "bombs", CALOTYPE_LIMITS__NEW_VARIANTS_PER_ASSET="0") as server:
        # Files of 20 MB, several at a time; over more rounds it stays there.
        watch = Watch(server, most_growth_bytes=256_000_000)
        names = list(BOMBS)[:: 20 if options.quick else 1]
        kinds: dict[str, list[str]] = {}
        for name in names:
            kinds.setdefault(name.split(" ")[0].rpartition(".")[2], []).append(name)
        for kind, bombs in sorted(kinds.items()):
            yield from _push(server, kind, [(name, BOMBS[name].make, BOMBS[name].expected) for name in bombs])
        if options.testsets is not None:
            for _, package, _ in testsets.SETS:
                paths = list(testsets.pictures(options.testsets / package))
                files = [(path.name, path.read_bytes, _STATUSES) for path in paths]
                yield from _push(server, f"test pictures of {package}", files)
        yield from watch.rows("bombs")


_File = tuple[str, Callable[[], bytes], frozenset[int]]


def _push(server: Attacked, kind: str, files: list[_File]) -> Iterator[Row]:
    found = _Pushed(len(files))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for rows in pool.map(lambda file: list(_push_file(server, *file)), files):
            for row in rows:
                found.statuses[int(row.got)] += 1
                found.slowest = max(found.slowest, row.seconds)
                if not row.holds:
                    found.wrong.append(row)
    told = ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items()))
    yield from found.wrong
    yield Row(
        "bombs",
        f"{kind}: {found.files} files, {len(TRANSFORMATIONS)} transformations",
        "200, 413, 415, 422, each within 8 s",
        told,
        seconds=found.slowest,
        holds=not found.wrong,
    )


def _push_file(
    server: Attacked, name: str, make: Callable[[], bytes], expected: frozenset[int]
) -> Iterator[Row]:
    """One row for each transformation. A name of its own for each file: what a server knows of one is not
    what comes of another."""
    assert server.mount is not None
    place = server.mount / f"bomb-{abs(hash((name, time.monotonic_ns())))}.jpg"
    place.write_bytes(make())
    try:
        for transformation in TRANSFORMATIONS:
            started = time.monotonic()
            answer = ask(server.base, f"/{transformation}/{place.name}")
            seconds = time.monotonic() - started
            # What time a drawing takes is a matter of the machine, and of who else works on it.
            fair = answer.status in expected or answer.code == "drawing_too_slow"
            holds = fair and seconds < _MOST_SECONDS
            told = " ".join(map(str, sorted(expected)))
            yield Row(
                "bombs", f"{name}: {transformation}", told, str(answer.status), answer.code, seconds, holds
            )
    finally:
        place.unlink(missing_ok=True)


def fault_group(options: Options) -> Iterator[Row]:
    """Neighbours that fail, before servers of our own."""
    with contextlib.ExitStack() as stack:
        s3 = stack.enter_context(
            _s3(options, "faults", lambda client, s3: faults_scene.fill(client, s3.bucket))
        )
        cases = faults.QUICK if options.quick else (*faults.QUICK, *faults.THOROUGH)
        postgres: Path | None = None
        if not options.quick and postgres_binary("postgres") is not None:
            postgres = stack.enter_context(postgres_running())
            cases = (*cases, *faults.DATABASE)
        for case in cases:
            started = time.monotonic()
            (line,) = faults.run_all(options.folder / "faults", s3, postgres, (case,))
            name, _, got = line.partition(": ")
            told = (case.__doc__ or "as the table of faults says").partition("\n")[0]
            holds = got.startswith("holds ")
            seconds = time.monotonic() - started
            yield Row("faults", name.replace("_", " "), told, got, seconds=seconds, holds=holds)


def herd_group(options: Options) -> Iterator[Row]:
    """Everybody at once, a leader that dies, and restarts under load."""
    (options.folder / "valkey").mkdir()
    rounds = 1 if options.quick else 3
    with (
        _s3(options, "herd", partial(herd.fill, rounds=rounds)) as s3,
        faults.own_valkey(options.folder / "valkey") as valkey,
    ):
        clients = _CLIENTS_QUICK if options.quick else _CLIENTS
        yield from herd.stampede(options.folder / "stampede", s3, valkey, clients=clients, rounds=rounds)
        yield from herd.leader_killed(options.folder / "leader", s3, valkey, clients=60)
    yield from restart.rolling_restart(options.folder / "restart", restarts=2 * rounds, clients=6)


def overload_group(options: Options) -> Iterator[Row]:
    """Twenty times what the server can make, beside hits."""
    settings = {"CALOTYPE_LIMITS__NEW_VARIANTS_PER_ASSET": "0"}
    with attacked(options, "overload", **settings) as server:
        watch = Watch(server)
        weigh = (lambda: memory(server.pid)) if server.pid else None
        seconds = 4.0 if options.quick else 10.0
        originals = [server.original]
        if server.mount is not None and not options.base:
            shutil.copy(SAMPLES / PHOTOGRAPH, server.mount / PHOTOGRAPH)
            originals = [PHOTOGRAPH, server.original]
        for original in originals:
            yield from asyncio.run(
                overload.attack(server.base, original=original, seconds=seconds, memory=weigh)
            )
        yield from watch.rows("overload")


@contextlib.contextmanager
def _s3(options: Options, bucket: str, fill: Callable[[Any, S3Server], None]) -> Iterator[S3Server]:
    """A real S3 server with a bucket that `fill` has filled."""
    folder = options.folder / f"s3-{bucket}"
    folder.mkdir()
    with s3_running(folder) as server, contextlib.closing(herd.administrator(server)) as client:
        made = replace(server, bucket=bucket)
        client.create_bucket(Bucket=bucket)
        fill(client, made)
        yield made


Group = Callable[[Options], Iterator[Row]]
GROUPS: dict[str, Group] = {
    "urls": url_group,
    "sign": sign,
    "ssrf": ssrf,
    "bombs": bomb_group,
    "http": http_group,
    "slow": slow_group,
    "faults": fault_group,
    "herd": herd_group,
    "overload": overload_group,
}
"""In the order in which they run; `--only` names some."""
