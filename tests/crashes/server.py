"""A server that can be told where to die, that is killed with all its processes, and started again."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from origin.hosting.faultpoints import VARIABLE
from tests.crashes.client import KEY, SECRET, Client
from tests.crashes.places import Places
from tests.services.calotype import CALOTYPE, Server, free_port, serving

PATIENCE_SECONDS = 60.0
SIZES = {"a": {"transformation": "c_fill,h_40,w_40", "formats": ["original"]}, "b": "c_limit,w_30"}


class Listener:
    """Who is told of uploads; fails once when asked to."""

    def __init__(self) -> None:
        self.fail_next = False
        self.told: list[str] = []
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                failing, listener.fail_next = listener.fail_next, False
                listener.told.append(str(json.loads(body).get("public_id")))
                self.send_response(500 if failing else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Mortal:
    """A running `calotype serve` that dies where it is told to."""

    def __init__(self, places: Places, **environment: str) -> None:
        self.places = places
        self.listener = Listener()
        self.port = free_port()
        self.client = Client(self.port)
        self.started_seconds = 0.0
        self.file = places.folder / "die-at"
        self._environment = self._settings() | environment
        self._running = ExitStack()
        self._server: Server | None = None

    def _settings(self) -> dict[str, str]:
        return {
            "CALOTYPE_HOSTING__KEYS": json.dumps([{"key": KEY, "secret": SECRET}]),
            "CALOTYPE_HOSTING__EAGER": json.dumps(SIZES),
            "CALOTYPE_HOSTING__WEBHOOKS": json.dumps([{"url": self.listener.url, "events": ["upload"]}]),
            "CALOTYPE_HOSTING__HOUSEKEEPING__ORPHAN_SECONDS": "0.01",
            "CALOTYPE_HOSTING__HOUSEKEEPING__STAGING_SECONDS": "0.01",
            "CALOTYPE_HOSTING__MEMORY_BYTES": "1000",
            "CALOTYPE_RENDER__WORKERS": "1",
            "CALOTYPE_SERVER__WORKERS": "1",
            "CALOTYPE_SERVER__PORT": str(self.port),
            **self.places.environment,
        }

    def start(self) -> None:
        """Start it, and wait until it serves."""
        begun = time.monotonic()
        environment = self._environment | {VARIABLE: f"@{self.file}"}
        self._server = self._running.enter_context(serving(self.places.folder, **environment))
        self.started_seconds = time.monotonic() - begun

    def die_at(self, point: str) -> None:
        """Whoever reaches that point next kills himself."""
        self.file.with_suffix(".taken").unlink(missing_ok=True)
        self.file.write_text(point)

    @property
    def died(self) -> bool:
        """Whether somebody did."""
        return not self.file.exists()

    def kill(self) -> None:
        """Kill all that is left of it, at once."""
        assert self._server is not None
        first = self._server.process.pid
        with suppress(ProcessLookupError):
            # Or it would start another process while we look for all there are.
            os.kill(first, signal.SIGSTOP)
        for pid in [*_descendants(first), first]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.process.wait()
        self.file.unlink(missing_ok=True)
        self._running.close()

    def command(self, *arguments: str, die_at: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on the same settings; it may be told where to die, too."""
        assert self._server is not None
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
        settings = self._server.environment | {VARIABLE: die_at}
        return subprocess.run(
            [CALOTYPE, *arguments],
            env=clean | settings,
            cwd=self.places.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def close(self) -> None:
        """Stop it in order."""
        self._running.close()
        self.listener.close()


@contextmanager
def mortal(places: Places, **environment: str) -> Iterator[Mortal]:
    """A server that runs until the block ends, however often it died."""
    server = Mortal(places, **environment)
    try:
        server.start()
        yield server
    finally:
        server.close()


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


def _descendants(pid: int) -> list[int]:
    """All processes below that one."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(
                int(path.parent.name)
            )
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found[1:]
