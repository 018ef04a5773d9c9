"""The page about speed: its charts, its tables, and what is said of the goals. Never how fast anything is."""

from __future__ import annotations

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import charts, goals, page, peers, pictures, report
from benchmarks.__main__ import GROUPS, main
from benchmarks.charts import Bar, Chart
from benchmarks.goals import GOALS, Goal
from benchmarks.group import Group, Options, TookTooLong, within
from benchmarks.report import Column, Row, Run, Table

SVG = "{http://www.w3.org/2000/svg}"
GOAL = Goal("half of it", "hits", "memory", "ratio", most=0.5, moonshot=0.25)


def hits(*ratio: float) -> Table:
    return Table(
        "hits", "hits", (Column("ratio", "to it", 2),), (Row("memory", {"ratio": ratio}),), ("a note",)
    )


def run(date: str, *tables: Table, quick: bool = False) -> Run:
    return Run({"date": date, "commit": "abc1234", "quick": quick}, tables)


def bars(drawing: str) -> list[float]:
    root = ElementTree.fromstring(drawing)
    return [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")]


def test_bars_begin_at_zero_and_are_as_long_as_their_numbers() -> None:
    chart = Chart(
        "a < b & c", "ms", [Bar("one", 50, 40, 60), Bar("two", 100, 100, 100), Bar("none", 0, 0, 0)]
    )
    one, two, none = bars(charts.svg(chart))

    assert two == pytest.approx(2 * one, abs=0.2)
    assert 1 == none


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, (1, 1)), (100, (20, 100)), (101, (25, 125)), (0.037, (0.01, 0.04)), (63_000, (20_000, 80_000))],
)
def test_grid_ends_at_a_round_number_beyond_the_longest_bar(
    most: float, expected: tuple[float, float]
) -> None:
    assert pytest.approx(expected) == charts._scale(most)


@pytest.mark.parametrize(
    ("measured", "expected"),
    [((), "not measured"), ((0.2, 0.9, 0.1), "moonshot"), ((0.5,), "met"), ((0.51,), "missed")],
)
def test_verdict_is_by_the_median(measured: tuple[float, ...], expected: str) -> None:
    assert expected == goals.verdict(GOAL, measured)


def test_goals_are_told_of_the_groups_that_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Goal("another", "rows", "memory", "ratio", 1, 1)
    monkeypatch.setattr(goals, "GOALS", (GOAL, other))
    expected = [
        "goals",
        "",
        "            measured   goal  moonshot",
        "half of it      0.40  ≤ 0.5    ≤ 0.25  met",
    ]

    assert expected == list(goals.lines([hits(0.4)]))


def test_goals_and_charts_are_of_groups_that_there_are() -> None:
    assert {goal.group for goal in GOALS} | {
        group for group, _ in pictures.PICTURES.values()
    } <= GROUPS.keys()


def test_page_shows_every_chart_and_has_the_marks_of_every_chart() -> None:
    text = page.PAGE.read_text()
    groups = {"goals", "settings", "sizes", "facts", *(group for group, _ in pictures.PICTURES.values())}
    missing = [name for name in pictures.PICTURES if f"(charts/{name}.svg)" not in text]
    missing += [
        name for name in groups if f"<!-- {name} -->\n" not in text or f"<!-- /{name} -->" not in text
    ]

    assert [] == missing


def test_page_changes_between_its_marks_only() -> None:
    text = "before\n<!-- hits -->\nold\n<!-- /hits -->\nafter <!-- cold -->\n"

    assert "before\n<!-- hits -->\n\n\\1 new\n<!-- /hits -->\nafter <!-- cold -->\n" == page.write(
        text, [("hits", "\\1 new"), ("rows", "x")]
    )


def test_page_takes_the_newest_table_of_each_group() -> None:
    found = page.newest([run("2026-03-02", hits(2.0)), run("2026-03-01", hits(1.0), Table("x", "", (), ()))])

    assert {"hits": "2026-03-02", "x": "2026-03-01"} == {
        group: told.facts["date"] for group, (told, _) in found.items()
    }


def test_page_takes_no_quick_run_and_nothing_that_is_none(tmp_path: Path) -> None:
    report.save(run("2026-03-01T00:00:00", hits(1.0)), tmp_path)
    report.save(run("2026-03-02T00:00:00", hits(2.0), quick=True), tmp_path)
    (tmp_path / "other.json").write_text("[]")

    assert ["2026-03-01T00:00:00"] == [told.facts["date"] for told in page.kept(tmp_path)]


def test_page_and_charts_are_written(tmp_path: Path) -> None:
    rows = (
        Row("nginx, proxy_cache", {"cpu_us": (10.0, 12.0)}),
        Row("memory, no access log", {"cpu_us": (9.0, 10.0), "to_cache": (0.9, 0.83)}),
    )
    kept = report.save(run("2026-03-01T00:00:00", Table("hits", "hits", (), rows)), tmp_path)
    text = tmp_path / "page.md"
    text.write_text("<!-- goals -->\n<!-- /goals -->\n<!-- hits -->\n<!-- /hits -->\n")
    done = page.main([str(kept), "--page", str(text), "--charts", str(tmp_path / "charts")])

    assert (0, ["hot-hit.svg"]) == (done, [path.name for path in (tmp_path / "charts").iterdir()])
    assert "| hot hit, to nginx proxy_cache | 0.86 (0.83–0.90) | ≤ 1 | ≤ 0.8 | met |" in text.read_text()
    assert 2 == len(bars((tmp_path / "charts" / "hot-hit.svg").read_text()))


@pytest.mark.parametrize(
    ("column", "expected"), [("to_cache", "nginx's proxy_cache"), ("ratio", "a bare aiohttp handler")]
)
def test_chart_says_what_it_compares_with(column: str, expected: str) -> None:
    rows = (Row("memory, no access log", {"cpu_us": (9.0,), column: (0.5,)}),)
    chart = pictures.hot_hit({"hits": Table("hits", "hits", (), rows)})

    assert f"A hot hit costs 0.50 times the CPU of {expected}" == chart.title


def test_block_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TookTooLong, match="not done in"), within(0.05):
        time.sleep(10)


def test_group_that_fails_keeps_no_other_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails(options: Options) -> Table:
        raise RuntimeError("it broke")

    monkeypatch.setitem(GROUPS, "rows", Group(fails, 5))
    monkeypatch.setitem(GROUPS, "hits", Group(lambda options: hits(1.0), 5))
    monkeypatch.setattr("sys.argv", ["benchmarks", "rows", "hits", "--save", str(tmp_path)])
    done, told = main(), capsys.readouterr()

    assert (1, True, True) == (done, "it broke" in told.err, "rows: failed" in told.out)
    assert ["hits"] == [table.group for table in report.load(next(tmp_path.glob("*.json"))).tables]


def test_peer_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALOTYPE_PEERS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(peers, "_SYSTEM", str(tmp_path))

    assert {"nginx": "absent", "thumbor": "absent", "ipx": "absent"} == peers.versions()
    message = "thumbor: not installed: make bench-peers"
    with pytest.raises(FileNotFoundError, match=message), peers.thumbor(tmp_path, tmp_path):
        pass
