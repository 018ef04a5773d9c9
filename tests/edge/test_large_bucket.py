"""Large variants that lie in a bucket: brought in pieces into a file, looked through, and sent from there."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.edge.test_large import NOT_HELD, PATH, eventually, http_process, lay_noise
from tests.services.calotype import Answer, Server, serving
from tests.services.counting import Counter, counting
from tests.services.s3 import S3Server

CLIENTS = 8


class Place:
    """A server that keeps variants in a bucket, and what of them lies on its disk."""

    def __init__(self, server: Server, bucket: Counter, path: str = PATH) -> None:
        self.server = server
        self.bucket = bucket
        self.path = path
        self.disk = server.data_dir / "disk"
        bucket.seen.clear()
        made = server.get(path)
        assert (200, True) == (made.status, len(made.body) > 8_000_000)
        self.body = made.body
        eventually(lambda: [path for _, path in bucket.seen if path.endswith(".variant")])
        self.name = next(path for _, path in bucket.seen if path.endswith(".variant")).rpartition("/")[2]

    def files(self) -> list[Path]:
        return [path for path in self.disk.rglob("*") if path.is_file() and path.stat().st_size > 8_000_000]

    def forget(self) -> None:
        """Be a machine that never had it."""
        time.sleep(0.2)  # what is written behind answers
        for path in self.files():
            path.unlink()
        self.bucket.seen.clear()

    def ask(self, **headers: str) -> Answer:
        return self.server.get(self.path, headers)

    def tier(self) -> str:
        return self.ask().headers["cache-status"].rpartition("detail=")[2]


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Iterator[Counter]:
    with counting(s3_server.endpoint_url) as counter:
        yield counter


@pytest.fixture(scope="module")
def stored(s3_server: S3Server, s3_administrator: Any, bucket: Counter) -> str:
    """The setting that has variants kept behind the counter."""
    s3_administrator.create_bucket(Bucket="large")
    return json.dumps({"kind": "s3", "bucket": "large", **s3_server.settings, "endpoint_url": bucket.url})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, bucket: Counter, stored: str) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("large_bucket")
    lay_noise(folder)
    settings = {"CALOTYPE_CACHE__DERIVED__STORAGE": stored, "CALOTYPE_SERVER__WORKERS": "1", **NOT_HELD}
    with serving(folder, **settings) as server:
        yield Place(server, bucket)


def test_one_download_for_all_that_wait_and_little_memory(place: Place) -> None:
    place.forget()
    web = http_process(place.server)
    before = _peak(web)
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda _: place.ask(), range(CLIENTS)))
    grown = _peak(web, since=False) - before

    assert {place.body} == {answer.body for answer in answers}
    assert 1 == place.bucket.reads(place.name)
    assert grown < len(place.body) // 2
    eventually(lambda: place.tier() == "disk")
    assert 1 == place.bucket.reads(place.name)


def test_what_was_brought_is_the_file_of_the_disk(place: Place) -> None:
    place.forget()
    first, rest = place.ask(Range="bytes=1000000-1999999"), place.ask(Range="bytes=-7")

    assert [(206, place.body[1_000_000:2_000_000]), (206, place.body[-7:])] == [
        (answer.status, answer.body) for answer in (first, rest)
    ]
    eventually(lambda: len(place.files()) == 1)
    assert place.body == place.files()[0].read_bytes()[-len(place.body) :]
    # All links of files without names are gone with those who read them.
    eventually(lambda: not _nameless(http_process(place.server), place.disk))


def _other(data: bytes) -> bytes:
    return data[:5_000_000] + bytes([data[5_000_000] ^ 1]) + data[5_000_001:]


def _shorter(data: bytes) -> bytes:
    return data[:-1000]


@pytest.mark.parametrize(
    ("fault", "how"), [("spoil", _other), ("spoil", _shorter), ("cut", True)], ids=["other", "shorter", "cut"]
)
def test_what_does_not_come_as_it_was_is_made_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, fault: str, how: object
) -> None:
    place.forget()
    with monkeypatch.context() as during:
        during.setattr(place.bucket, fault, how)
        answer = place.ask()

    assert (200, place.body) == (answer.status, answer.body)
    assert "fwd=uri-miss" in answer.headers["cache-status"]
    assert place.body == place.ask().body
    eventually(lambda: not _nameless(http_process(place.server), place.disk))


def test_what_is_taken_down_while_it_is_brought_is_not_shown(
    tmp_path: Path, bucket: Counter, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process than the one that brings it, often as not."""
    lay_noise(tmp_path)
    settings = {
        "CALOTYPE_CACHE__DERIVED__STORAGE": stored,
        "CALOTYPE_SERVER__WORKERS": "2",
        "CALOTYPE_HOSTING__KEYS": json.dumps([{"key": "k", "secret": "s", "scopes": ["upload", "delete"]}]),
    }
    with serving(tmp_path, **settings, **NOT_HELD) as server, ThreadPoolExecutor(CLIENTS) as clients:
        given = (tmp_path / "originals" / "noise.png").read_bytes()
        name = _api(server, "POST", "", given)["public_id"]
        path = f"/w_1900,f_png/{name}"
        shown = Place(server, bucket, path)
        shown.forget()
        monkeypatch.setattr(bucket, "drip_seconds", 1.5)
        waiting = [clients.submit(server.get, path) for _ in range(CLIENTS)]
        eventually(lambda: bucket.reads(shown.name))
        time.sleep(0.5)
        _api(server, "DELETE", f"/{name}")
        answers = [each.result() for each in waiting]

        assert {410} == {answer.status for answer in answers}
        assert 410 == server.get(path).status
        eventually(lambda: not shown.files())


def _api(server: Server, method: str, path: str, body: bytes | None = None) -> dict[str, object]:
    """What the upload API says. Raises HTTPError."""
    headers = {"Authorization": "Bearer s", "Content-Type": "image/png"}
    request = urllib.request.Request(f"{server.url}/api/v1/images{path}", body, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.loads(answer.read() or b"{}"))


def test_without_a_disk_it_is_brought_each_time(
    place: Place, stored: str, tmp_path: Path, bucket: Counter
) -> None:
    place.ask()
    shutil.copytree(place.server.data_dir / "originals", tmp_path / "originals")
    settings = {
        "CALOTYPE_CACHE__DERIVED__STORAGE": stored,
        "CALOTYPE_CACHE__DISK__MAX_BYTES": "0",
        **NOT_HELD,
    }
    with serving(tmp_path, CALOTYPE_SERVER__WORKERS="1", **settings) as server:
        alone = Place(server, bucket)
        bucket.seen.clear()
        answers = [alone.ask() for _ in range(2)]

        assert {place.body} == {answer.body for answer in answers}
        assert all("detail=derived" in answer.headers["cache-status"] for answer in answers)
        assert 2 == bucket.reads(alone.name)
        assert [] == alone.files()
        eventually(lambda: not _nameless(http_process(server), alone.disk))


def _peak(pid: int, *, since: bool = True) -> int:
    """The most memory that a process has held, in bytes; `since` now, from then on."""
    if since:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def _nameless(pid: int, folder: Path) -> list[Path]:
    """Files of that folder that a process has open and that no name leads to."""
    links = [path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    return [link for link in links if str(link).startswith(str(folder)) and "(deleted)" in str(link)]
