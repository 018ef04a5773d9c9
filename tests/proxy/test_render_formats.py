"""What the output can be, by real confined workers: extras, aims, and what is told instead of a picture."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.renderer import RenderPool
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.rendition import Rendition

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "origin" / "samples" / "dogs.jpg"
PICTURES = ROOT / "tests" / "data" / "pictures"


@pytest.fixture
async def pool() -> AsyncIterator[RenderPool]:
    pool = RenderPool(workers=1, queue=10, deadline_seconds=30)
    await pool.start()
    yield pool
    await pool.close()


async def make(pool: RenderPool, transformation: str, data: bytes) -> Rendition:
    plan = make_plan(parse(transformation), await pool.probe(data))
    return await pool.render(plan, data)


@pytest.mark.parametrize("format", ["jxl", "jp2", "bmp", "ico", "tga"])
async def test_extras_out_and_in_again(pool: RenderPool, format: str) -> None:
    there = await make(pool, f"c_fill,h_90,w_120/f_{format}", PHOTO.read_bytes())
    back = await make(pool, "w_60/f_png", there.body)

    assert (format, 120, 90) == (there.format, there.width, there.height)
    assert ("png", 60, 45) == (back.format, back.width, back.height)
    assert {} == pool.restarts


@pytest.mark.parametrize("name", ["photo.heic", "pages.tiff", "spinner.gif", "photo.avif"])
async def test_what_is_read(pool: RenderPool, name: str) -> None:
    made = await make(pool, "f_webp,q_auto,w_40", (PICTURES / name).read_bytes())

    assert ("webp", 40) == (made.format, made.width)
    assert {"q", "bytes"} <= dict(made.notes).keys()


async def test_documents(pool: RenderPool) -> None:
    from tests.transforms.test_output_extras import DOCUMENT

    made = await make(pool, "f_png,pg_2,w_70", DOCUMENT)

    assert ("png", 70, 35) == (made.format, made.width, made.height)


@pytest.mark.parametrize("aim", ["auto:bytes_9k", "auto:ssim_95", "auto:eco"])
async def test_aims(pool: RenderPool, aim: str) -> None:
    made = await make(pool, f"f_avif,q_{aim},w_200", PHOTO.read_bytes())

    assert len(made.body) == dict(made.notes)["bytes"]


@pytest.mark.parametrize("format", ["blurhash", "thumbhash", "lqip", "palette", "json"])
async def test_what_is_told(pool: RenderPool, format: str) -> None:
    made = await make(pool, f"f_{format},w_200", PHOTO.read_bytes())

    assert format == made.format
    if format in ("palette", "json"):
        assert json.loads(made.body)


async def test_an_animation_becomes_an_apng(pool: RenderPool) -> None:
    made = await make(pool, "f_png,fl_apng,w_40", (PICTURES / "spinner.gif").read_bytes())

    assert b"acTL" in made.body
