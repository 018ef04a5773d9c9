"""The baseline of renders: one process with nothing around libvips. A program of its own.

It reads a job a line from standard input and writes what came of it, as JSON. `bare` is what anybody would
write with pyvips, by the same encoder options and under the same settings of libvips; `core` is
`transforms.render` on the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pyvips import Image

from transforms.codecs import CODECS
from transforms.parser import parse
from transforms.plan import Save, make_plan
from transforms.probe import probe
from transforms.render import prepare, render

_NICENESS = 10
"""A render worker's, so that whatever else runs on the machine holds both sides up alike."""
_ANY_HEIGHT = 10_000_000

Picture = tuple[bytes, int, int]
"""Bytes, width and height."""


def bare(data: bytes, format: str, width: int, quality: int) -> Picture:
    """`thumbnail_buffer` and the saver."""
    image = Image.thumbnail_buffer(data, width, height=_ANY_HEIGHT, fail_on="truncated")
    codec = CODECS[format]
    options = codec.save_options(image, Save(format=format, quality=quality))
    body: bytes = getattr(image, str(codec.saver))(keep="none", **options)
    return body, image.width, image.height


def core(data: bytes, format: str, width: int, quality: int) -> Picture:
    """`transforms`, from the text of the transformation and the header of the original on."""
    plan = make_plan(parse(f"w_{width},f_{format},q_{quality}"), probe(data))
    made = render(plan, data)
    return made.body, made.width, made.height


HOWS: Mapping[str, Callable[[bytes, str, int, int], Picture]] = {"bare": bare, "core": core}


def perform(job: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds by the clock and of CPU, reading the file included."""
    started, used = time.perf_counter(), time.process_time()
    data = Path(job["original"]).read_bytes()
    body, width, height = HOWS[job["how"]](data, job["format"], job["width"], job["quality"])
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    if "kept" in job:
        Path(job["kept"]).write_bytes(body)
    return {
        "ms": seconds * 1000,
        "cpu_ms": cpu_seconds * 1000,
        "bytes": len(body),
        "width": width,
        "height": height,
    }


def main() -> None:
    os.nice(_NICENESS)
    prepare()
    for line in sys.stdin.buffer:
        print(json.dumps(perform(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
