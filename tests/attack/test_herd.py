"""Many at once, a leader that dies, a restart under load: the quick part of what `make attack` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.attack.herd import fill, leader_killed, stampede
from tests.attack.restart import rolling_restart
from tests.attack.rows import Row
from tests.services.s3 import S3Server


def failed(rows: list[Row]) -> list[str]:
    return [f"{row.name}: {row.expected}: {row.got}" for row in rows if not row.holds]


def test_a_herd_costs_one_read_and_one_render(
    s3_bucket: S3Server, s3_administrator: Any, valkey: str, tmp_path: Path
) -> None:
    fill(s3_administrator, s3_bucket, rounds=1)
    rows = list(stampede(tmp_path, s3_bucket, valkey, clients=500, rounds=1))

    assert ([], 1) == (failed(rows), len(rows))


def test_a_leader_killed_is_followed(
    s3_bucket: S3Server, s3_administrator: Any, valkey: str, tmp_path: Path
) -> None:
    fill(s3_administrator, s3_bucket, rounds=0)
    rows = list(leader_killed(tmp_path, s3_bucket, valkey, clients=8, others=1))

    assert ([], 2) == (failed(rows), len(rows))


def test_a_rolling_restart_fails_nobody(tmp_path: Path) -> None:
    rows = list(rolling_restart(tmp_path, restarts=1, clients=4))

    assert ([], 1) == (failed(rows), len(rows))
