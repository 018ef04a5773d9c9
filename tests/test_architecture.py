"""The rules of the house, kept by walking the source: what imports what, how long files are, what is said."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from proxy.cli import COMMANDS
from proxy.metrics_table import METRICS

ROOT = Path(__file__).parents[1]
FLOORS = ("transforms", "origin", "proxy")
"""From the ground up; imports only go down."""
MOST_LINES = 400
MAY_TOUCH_PIXELS = {
    "proxy.render_worker",
    "proxy.codecs_probe",
    "proxy.commands.core",
    "proxy.commands.reference",
    "proxy.commands.render",
}
"""Processes of their own, and commands that work on local files without any server."""
KNOW_THE_SETTINGS = (
    "proxy.app",
    "proxy.server",
    "proxy.orders",
    "proxy.reload",
    "proxy.web",
    "proxy.samples",
    "proxy.jobs.worker",
    "proxy.commands",
)
"""The composition root, the processes that carry the settings, what prepares the ground, the commands."""


def modules() -> dict[str, Path]:
    """Every module of the project by name."""
    found = {}
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imports(name: str, *, late: bool = True) -> tuple[str, ...]:
    """What a module imports, `from a import b` as both a and a.b; without `late`, only what loads with it."""
    return tuple(_imports(name, late=late))


def _imports(name: str, *, late: bool) -> Iterator[str]:
    pending: list[ast.AST] = [tree(name)]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not late:
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{name}: imports are written in full"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


def reached(name: str) -> set[str]:
    """Our modules that load with `name`, itself and their packages among them."""
    found: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current in found or current not in MODULES:
            continue
        found.add(current)
        pending += imports(current, late=False)
        pending += [current.rpartition(".")[0]] if "." in current else []
    return found


@cache
def pixel_modules() -> frozenset[str]:
    """The modules of the core that load libvips, themselves or through another."""
    return frozenset(
        name
        for name in MODULES
        if name.startswith("transforms") and any("pyvips" in set(imports(inner)) for inner in reached(name))
    )


@pytest.mark.parametrize("name", MODULES)
def test_imports_only_go_down(name):
    floor = FLOORS.index(name.partition(".")[0])

    above = {module for module in imports(name) if module.partition(".")[0] in FLOORS[floor + 1 :]}

    assert set() == above


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("transforms")])
def test_the_core_does_no_input_and_output(name):
    forbidden = {
        "asyncio",
        "aiohttp",
        "socket",
        "subprocess",
        "os",
        "pathlib",
        "time",
        "datetime",
        "yaml",
        "random",
    }
    if "pyvips" in set(imports(name)):
        # A stopwatch is no clock: it says how long, not when.
        forbidden -= {"time"}

    assert set() == forbidden & {module.partition(".")[0] for module in imports(name)}


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("transforms")])
def test_no_part_of_the_server_imports_pixels(name):
    touched = {module for module in imports(name) if module == "pyvips" or module in pixel_modules()}

    assert (name in MAY_TOUCH_PIXELS) is bool(touched)


@pytest.mark.parametrize(
    "module", ["proxy.server", "proxy.orders", "proxy.web", "proxy.app", "proxy.jobs.worker"]
)
def test_the_processes_of_the_server_run_without_libvips(module):
    code = f"import sys, {module}; print([name for name in sys.modules if 'pyvips' in name])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "[]\n" == done.stdout


def test_who_watches_over_the_server_keeps_little_in_memory():
    code = (
        "import sys, proxy.commands.serve, proxy.server; "
        "print(sorted({'sqlalchemy', 'aiohttp', 'redis', 'cryptography', 'pyvips'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "[]\n" == done.stdout


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("proxy.config")])
def test_only_the_composition_root_knows_the_settings(name):
    imported = {module for module in imports(name) if module.startswith("proxy.config")}

    assert name.startswith(KNOW_THE_SETTINGS) or set() == imported


@pytest.mark.parametrize("name", MODULES)
def test_files_are_short_and_say_what_they_are(name):
    text = MODULES[name].read_text(encoding="utf-8")
    empty = not tree(name).body

    assert (True, True) == (
        len(text.splitlines()) <= MOST_LINES,
        empty or bool(ast.get_docstring(tree(name))),
    )


@pytest.mark.parametrize("told", [*METRICS.values(), *COMMANDS], ids=lambda told: told.name)
def test_what_there_is_is_told(told):
    assert told.help.strip()


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_left_for_later(name):
    text = MODULES[name].read_text(encoding="utf-8")

    assert [] == [word for word in ("TODO", "FIXME", "XXX", "NotImplementedError") if word in text]
