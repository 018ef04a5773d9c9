"""The quick part of the cases with broken neighbours; the others are for the runner of attacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.attack.faults import QUICK, run_all
from tests.attack.faults_scene import fill
from tests.services.s3 import S3Server


def test_broken_neighbours(tmp_path: Path, s3_bucket: S3Server, s3_administrator: Any) -> None:
    fill(s3_administrator, s3_bucket.bucket)
    lines = run_all(tmp_path, s3_bucket, None, QUICK)

    assert [] == [line for line in lines if " holds " not in line]
    assert len(QUICK) == len(lines)
