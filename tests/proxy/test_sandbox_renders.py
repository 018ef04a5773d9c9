"""Behind all walls the pictures are the same: real workers, and every part of the pipeline once."""

from __future__ import annotations

import asyncio
import hashlib
import json
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from proxy.errors import rule_for
from proxy.render_traits import BLOCKED, formats_in
from proxy.renderer import RenderPool, RenderTimeout
from proxy.sandbox import lacking, rlimits
from tests.services.render_pool import MakePool, do, pid_of, told
from transforms import offline
from transforms.errors import UnsupportedFormat
from transforms.extras import installed
from transforms.formats import FORMATS
from transforms.frame import ImageInfo
from transforms.knowledge import Known, Source, SourceId, Unsettled
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.rendition import Rendition

Hire = Callable[..., Awaitable[RenderPool]]

SAMPLES = Path(__file__).parents[2] / "origin" / "samples"
PICTURES = Path(__file__).parents[1] / "data" / "pictures"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
    b'<rect width="40" height="30" fill="#08f"/><text y="20">x</text></svg>'
)
WRITTEN = [name for name, f in FORMATS.items() if f.written and f.extensions]


@cache
def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.fixture
async def hire() -> AsyncIterator[Callable[..., Awaitable[RenderPool]]]:
    """Starts pools of one real worker, and closes them."""
    pools: list[RenderPool] = []

    async def start(**settings: Any) -> RenderPool:
        pools.append(RenderPool(workers=1, queue=10, deadline_seconds=30, **settings))
        await pools[-1].start()
        return pools[-1]

    yield start
    for pool in pools:
        await pool.close()


@pytest.fixture
async def pool(hire: Hire) -> RenderPool:
    return await hire()


async def made(
    pool: RenderPool, transformation: str, data: bytes, layer: bytes = b""
) -> tuple[RenderPlan, Rendition]:
    """A picture made as a server makes it: the workers themselves say what the plan lacks."""
    info, recipe = await pool.probe(data), parse(transformation)
    layers = {hashlib.sha256(layer).hexdigest(): layer} if layer else {}
    answers, sources = {}, dict[SourceId, Source]()
    for _ in range(20):
        try:
            plan = make_plan(recipe, info, known=Known(sources, answers))
        except Unsettled as lacking_still:
            if (question := lacking_still.question) is not None:
                answers[question] = await pool.look(question, data, layers)
            for source in lacking_still.sources:
                sources[source] = Source(next(iter(layers)), await pool.probe(layer))
        else:
            return plan, await pool.render(plan, data, layers)
    raise AssertionError("the plan is never made")


@pytest.mark.parametrize(
    "transformation",
    [
        "c_fill,g_face,h_90,w_90/f_png",
        "c_thumb,g_auto,h_90,w_120/f_webp",
        "w_200/e_sepia/e_vignette/f_jpg",
        "w_200/e_blur_faces/f_png",
        "w_160/e_oil_paint:40/f_png",
        "w_160/e_cartoonify/f_png",
        "w_160/e_improve/e_sharpen/f_jpg",
        "w_160/e_distort:10:10:150:0:150:100:0:90/f_png",
        "w_160/e_gradient_fade/f_webp",
        "w_160/e_shadow/f_png",
        "w_160/a_17/r_max/f_png",
        "w_160/q_auto/f_webp",
        "w_160/q_auto:low/f_jpg",
        "w_300/l_text:Times%20New%20Roman_32_bold:Good%20day/co_red,fl_layer_apply,g_south/f_png",
        "w_300/l_text:Arial_28_underline:%D7%A9%D7%9C%D7%95%D7%9D/fl_layer_apply/f_png",
        "w_300/l_logo,w_80/e_screen,fl_layer_apply,g_north_east/f_jpg",
        "w_160/f_json",
        "w_160/f_blurhash",
    ],
)
async def test_what_a_confined_worker_makes(pool: RenderPool, transformation: str) -> None:
    logo = sample("logo.png") if "l_logo" in transformation else b""
    plan, there = await made(pool, transformation, sample("portrait.jpg"), logo)
    here = offline.rendered(parse(transformation), sample("portrait.jpg"), find=lambda _: logo)

    assert here.body == there.body
    assert (plan.result.width, plan.result.height) == (there.width, there.height)
    assert not lacking(pool.confined) or not sys.platform.startswith("linux")
    assert {} == pool.restarts


@pytest.mark.parametrize("format", WRITTEN)
async def test_every_format_there_and_back(pool: RenderPool, format: str) -> None:
    extra = FORMATS[format].extra
    if extra is not None and not installed(extra):
        pytest.skip(f"the extra {extra} is not installed")
    _, there = await made(pool, f"c_fill,h_90,w_120/f_{format}", sample("dogs.jpg"))
    _, back = await made(pool, "w_60/f_png", there.body)

    assert (format, 120, 90) == (there.format, there.width, there.height)
    assert (60, 45) == (back.width, back.height)
    assert {} == pool.restarts


