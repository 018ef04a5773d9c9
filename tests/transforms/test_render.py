from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.transforms.rendering import (
    patch,
    planned,
    rendered,
)
from transforms.errors import TransformError
from transforms.operations import Rect, Resample
from transforms.probe import probe
from transforms.render import render, require_libvips


def test_times_are_told() -> None:
    timings = rendered("w_100/a_90", "detail.jpg").timings

    assert ["decode", "resize", "encode"] == list(timings)
    assert all(milliseconds > 0 for milliseconds in timings.values())


def test_an_encoder_that_fails_is_not_the_originals_fault() -> None:
    wide = patch((1, 2, 3), 100, 1).pngsave_buffer()
    plan = planned("c_scale,h_1,w_200/f_webp", probe(wide))
    operations = (Resample(Rect(0, 0, 100, 1), 17_000, 1),)
    plan = replace(plan, operations=operations, result=plan.result.sized(17_000, 1))

    with pytest.raises(TransformError, match="could not be saved as webp") as raised:
        render(plan, wide)

    assert "encode_failed" == raised.value.code


@pytest.mark.parametrize("found", [(8, 18, 2), (8, 9, 9), (7, 99, 99)])
def test_an_old_libvips_is_refused(found: tuple[int, int, int]) -> None:
    written = ".".join(map(str, found))
    with pytest.raises(ImportError, match=rf"libvips {written} is too old: Calotype needs 8\.18\.3 or later"):
        require_libvips(found)


def test_the_oldest_libvips_that_will_do() -> None:
    assert require_libvips((8, 18, 3)) is None  # type: ignore[func-returns-value]


WORKER = """
import pyvips
from pathlib import Path
from transforms.render import prepare
from tests.transforms.rendering import PICTURES, rendered

prepare()
refused = 0
for name in ("flat.png", "detail.jpg", "logo.svg", "partial.gif"):
    try:
        pyvips.Image.new_from_file(str(PICTURES / name)).avg()
    except pyvips.Error:
        refused += 1
for attempt in (
    lambda: pyvips.Image.new_from_buffer(b"P6 1 1 255 abc", ""),
    lambda: pyvips.Image.csvload(str(PICTURES / "README.md")),
    lambda: pyvips.Image.system("true"),
    lambda: pyvips.Image.rawload(str(PICTURES / "README.md"), 1, 1, 1),
):
    try:
        attempt()
    except pyvips.Error:
        refused += 1
names = "flat.png", "gray.jpg", "photo.webp", "photo.avif", "partial.gif", "lab.tiff", "logo.svg", "p3.png"
done = [rendered("w_20/f_png", name) for name in names]
print(refused, len(done), pyvips.cache_get_max(), pyvips.vips_lib.vips_concurrency_get())
"""


def test_a_worker_reads_nothing_but_buffers_of_our_formats() -> None:
    assert "8 8 0 1" == _python(WORKER)


def test_planning_does_not_load_libvips() -> None:
    said = _python(
        "import transforms.plan, transforms.parser, transforms.formats, transforms.rendition, sys;"
        "print('pyvips' in sys.modules)"
    )

    assert "False" == said


def _python(program: str) -> str:
    """What a fresh interpreter says."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
