"""The runner of attacks sees what it is there to see."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks import processes
from tests.attack import __main__ as runner
from tests.attack.raw import ask
from tests.attack.rows import Row, skipped
from tests.attack.stage import PICTURE, Options, Watch, own_server


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not check():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def server_answers(base: str) -> bool:
    with suppress(OSError):
        return ask(base, PICTURE).status == 200
    return False


def fine(options: Options) -> Iterator[Row]:
    yield Row("urls", "a case", "400", "400", "invalid_url", 0.25)
    yield skipped("urls", "another", "there is nothing to try it on")


def wrong(options: Options) -> Iterator[Row]:
    yield Row("http", "a case", "400", "200", holds=False)


def broken(options: Options) -> Iterator[Row]:
    yield Row("slow", "a case", "400", "400")
    raise OSError("no server")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    groups = {"urls": fine, "http": wrong, "slow": broken}
    monkeypatch.setattr(runner, "GROUPS", groups)
    monkeypatch.setattr("sys.argv", ["attack", *arguments])
    return runner.main()


@pytest.mark.parametrize(
    ("only", "status"), [("urls", 0), ("http", 1), ("slow", 1), ("urls|http", 1), ("", 1)]
)
def test_the_status_tells_whether_all_holds(monkeypatch: pytest.MonkeyPatch, only: str, status: int) -> None:
    assert status == run(monkeypatch, *(("--only", only) if only else ()))


def test_rows_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run(monkeypatch, "--json", str(tmp_path / "rows.json"))

    rows = json.loads((tmp_path / "rows.json").read_text())["rows"]
    assert ["holds", "skipped", "FAILS", "holds", "FAILS"] == [row["verdict"] for row in rows]
    assert "OSError: no server" == rows[-1]["got"]


def test_a_group_that_there_is_not_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, "--only", "urls|bogus")

    assert "no such group: bogus; there are urls, http, slow" in capsys.readouterr().err


def test_what_an_attack_leaves_behind_is_seen(tmp_path: Path) -> None:
    with own_server(tmp_path / "server") as server:
        watch = Watch(server, settling_seconds=1.0)
        before = {row.name: row.verdict for row in watch.rows("x")}
        assert server.scratch is not None
        (server.scratch / "left").touch()
        (web,) = (pid for pid in processes.tree(server.pid) if processes.role(pid) == "http")
        os.kill(web, signal.SIGKILL)
        eventually(lambda: web not in processes.tree(server.pid))
        eventually(lambda: server_answers(server.base))
        after = {row.name for row in watch.rows("x") if not row.holds}

    assert {"holds"} == set(before.values())
    assert {"processes", "temporary files"} == after
