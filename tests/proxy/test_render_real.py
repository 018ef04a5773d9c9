"""The pool with its real workers: real pictures, every format, inside the limits a worker has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.renderer import RenderFailed, RenderPool, RenderTimeout, WorkerDied
from transforms.errors import BrokenImage, UnsupportedFormat
from transforms.parser import parse
from transforms.plan import make_plan
from transforms.rendition import Rendition

SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
FORMATS = ("jpg", "png", "webp", "avif", "gif", "tiff")
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
    b'<rect width="40" height="30" fill="#08f"/><text y="20">x</text></svg>'
)


@pytest.fixture
async def pool() -> AsyncIterator[RenderPool]:
    pool = RenderPool(workers=1, queue=10, deadline_seconds=30)
    await pool.start()
    yield pool
    await pool.close()


async def make(pool: RenderPool, transformation: str, data: bytes) -> Rendition:
    plan = make_plan(parse(transformation), await pool.probe(data))
    return await pool.render(plan, data)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("format", FORMATS)
async def test_every_format_out_and_in_again(pool: RenderPool, format: str) -> None:
    there = await make(pool, f"c_fill,g_auto,h_90,w_120/f_{format}", sample("dogs.jpg"))
    back = await make(pool, "w_60/f_png", there.body)
    info = await pool.probe(there.body)

    assert (format, 120, 90) == (there.format, there.width, there.height)
    assert (format, 120, 90) == (info.format, info.width, info.height)
    assert ("png", 60, 45) == (back.format, back.width, back.height)
    assert {"queue", "decode", "resize", "encode"} == set(there.timings)
    assert {} == pool.restarts


async def test_what_is_made_at_one_moment_is_what_is_made_alone(pool: RenderPool) -> None:
    data = sample("dogs.jpg")
    info = await pool.probe(data)
    texts = [f"f_{format},w_{width}" for width in (600, 610, 620) for format in ("jpg", "webp")]
    plans = [make_plan(parse(text), info) for text in texts]
    alone = [(await pool.render(plan, data)).body for plan in plans]
    renders = [pool.render(plan, data, content_hash="dogs") for plan in plans]
    at_once = [each.body for each in await asyncio.gather(*renders)]

    assert alone == at_once
    # The first is begun before the others have come.
    assert 4 == pool.shared


@pytest.mark.parametrize("format", ["gif", "webp"])
async def test_animations(pool: RenderPool, format: str) -> None:
    data = sample("spinner.gif")
    info = await pool.probe(data)
    rendition = await make(pool, f"w_50/f_{format}", data)

    assert info.pages > 1
    assert len(info.delays) == info.pages
    assert info.pages == rendition.pages


async def test_drawings(pool: RenderPool) -> None:
    rendition = await make(pool, "w_80/f_png", SVG)

    assert (80, 60) == (rendition.width, rendition.height)


async def test_pictures_that_are_none(pool: RenderPool) -> None:
    with pytest.raises(UnsupportedFormat):
        await pool.probe(b"<html>")
    with pytest.raises(BrokenImage):
        await make(pool, "w_50/f_png", sample("dogs.jpg")[:20_000])

    assert {} == pool.restarts


async def test_too_little_memory_costs_the_one_render() -> None:
    """Whether libvips refuses or glib aborts is a matter of luck; that it is answered is not."""
    pool = RenderPool(workers=1, queue=10, deadline_seconds=30, address_space_bytes=400 << 20)
    await pool.start()
    data = sample("dogs.jpg")
    plan = make_plan(parse("w_5000/f_gif"), await pool.probe(data))
    with pytest.raises((WorkerDied, BrokenImage, RenderFailed)):
        await pool.render(plan, data)

    assert 60 == (await make(pool, "w_60/f_jpg", data)).width
    await pool.close()


async def test_a_deadline_stops_an_encoder(pool: RenderPool) -> None:
    """An AVIF encode does not listen to libvips' own way of stopping."""
    data = sample("dogs.jpg")
    plan = make_plan(parse("w_4000/f_avif"), await pool.probe(data))
    with pytest.raises(RenderTimeout):
        await pool.render(plan, data, deadline_seconds=0.2)

    assert 60 == (await make(pool, "w_60/f_jpg", data)).width
    assert {"timeout": 1} == pool.restarts
