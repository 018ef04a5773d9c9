"""Forks of a process that has everything loaded: run by `tests.services.commands`, never imported.

A line of standard input is one command; a line of standard output its exit status.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import traceback
from typing import Any, NoReturn

_LOADED = ("proxy.cli", "alembic.command", "sqlalchemy.dialects.sqlite.pysqlite", "proxy.app_hosting")
_PACKAGES = ("proxy.commands", "proxy.hosting", "origin.hosting", "origin.metadata")


def main() -> None:
    for name in _LOADED:
        importlib.import_module(name)
    for name in _PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.iter_modules(package.__path__, f"{name}."):
            importlib.import_module(found.name)
    # libvips has threads, which a fork would lose.
    assert "pyvips" not in sys.modules
    asked, told = os.dup(0), os.dup(1)
    with os.fdopen(asked) as requests:
        for line in requests:
            pid = os.fork()
            if not pid:
                _be(json.loads(line), (asked, told))
            _, status = os.waitpid(pid, 0)
            os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))


def _be(request: dict[str, Any], ours: tuple[int, ...]) -> NoReturn:
    """Be the command: its folder, environment, files and arguments, and nothing of ours."""
    for descriptor in ours:
        os.close(descriptor)
    for number, name in enumerate(request["files"]):
        descriptor = os.open(name, os.O_RDWR)
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["arguments"]
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os._exit(_status())


def _status() -> int:
    """What running it comes to, as the interpreter tells it."""
    from proxy.cli import main as command

    try:
        code: object = command()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    main()
