"""Log lines: what they carry, and that nobody can forge one."""

import contextlib
import json
import logging
import warnings
from pathlib import Path

import pytest

from proxy import logs

HOSTILE = 'GET /a\r\n{"level":"error","message":"forged"}\x1b[31m\u2028\x9b'


@pytest.fixture(autouse=True)
def restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def written(capsys, format, write):
    logs.configure(level="info", format=format)
    write(logging.getLogger("proxy.place"))
    return capsys.readouterr().err.splitlines()


def test_a_line_is_one_json_object(capsys):
    (line,) = written(capsys, "json", lambda log: log.warning("lost %s", "cat", extra={"mount": "press"}))

    event = json.loads(line)

    assert event.pop("time").endswith("Z")
    assert {"level": "warning", "logger": "proxy.place", "message": "lost cat", "mount": "press"} == event


def test_lines_of_a_request_carry_its_id(capsys):
    token = logs.request_id.set("5f3a")
    try:
        (line,) = written(capsys, "json", lambda log: log.info("hello"))
    finally:
        logs.request_id.reset(token)

    assert "5f3a" == json.loads(line)["request_id"]


def test_an_exception_is_part_of_its_line(capsys):
    def fail(log):
        try:
            raise KeyError("cat")
        except KeyError:
            log.exception("failed")

    (line,) = written(capsys, "json", fail)

    assert "KeyError: 'cat'" == json.loads(line)["exception"].splitlines()[-1]


@pytest.mark.parametrize("format", ["json", "text"])
def test_no_stranger_writes_a_line_of_his_own(capsys, format):
    def write(log):
        log.info("refused %s", HOSTILE, extra={"agent": HOSTILE})
        logs.access(method="GET", path=HOSTILE, status=400, bytes=0, milliseconds=0.1, cache=None)

    lines = written(capsys, format, write)

    assert (2, True) == (len(lines), all(line.isprintable() for line in lines))


def test_an_access_line_has_its_fields(capsys):
    def write(log):
        logs.access(method="GET", path="/w_300/cat", status=200, bytes=9, milliseconds=1.239, cache="hit")

    (line,) = written(capsys, "json", write)
    event = json.loads(line)

    assert {
        "level": "info",
        "logger": "calotype.access",
        "message": "request",
        "method": "GET",
        "path": "/w_300/cat",
        "status": 200,
        "bytes": 9,
        "ms": 1.24,
        "cache": "hit",
    } == {key: value for key, value in event.items() if key != "time"}


@pytest.mark.parametrize("format", ["json", "text"])
@pytest.mark.parametrize("milliseconds", [0.0, 0.004, 0.05, 0.994, 0.999, 1.239, 12.0])
def test_a_line_that_was_made_before_is_as_any_other(capsys, monkeypatch, format, milliseconds):
    monkeypatch.setattr("proxy.logs.time.time", lambda: 1_700_000_000.25)

    def write(log):
        answer = {"method": "GET", "path": "/w_300/cat", "status": 200, "bytes": 9, "cache": "memory"}
        token = logs.request_id.set("0123456789abcdef")
        line = logs.AccessLine(**answer)
        logs.access(**answer, milliseconds=milliseconds)
        logs.request_id.reset(token)
        logs.write_access(line.filled("0123456789abcdef", milliseconds))

    ordinary, made_before = written(capsys, format, write)

    assert ordinary == made_before


def test_a_long_path_is_cut(capsys):
    def write(log):
        logs.access(method="GET", path="/" * 9000, status=414, bytes=0, milliseconds=0, cache=None)

    (line,) = written(capsys, "json", write)

    assert 1000 == len(json.loads(line)["path"])


def test_access_lines_follow_the_level(capsys):
    logs.configure(level="warning", format="json")
    logs.access(method="GET", path="/", status=200, bytes=0, milliseconds=0, cache=None)

    assert "" == capsys.readouterr().err


def test_a_log_that_cannot_be_written_fails_nobody(monkeypatch):
    logs.configure(level="info", format="json")
    with Path("/dev/full").open("w", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", full)
        with pytest.raises(OSError, match="No space left"):
            full.write("x\n")
        logs.access(method="GET", path="/", status=200, bytes=0, milliseconds=0, cache=None)
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()


def test_text_is_for_people(capsys):
    def write(log):
        log.info("ready", extra={"port": 8080})

    (line,) = written(capsys, "text", write)

    assert "INFO    proxy.place: ready port=8080" == line.split(" ", 1)[1]


def test_a_traceback_in_text_is_indented(capsys):
    def fail(log):
        try:
            raise ValueError("two\nlines")
        except ValueError:
            log.exception("failed")

    first, *others = written(capsys, "text", fail)

    assert ("failed", True) == (first.rsplit(" ", 1)[1], all(line.startswith("    ") for line in others))


def test_libraries_only_warn(capsys):
    logs.configure(level="debug", format="json")
    logging.getLogger("botocore").info("chatter")
    logging.getLogger("aiohttp.access").info("chatter")

    assert "" == capsys.readouterr().err


def test_warnings_become_lines(capsys):
    logs.configure(level="info", format="json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    assert "py.warnings" == json.loads(capsys.readouterr().err)["logger"]
