"""Variants too large to be held: sent from the file where they lie, whole, in part, and at any pace."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips

from tests.services.calotype import Server, serving

PATH = "/w_1900,f_png/noise.png"
"""More than the kernel takes for one client."""


NOT_HELD = {"CALOTYPE_CACHE__MEMORY_BYTES": "1000000", "CALOTYPE_CACHE__REDIS_MAX_OBJECT_BYTES": "100000"}
"""Nothing of that size, in memory or in Redis."""


def lay_noise(folder: Path) -> None:
    """A picture that does not get smaller."""
    (folder / "originals").mkdir()
    bands = [pyvips.Image.gaussnoise(2000, 1800, mean=128, sigma=60, seed=n) for n in (1, 2, 3)]
    noise = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    noise.pngsave(str(folder / "originals" / "noise.png"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    lay_noise(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(folder, CALOTYPE_SERVER__WORKERS="1", **NOT_HELD) as server:
        yield server


@pytest.fixture(scope="module")
def body(server: Server, folder: Path) -> bytes:
    """What was answered when it was made; it is in its file now."""
    made = server.get(PATH)
    assert (200, True) == (made.status, len(made.body) > 8_000_000)
    eventually(lambda: files(folder) != [])
    return bytes(made.body)


def files(folder: Path) -> list[Path]:
    return list((folder / "derived").rglob("*.variant"))


def eventually(holds: object) -> None:
    deadline = time.monotonic() + 20
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_comes_whole_from_the_store(server: Server, body: bytes) -> None:
    answers = [server.get(PATH) for _ in range(2)]

    assert {(200, body)} == {(answer.status, answer.body) for answer in answers}
    assert {str(len(body))} == {answer.headers["content-length"] for answer in answers}
    assert all("detail=derived" in answer.headers["cache-status"] for answer in answers)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=1000000-1999999", 1_000_000, 2_000_000), ("bytes=-7", -7, None)],
)
def test_a_part_of_it(server: Server, body: bytes, asked: str, start: int, stop: int | None) -> None:
    answer = server.get(PATH, {"Range": asked})

    assert (206, body[start:stop]) == (answer.status, answer.body)


def test_its_head_alone(server: Server, body: bytes) -> None:
    answer = server.get(PATH, method="HEAD")

    assert (200, b"", str(len(body))) == (answer.status, answer.body, answer.headers["content-length"])


def test_a_connection_goes_on_after_it(server: Server, body: bytes) -> None:
    wanted = [PATH, "/w_20/noise.png", PATH, PATH]
    lines = b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode() for path in wanted)
    with socket.create_connection(("127.0.0.1", server.port), 30) as line, line.makefile("rb") as reader:
        line.sendall(lines)
        got = [_answer(reader) for _ in wanted]

    assert [body, got[1], body, body] == got
    assert server.get("/w_20/noise.png").body == got[1]


def _answer(reader: object) -> bytes:
    length = 0
    assert reader.readline().split()[1] == b"200"  # type: ignore[attr-defined]
    while line := reader.readline().strip():  # type: ignore[attr-defined]
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return bytes(reader.read(length))  # type: ignore[attr-defined]


def _ask(server: Server) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(30)
    line.connect(("127.0.0.1", server.port))
    line.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % PATH.encode())
    return line


def test_who_reads_slowly_gets_all_and_holds_up_nobody(server: Server, body: bytes) -> None:
    lines = [_ask(server) for _ in range(8)]
    time.sleep(0.5)
    quick = server.get("/w_30/noise.png")
    got: list[bytes] = [b""] * len(lines)

    def read(at: int) -> None:
        with lines[at], lines[at].makefile("rb") as reader:
            got[at] = reader.read().partition(b"\r\n\r\n")[2]

    threads = [threading.Thread(target=read, args=(at,)) for at in range(len(lines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 200 == quick.status
    assert {body} == set(got)


def test_who_leaves_in_the_middle_leaves_nothing_open(server: Server, body: bytes) -> None:
    web = http_process(server)
    server.get(PATH)
    before = _open_files(web)
    lines = [_ask(server) for _ in range(10)]
    eventually(lambda: _open_files(web) > before)
    for line in lines:
        line.close()

    eventually(lambda: _open_files(web) <= before)
    assert body == server.get(PATH).body


def http_process(server: Server) -> int:
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(pid) for pid in children if b"proxy.web" in Path(f"/proc/{pid}/cmdline").read_bytes())


def _open_files(pid: int) -> int:
    """Variants that a process has open."""
    links = (path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink())
    return sum(1 for link in links if link.suffix == ".variant")


def test_a_file_that_went_bad_is_made_again(folder: Path, server: Server, body: bytes) -> None:
    (path,) = (path for path in files(folder) if path.stat().st_size > 8_000_000)
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(bytes(data))
    again = server.get(PATH)

    assert (200, body) == (again.status, again.body)
    assert "fwd=uri-miss" in again.headers["cache-status"]
    eventually(lambda: "detail=derived" in server.get(PATH).headers["cache-status"])
    assert body == server.get(PATH).body
