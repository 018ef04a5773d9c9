"""`calotype render` where what is written is no picture, and where the name says nothing of the format."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from proxy.samples import SAMPLES
from tests.services import commands

DOGS = next(SAMPLES.rglob("dogs.jpg"))


def render(transformation: str, target: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return commands.run("render", str(DOGS), transformation, target, folder=folder, environment={})


@pytest.mark.parametrize(
    ("format", "target"),
    [("blurhash", "out.txt"), ("thumbhash", "out"), ("lqip", "out.txt"), ("webp", "out.picture")],
)
def test_the_transformation_says_what_comes_out(format: str, target: str, tmp_path: Path) -> None:
    done = render(f"f_{format},w_90", target, tmp_path)

    assert 0 == done.returncode, done.stderr
    assert f"{target}: {format} " in done.stderr
    assert (tmp_path / target).stat().st_size > 10


@pytest.mark.parametrize("transformation", ["f_palette", "f_json", "c_fill,fl_getinfo,g_auto,h_50,w_50"])
@pytest.mark.parametrize("target", ["out.json", "-"])
def test_facts_are_json(transformation: str, target: str, tmp_path: Path) -> None:
    done = render(transformation, target, tmp_path)
    facts = json.loads(done.stdout if target == "-" else (tmp_path / target).read_text())

    assert 0 == done.returncode and facts
    if "getinfo" in transformation:
        assert {"input", "output", "crop"} == set(facts)


def test_an_extension_that_decides_must_be_known(tmp_path: Path) -> None:
    done = render("w_90", "out.txt", tmp_path)

    assert 0 != done.returncode
    assert "out.txt: .txt is no format that is written here" in done.stderr
