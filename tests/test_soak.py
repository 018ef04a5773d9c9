"""What a soak calls growth."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.soak import Sample, temporary_files, verdicts
from benchmarks.soak_chart import Line, svg
from origin.storage.filesystem import UNFINISHED

HOUR = 3600


def samples(*, megabytes_an_hour: float = 0.0, descriptors_an_hour: float = 0.0) -> list[Sample]:
    """An hour, with a warming up in which everything doubles."""
    found = []
    for at in range(0, HOUR + 1, 60):
        hours, warming = at / HOUR, 1 if at >= HOUR / 4 else 0.5
        share = 100 * warming + megabytes_an_hour * hours + at % 7
        found.append(
            Sample(at, {"http": share}, share, share, int(80 * warming + descriptors_an_hour * hours), 0)
        )
    return found


@pytest.mark.parametrize(
    ("grown", "growing"),
    [
        (samples(), []),
        (samples(megabytes_an_hour=15), []),
        (samples(megabytes_an_hour=40), ["http MB", "server MB"]),
        (samples(descriptors_an_hour=20), ["descriptors"]),
        (samples(megabytes_an_hour=-200, descriptors_an_hour=-50), []),
    ],
)
def test_what_grows_after_warming_up_is_told(grown: list[Sample], growing: list[str]) -> None:
    found = verdicts(grown, warm=HOUR / 4)

    assert [each.what for each in found if not each.well] == growing


def test_a_slope_is_told_by_the_hour() -> None:
    http = verdicts(samples(megabytes_an_hour=40), warm=HOUR / 4)[0]

    assert http.per_hour == pytest.approx(40, abs=1)


def test_temporary_files_are_those_of_the_server_alone(tmp_path: Path) -> None:
    for name in ("tmp/a", "data/staging/deep/b", f"data/derived/v/{UNFINISHED}c", "data/derived/v/d", "e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert sorted(path.name for path in temporary_files(tmp_path)) == [f"{UNFINISHED}c", "a", "b"]


def test_a_chart_has_a_line_for_each_that_is_within_it() -> None:
    lines = [Line("server & all", [10.0, 240.0]), Line("http", [5.0, 235.0])]

    chart = ElementTree.fromstring(svg("Memory", [0, 60], lines, warm=20))

    paths = [each.get("d") or "" for each in chart.iter("{http://www.w3.org/2000/svg}path")]
    heights = [float(spot.partition(",")[2]) for path in paths for spot in path.split("L")]
    assert len(paths) == 2
    assert min(heights) > 56
    assert max(heights) < 330
    assert "server & all 240" in [each.text for each in chart.iter("{http://www.w3.org/2000/svg}text")]
