"""Metrics: one truth over several processes. Each test counts in processes of its own, as the server does."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from proxy.metrics_table import METRICS

START = "import os, sys; from pathlib import Path; from proxy import counters, metrics; "


def run(folder: Path | None, code: str) -> str:
    """What `code` prints in a process of its own that counts in `folder`."""
    env = {key: value for key, value in os.environ.items() if key != "PROMETHEUS_MULTIPROC_DIR"}
    if folder is not None:
        env["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", START + code], env=env, check=True, capture_output=True, text=True
    ).stdout


def exposition(folder: Path) -> list[str]:
    return run(folder, "print(counters.exposition().decode())").splitlines()


def test_processes_are_counted_together(tmp_path):
    for _ in range(2):
        run(tmp_path, "metrics.count_request('deliver', 200, 0.02); metrics.count_cache('memory', 'hit')")

    lines = exposition(tmp_path)

    assert 'calotype_requests_total{route="deliver",status="200"} 2.0' in lines
    assert 'calotype_cache_total{result="hit",tier="memory"} 2.0' in lines
    assert 'calotype_request_seconds_bucket{le="0.025",route="deliver"} 2.0' in lines
    assert 'calotype_request_seconds_bucket{le="0.01",route="deliver"} 0.0' in lines


def test_what_is_counted_later_is_told_by_the_time_that_it_took(tmp_path):
    """The times of the short way: a hit that was read from Redis takes longer than the least bound."""
    code = """
import asyncio, time
from proxy.tally import Tally
metrics.configure(enabled=True, buckets=[0.01, 0.1, 1])
async def main():
    tally = Tally(access=False)
    for seconds in (0, 0.05, 0.06, 5):
        tally.add(200, "redis", b"id", time.perf_counter() - seconds, None)
    tally.flush()
