"""What a render worker writes to its standard error, line by line into our log."""

from __future__ import annotations

import asyncio
import logging
import os
from subprocess import Popen

logger = logging.getLogger(__name__)

_CHUNK = 8192
_LAST_CHUNKS = 64
_MAX_LINE = 1000
_MAX_LINES = 200


class WorkerLog:
    """Reads as long as the worker writes, but logs only so many lines of it, and of each only so much."""

    def __init__(self, process: Popen[bytes]) -> None:
        assert process.stderr is not None
        self._pid = process.pid
        self._stream = process.stderr
        self._pending = b""
        self._left = _MAX_LINES
        os.set_blocking(self._stream.fileno(), False)
        asyncio.get_running_loop().add_reader(self._stream.fileno(), self._read)

    def _read(self) -> bool:
        """Take what there is; whether more may follow at once."""
        try:
            chunk = os.read(self._stream.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        *lines, pending = (self._pending + chunk).split(b"\n")
        self._pending = pending[:_MAX_LINE]
        for line in lines:
            self._tell(line)
        if not chunk:
            self._stop()
        return bool(chunk)

    def _tell(self, line: bytes) -> None:
        if not line or not self._left:
            return
        self._left -= 1
        text = line[:_MAX_LINE].decode("utf-8", "replace")
        logger.warning(
            "render worker %d: %s", self._pid, "".join(c if c.isprintable() else " " for c in text)
        )

    def _stop(self) -> None:
        """The worker has closed its end: a descriptor at its end would wake the loop for ever."""
        asyncio.get_running_loop().remove_reader(self._stream.fileno())
        self._stream.close()
        self._tell(self._pending)

    def close(self) -> None:
        """Read what a worker left behind that is gone."""
        for _ in range(_LAST_CHUNKS):
            if self._stream.closed or not self._read():
                break
        if not self._stream.closed:
            self._stop()