def document() -> bytes:
    """A PDF of one page."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (300, 200), "#08f").save(out, format="PDF")
    return out.getvalue()


@pytest.mark.parametrize("extra", ["heic", "pdf"])
async def test_what_is_read_only(pool: RenderPool, extra: str) -> None:
    if not installed(extra):
        pytest.skip(f"the extra {extra} is not installed")
    data = document() if extra == "pdf" else await asyncio.to_thread((PICTURES / "photo.heic").read_bytes)
    _, rendition = await made(pool, "w_60/f_png", data)

    assert 60 == rendition.width
    assert {} == pool.restarts


async def test_drawings_have_letters(pool: RenderPool) -> None:
    _, rendition = await made(pool, "w_80/f_png", SVG)

    assert offline.rendered(parse("w_80/f_png"), SVG).body == rendition.body


async def test_a_drawing_has_less_time_and_memory(make_pool: MakePool) -> None:
    """Bytes that may be a drawing are taken for one: what they really are is only known afterwards."""
    pool = await make_pool(svg_deadline_seconds=0.2, svg_address_space_bytes=700 << 20)
    pid = await pid_of(pool)
    plain = (await told(pool, "facts"))["limits"]["RLIMIT_AS"]
    drawing = (await told(pool, "facts", data=b"\xef\xbb\xbf \n<svg/>"))["limits"]["RLIMIT_AS"]
    again = (await told(pool, "facts"))["limits"]["RLIMIT_AS"]
    assert pid == await pid_of(pool)
    with pytest.raises(RenderTimeout) as caught:
        await do(pool, "spin", data=b"<svg/>")

    assert [plain, plain] == [again, [4 << 30, 4 << 30]]
    assert [700 << 20, 4 << 30] == drawing
    assert 0.2 == caught.value.deadline_seconds


async def test_a_drawing_has_no_more_than_any_job(make_pool: MakePool) -> None:
    pool = await make_pool(address_space_bytes=600 << 20, svg_address_space_bytes=2 << 30)
    limits = (await told(pool, "facts", data=b"<svg/>"))["limits"]["RLIMIT_AS"]

    assert [600 << 20, 600 << 20] == limits


async def test_processor_time_is_bounded_for_each_job(make_pool: MakePool) -> None:
    pool = await make_pool()
    first, second = [
        json.loads((await do(pool, "facts", deadline_seconds=seconds)).body)["limits"]["RLIMIT_CPU"][0]
        for seconds in (2, 5)
    ]

    assert 9 <= first < 30
    assert 21 <= second < 50
    assert first < second


def test_a_process_past_its_processor_time_is_killed() -> None:
    """What holds where the server itself is stopped."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        rlimits.bound_cpu(process.pid, 0)
        status = process.wait(60)

    assert -signal.SIGXCPU == status


def test_a_process_that_is_gone_is_told() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(60)
    with pytest.raises(ProcessLookupError):
        rlimits.bound_cpu(process.pid, 1)
    with pytest.raises(ProcessLookupError):
        rlimits.bound_memory(process.pid, 1)


def test_memory_is_bounded_from_outside_and_given_back() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        before = resource.prlimit(process.pid, resource.RLIMIT_AS)
        rlimits.bound_memory(process.pid, 1 << 30)
        bounded = resource.prlimit(process.pid, resource.RLIMIT_AS)
        rlimits.bound_memory(process.pid, None)
        after = resource.prlimit(process.pid, resource.RLIMIT_AS)
        process.kill()

    assert (1 << 30, before[1]) == bounded
    assert (before[1], before[1]) == after


async def test_blocked_formats_are_not_decoded(hire: Hire) -> None:
    pool = await hire()
    _, tiff = await made(pool, "w_60/f_tiff", sample("dogs.jpg"))
    plan, _ = await made(pool, "w_30/f_png", tiff.body)
    blocked = await hire(blocked=["tiff", "svg"])
    for data in (tiff.body, SVG):
        with pytest.raises(UnsupportedFormat) as caught:
            await blocked.probe(data)
        assert (415, BLOCKED) == (rule_for(caught.value).status, caught.value.code)
    with pytest.raises(UnsupportedFormat):
        await blocked.render(plan, tiff.body)
    with pytest.raises(UnsupportedFormat):
        await made(blocked, "w_60/l_logo/fl_layer_apply/f_png", sample("dogs.jpg"), SVG)

    assert 60 == (await made(blocked, "w_60/f_tiff", sample("dogs.jpg")))[1].width
    assert {} == blocked.restarts


async def test_a_worker_itself_refuses_what_is_blocked(hire: Hire) -> None:
    """Whatever the server thinks: it is the last to look before a decoder does."""
    pool = await hire(blocked=["svg"])
    plan = make_plan(parse("w_20/f_png"), ImageInfo("svg", 40, 30, alpha=True))
    pool.terms = replace(pool.terms, blocked=frozenset())
    with pytest.raises(UnsupportedFormat) as caught:
        await pool.render(plan, SVG)
    with pytest.raises(UnsupportedFormat):
        await pool.probe(SVG)

    assert BLOCKED == caught.value.code


async def test_the_formats_of_layers_count(pool: RenderPool) -> None:
    plan, _ = await made(pool, "w_60/l_logo/fl_layer_apply/f_png", sample("dogs.jpg"), SVG)

    assert {"jpg", "svg"} == formats_in(plan)
