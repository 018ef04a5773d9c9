"""Pictures with a few bytes changed, or cut off anywhere: always an answer, and never half a picture."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from proxy.renderer import RenderPool
from tests.attack.making import PICTURES, picture
from tests.attack.pushing import push
from tests.attack.testsets import ALLOWED
from transforms.errors import TransformError
from transforms.limits import Limits
from transforms.prescan import SCANS

NAMES = sorted(
    file.name
    for file in PICTURES.iterdir()
    if file.suffix in (".jpg", ".png", ".webp", ".avif", ".gif", ".tiff", ".svg", ".heic")
)
SMALL = [name for name in NAMES if not name.startswith("orientation")]
TRANSFORMATION = "c_crop,h_40,w_40/f_jpg"
FLIPPED, CUT = 40, 25
"""Files made of each picture."""
SCANNED = 400
AT_ONCE = 8


@pytest.fixture
async def pool() -> AsyncIterator[RenderPool]:
    pool = RenderPool(workers=2, queue=10 * AT_ONCE, deadline_seconds=8, recycle_after=1_000_000)
    await pool.start()
    yield pool
    await pool.close()


def flipped(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to eight of its bytes changed, more often in its head, where the lies are."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        end = min(200, len(data)) if chance.random() < 0.5 else len(data)
        changed[chance.randrange(end)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(changed)


async def test_changed_bytes(pool: RenderPool) -> None:
    chance = random.Random(1)
    files = [flipped(picture(name), chance) for name in SMALL for _ in range(FLIPPED)]

    statuses = await _statuses(pool, files)

    assert set(statuses) <= ALLOWED
    assert {} == pool.restarts


async def test_files_that_break_off(pool: RenderPool) -> None:
    chance = random.Random(2)
    # The very end of some formats says nothing of pixels.
    ends = [(name, chance.randrange(len(picture(name)) * 97 // 100)) for name in SMALL for _ in range(CUT)]

    statuses = await _statuses(pool, [picture(name)[:end] for name, end in ends])

    assert [] == [cut for cut, status in zip(ends, statuses, strict=True) if status not in ALLOWED - {200}]
    assert {} == pool.restarts


@pytest.mark.parametrize("format", SCANS)
def test_a_scan_refuses_or_answers_whatever_it_is_given(format: str) -> None:
    chance = random.Random(format)
    ours = [name for name in NAMES if name.endswith(f".{format}")] or ["photo.avif"]
    answered = 0
    for _ in range(SCANNED):
        data = flipped(picture(chance.choice(ours)), chance)
        try:
            SCANS[format](data[: chance.randrange(1, 2 * len(data))], Limits())
        except TransformError:
            continue
        answered += 1

    assert answered < SCANNED


async def _statuses(pool: RenderPool, files: list[bytes]) -> list[int]:
    """Of each file what its last answer was."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(data: bytes) -> int:
        async with turn:
            return (await push(pool, data, (TRANSFORMATION,)))[-1].status

    return await asyncio.gather(*map(one, files))
