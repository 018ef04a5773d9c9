"""`calotype render` on folders: what it must not write over, and that its help can be believed."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.samples import SAMPLES
from tests.services import commands
from transforms.parser import parse

DOGS = next(SAMPLES.rglob("dogs.jpg")).read_bytes()

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def calotype(tmp_path: Path) -> Run:
    """Runs `calotype` in a folder with a folder `in` of one picture."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "dogs.jpg").write_bytes(DOGS)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return commands.run(*arguments, folder=tmp_path, environment={})

    return run


def test_originals_are_not_written_over(calotype: Run, tmp_path: Path) -> None:
    done = calotype("render", "in", "w_50", "in")

    assert (1, DOGS) == (done.returncode, (tmp_path / "in" / "dogs.jpg").read_bytes())
    assert "calotype: in/dogs.jpg: would be written over in/dogs.jpg" in done.stderr


def test_two_pictures_of_one_stem_are_told(calotype: Run, tmp_path: Path) -> None:
    (tmp_path / "in" / "dogs.jpeg").write_bytes(DOGS)
    done = calotype("render", "in", "w_50,f_webp", "out")

    assert (1, ["dogs.webp"]) == (done.returncode, [path.name for path in (tmp_path / "out").iterdir()])
    assert "calotype: in/dogs.jpg: would be written over out/dogs.webp" in done.stderr


def test_a_target_that_is_a_file_is_told(calotype: Run, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    done = calotype("render", "in", "w_50", "out")

    assert (1, "calotype: out: File exists\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize(("command", "place"), [("explain", 2), ("render", 3)])
def test_the_transformations_of_the_help_can_be_read(calotype: Run, command: str, place: int) -> None:
    lines = calotype(command, "--help").stdout.replace("| calotype", "\ncalotype").splitlines()
    examples = [line.strip() for line in lines if line.strip().startswith(f"calotype {command} ")]

    assert len(examples) >= 3
    for example in examples:
        assert parse(shlex.split(example)[place])