asyncio.run(main())
"""
    run(tmp_path, f"exec({code!r})")
    lines = exposition(tmp_path)
    found = [
        re.search(
            rf'request_seconds_bucket{{le="{re.escape(bound)}",route="deliver"}} (.*)', "\n".join(lines)
        )[1]
        for bound in ("0.01", "0.1", "1.0", "+Inf")
    ]

    assert ["1.0", "3.0", "3.0", "4.0"] == found
    assert 'calotype_cache_total{result="hit",tier="redis"} 4.0' in lines
    assert 'calotype_cache_total{result="miss",tier="memory"} 4.0' in lines


def test_a_process_that_ended_leaves_its_counts_but_not_its_gauges(tmp_path):
    code = "metrics.set_render_queue(depth=3, busy=2); metrics.count_coalesced('process'); print(os.getpid())"
    pids = [run(tmp_path, code).strip() for _ in range(2)]
    run(tmp_path, f"counters.process_gone({pids[0]})")

    lines = exposition(tmp_path)

    assert "calotype_render_queue_depth 3.0" in lines
    assert "calotype_render_busy 2.0" in lines
    assert 'calotype_coalesced_total{scope="process"} 2.0' in lines


def test_redis_is_up_when_it_is_up_for_all(tmp_path):
    for up in (True, False):
        run(tmp_path, f"metrics.set_redis_up({up})")

    assert "calotype_redis_up 0.0" in exposition(tmp_path)


def test_rare_events_are_there_before_the_first(tmp_path):
    run(tmp_path, "metrics.configure(enabled=True, buckets=[1])")

    lines = exposition(tmp_path)

    assert 'calotype_coalesced_total{scope="instances"} 0.0' in lines
    assert 'calotype_render_worker_restarts_total{reason="died"} 0.0' in lines
    assert "calotype_render_queue_depth 0.0" in lines


def test_the_supervisor_starts_from_nothing(tmp_path):
    run(tmp_path, "metrics.count_coalesced('process')")
    (tmp_path / "note.txt").write_text("kept")

    told = run(
        None, f"counters.prepare(Path({str(tmp_path)!r})); print(os.environ['PROMETHEUS_MULTIPROC_DIR'])"
    )

    assert (str(tmp_path), ["note.txt"]) == (told.strip(), [file.name for file in tmp_path.iterdir()])


def test_one_process_alone_needs_no_folder():
    told = run(None, "metrics.count_render('avif', 'ok', 0.3); print(counters.exposition().decode())")

    assert 'calotype_renders_total{format="avif",outcome="ok"} 1.0' in told.splitlines()


def test_nothing_is_counted_when_it_is_off(tmp_path):
    run(tmp_path, "metrics.configure(enabled=False, buckets=[1]); metrics.count_request('deliver', 200, 1)")

    assert [] == list(tmp_path.iterdir())


def test_buckets_are_those_of_the_settings(tmp_path):
    run(
        tmp_path,
        "metrics.configure(enabled=True, buckets=[0.5, 2]); metrics.count_request('deliver', 200, 1)",
    )

    bounds = [match[1] for line in exposition(tmp_path) if (match := re.search(r'le="([^"]+)"', line))]

    assert ["0.5", "2.0", "+Inf"] == bounds


def test_the_version_is_told_once_for_all_processes(tmp_path):
    for _ in range(2):
        run(tmp_path, "metrics.configure(enabled=True, buckets=[1])")

    told = [line for line in exposition(tmp_path) if line.startswith("calotype_build_info{")]

    assert [f'calotype_build_info{{version="{version("calotype")}"}} 1.0'] == told


def test_labels_cannot_fill_the_memory(tmp_path):
    code = (
        "[metrics.count_coalesced(f'scope {n}') for n in range(6000)]; print(len(counters._state.children))"
    )

    assert 5001 == int(run(None, code))


def test_every_metric_is_told_and_counted():
    code = (
        "metrics.count_request('deliver', 200, 1); metrics.count_cache('memory', 'hit');"
        "metrics.count_render('jpg', 'ok', 1); metrics.count_origin_read('default', 'ok');"
        "metrics.count_origin_stat('default', 'ok'); metrics.count_coalesced('process');"
        "metrics.count_metadata_failure('recall'); metrics.count_look('faces', 'looked');"
        "metrics.count_second_encode('jpg', 'made'); metrics.count_short_way(200, 1);"
        "metrics.count_fetch('ok'); metrics.set_origin_breaker('default', False);"
        "metrics.set_sandbox('seccomp', True); metrics.count_poison('death');"
        "metrics.count_purge('log', 'acknowledged'); metrics.set_oldest_purge(0);"
        "metrics.count_upload('stored', 1, 0.1); metrics.count_job('eager', 'done');"
        "metrics.set_jobs(0, 0); metrics.set_render_lane('long', 1); metrics.compare_render_cost(1, 2);"
        "metrics.count_worker_restart('died'); metrics.set_render_queue(depth=0, busy=0);"
        "metrics.set_redis_up(True); metrics.configure(enabled=True, buckets=[1]);"
        "print(counters.exposition().decode())"
    )

    shown = set(re.findall(r"^# TYPE (\S+?)(?:_total)? ", run(None, code), re.MULTILINE))

    assert set(METRICS) == {name for name in shown if not name.endswith("_created")}


CONFIGURE = "metrics.configure(enabled=True, buckets=[1.0]); "


def test_the_files_have_their_room_on_the_disk_before_anything_is_counted(tmp_path):
    # A page of a mapped file that a full disk has no room for kills whoever writes to it.
    run(tmp_path, CONFIGURE + "metrics.count_request('deliver', 200, 0.02); metrics.set_redis_up(True)")
    files = [path.stat() for path in tmp_path.iterdir()]

    assert len(files) == 5
    assert all(file.st_blocks * 512 >= file.st_size >= 256 * 1024 for file in files)


def test_a_full_disk_costs_the_sum_not_the_process(tmp_path):
    full = "import errno; full = OSError(errno.ENOSPC, 'No space left on device'); "
    refuse = "os.posix_fallocate = lambda *_: (_ for _ in ()).throw(full); "
    count = "metrics.count_request('deliver', 200, 0.02); print(counters.exposition().decode())"

    assert 'calotype_requests_total{route="deliver",status="200"} 1.0' in run(
        tmp_path, full + refuse + CONFIGURE + count
    )
    assert [] == list(tmp_path.iterdir())
