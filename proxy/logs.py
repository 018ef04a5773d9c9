"""Logs to standard error, one line an event: JSON for machines, text for people.

Every line written while a request is answered carries its id, from a context variable. No line can be forged:
what a stranger sent is escaped, so it never begins a line of its own, and never colours a terminal.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request being answered, or None outside one."""

_ECHO_LIMIT = 1000
_QUIET = ("aiobotocore", "botocore", "aiohttp.access", "saq", "asyncio", "alembic", "urllib3", "sqlalchemy")
_GAP = "\x00"
_QUICK = tuple(str(hundredths / 100) for hundredths in range(100))
"""How times below a millisecond are written: to write a number costs as much as all the rest of a line."""
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

Writer = Callable[[float, str, str, str, dict[str, Any]], str]
"""Epoch seconds, level, logger, message and further fields, to a line."""


@dataclass
class _Access:
    write: Writer | None = None
    """None before `configure`, and where the level says not to."""


_access = _Access()


def configure(*, level: str, format: Literal["json", "text"]) -> None:
    """Send every log of this process to standard error. Calling it again replaces what was set before.

    Chatty libraries speak only from `warning` on, unless `level` is higher still.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(_WRITERS[format]))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # It warns at every stop that its idle loops had to be cancelled.
    logging.getLogger("saq").setLevel(max(logging.ERROR, root.level))
    logging.captureWarnings(True)
    _access.write = _WRITERS[format] if root.level <= logging.INFO else None


def access(
    *, method: str, path: str, status: int, bytes: int, milliseconds: float, cache: str | None
) -> None:
    """One line for a request that was answered. `path` is the target as received.

    Written without a `LogRecord`: making and passing one costs three times as much as the line itself.
    """
    if _access.write is not None:
        fields = access_fields(method, path, status, bytes, milliseconds, cache)
        write_access(_access.write(time.time(), "info", "calotype.access", "request", fields) + "\n")


def access_fields(
    method: str, path: str, status: int, bytes: int, milliseconds: float, cache: str | None
) -> dict[str, Any]:
    """What a line says of an answer beside when it was given."""
    return {
        "method": method,
        "path": path if len(path) <= _ECHO_LIMIT else f"{path[: _ECHO_LIMIT - 1]}…",
        "status": status,
        "bytes": bytes,
        "ms": round(milliseconds, 2),
        "cache": cache,
    }


def write_access(lines: str) -> None:
    """Write whole lines. A reader that is gone or a disk that is full costs them, never the answer."""
    with contextlib.suppress(OSError):
        sys.stderr.write(lines)


class AccessLine:
    """The line for one answer that is given again and again: made once, but for when, which and how long."""

    __slots__ = ("_pieces",)

    def __init__(self, method: str, path: str, status: int, bytes: int, cache: str | None) -> None:
        when, request = 0.0, "0" * 16
        self._pieces: tuple[str, ...] = ()
        if _access.write is None:
            return
        fields = access_fields(method, path, status, bytes, 0.0, cache)
        # What stands for the time it took; no path has such a character.
        fields["ms"] = _GAP
        token = request_id.set(request)
        text = _access.write(when, "info", "calotype.access", "request", fields)
        request_id.reset(token)
        # Escaped as the format does it; in JSON quoted, which a number is not.
        gap = next(form for form in (json.dumps(_GAP), _plain(_GAP)) if form in text)
        for value in (_time(when), request, gap):
            before, _, text = text.partition(value)
            self._pieces += (before,)
        self._pieces += (text + "\n",)

    def filled(self, request: str, milliseconds: float) -> str:
        """The line of a request that was answered now; empty where there are no lines."""
        if not self._pieces:
            return ""
        a, b, c, d = self._pieces
        hundredths = round(milliseconds * 100)
        took = _QUICK[hundredths] if hundredths < len(_QUICK) else round(milliseconds, 2)
        return f"{a}{_moment(int(time.time() * 1000))}{b}{request}{c}{took}{d}"


class LineFormatter(logging.Formatter):
    """One line a record: time, level, logger, message, request id and whatever `extra` held."""

    def __init__(self, write: Writer) -> None:
        super().__init__()
        self.write = write

    def format(self, record: logging.LogRecord) -> str:
        fields = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = self.formatStack(record.stack_info)
        return self.write(record.created, record.levelname.lower(), record.name, record.getMessage(), fields)


def json_line(created: float, level: str, logger: str, message: str, fields: dict[str, Any]) -> str:
    """An event as one JSON object. ASCII only: U+2028 and C1 controls end or colour lines in some viewers."""
    event: dict[str, Any] = {"time": _time(created), "level": level, "logger": logger, "message": message}
    if (current := request_id.get()) is not None:
        event["request_id"] = current
    return json.dumps(event | fields, default=str, separators=(",", ":"))


def text_line(created: float, level: str, logger: str, message: str, fields: dict[str, Any]) -> str:
    """An event for people: time, level, logger, message, `key=value`; a traceback follows, indented."""
    shown = {"request_id": request_id.get()} | fields
    blocks = [str(shown.pop(name)) for name in ("exception", "stack") if name in shown]
    pairs = "".join(f" {key}={_plain(str(value))}" for key, value in shown.items() if value is not None)
    line = f"{_time(created)} {level.upper():<7} {logger}: {_plain(message)}{pairs}"
    return "\n    ".join([line, *(_plain(row) for block in blocks for row in block.splitlines())])


_WRITERS: dict[str, Writer] = {"json": json_line, "text": text_line}


def _time(created: float) -> str:
    return _moment(int(created * 1000))


@lru_cache(maxsize=4)
def _moment(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03}Z"


@lru_cache(maxsize=4)
def _second(epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch))


def _plain(text: str) -> str:
    """`text` with everything that is not printable written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
