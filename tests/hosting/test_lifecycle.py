"""`calotype storage lifecycle`: the rules of buckets, shown and set on a real S3 server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from origin.storage.s3_client import S3Client, S3Settings
from origin.storage.s3_lifecycle import Lifecycle
from proxy.cli import main
from tests.services.s3 import S3Server

OTHERS = {
    "ID": "logs-of-others",
    "Status": "Enabled",
    "Filter": {"Prefix": "logs/"},
    "Expiration": {"Days": 3},
}


def storage(server: S3Server, said: dict[str, Any]) -> str:
    return json.dumps({"kind": "s3", "bucket": server.bucket, "prefix": "mine/", **said})


@pytest.fixture
def in_buckets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3_bucket: S3Server) -> S3Server:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALOTYPE_DATA_DIR", str(tmp_path))
    for setting in ("HOSTING", "CACHE__DERIVED"):
        monkeypatch.setenv(f"CALOTYPE_{setting}__STORAGE", storage(s3_bucket, s3_bucket.settings))
    return s3_bucket


async def rules(server: S3Server, *put: dict[str, Any]) -> list[dict[str, Any]]:
    client = S3Client(S3Settings(**server.settings))
    lifecycle = Lifecycle(client=client, bucket=server.bucket)
    if put:
        await lifecycle.put(put)
    try:
        return await lifecycle.rules()
    finally:
        await client.close()


def test_rules_are_shown_and_set(in_buckets: S3Server, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(rules(in_buckets, OTHERS))
    statuses = [main(["storage", "lifecycle"])]
    before = capsys.readouterr().out
    statuses += [main(["storage", "lifecycle", "--apply"]), main(["storage", "lifecycle", "--apply"])]
    after = capsys.readouterr().out
    there = asyncio.run(rules(in_buckets))

    assert [0, 0, 0] == statuses
    assert (6, 0) == (before.count("  missing "), before.count("  set "))
    assert (0, 12) == (after.count("  missing "), after.count("  set "))
    assert 7 == len(there)
    assert "logs-of-others" in [rule["ID"] for rule in there]


def test_no_rule_removes_what_is_hosted(in_buckets: S3Server, capsys: pytest.CaptureFixture[str]) -> None:
    main(["storage", "lifecycle", "--json"])
    (told,) = json.loads(capsys.readouterr().out).values()
    expiring = {rule["Filter"]["Prefix"] for rule in told["Rules"] if "Days" in rule.get("Expiration", {})}

    assert {"mine/staging/", "mine/v/"} == expiring


def test_folders_have_no_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALOTYPE_DATA_DIR", str(tmp_path))
    statuses = [main(["storage", "lifecycle"]), main(["storage", "lifecycle", "--apply"])]
    told = capsys.readouterr()

    assert [0, 1] == statuses
    assert "hosting.storage is a folder" in told.out
    assert "the settings name no bucket" in told.err


def test_a_bucket_that_denies_is_told(
    in_buckets: S3Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALOTYPE_HOSTING__STORAGE", storage(in_buckets, in_buckets.stranger))
    status = main(["storage", "lifecycle", "--apply"])
    told = capsys.readouterr()

    assert 1 == status
    assert f"hosting.storage: s3://{in_buckets.bucket}: denied" in told.err
    assert "s3:PutLifecycleConfiguration" in told.err
    assert "cache.derived.storage" in told.out
