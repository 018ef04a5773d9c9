"""APNG: an animation put together from stills (PNG, third edition, sections 4.9 and 11.3.6).

Every frame is saved as a PNG of its own. The first gives the file its head; of the others only the pixels are
taken, and of these only the part that changed since the frame before.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator

from pyvips import Image

from transforms.pages import split

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS, _END = b"IDAT", b"IEND"
_CONTROL, _FRAME, _FRAME_PIXELS = b"acTL", b"fcTL", b"fdAT"
_MILLISECONDS = 1_000
_LONGEST_DELAY = 65_535
_USUAL_DELAY = 100
"""Milliseconds of a frame whose file does not say."""

Box = tuple[int, int, int, int]
"""Left, top, width and height, in pixels."""


def assemble(roll: Image, save: Callable[[Image], bytes]) -> bytes:
    """The frames of `roll`, one below the other, as one APNG; `save` makes the PNG of a frame."""
    frames = [frame.copy_memory() for frame in split(roll, roll.height // roll.get_page_height())]
    loop = roll.get("loop") if roll.get_typeof("loop") else 0
    return SIGNATURE + b"".join(_chunks(frames, _delays(roll, len(frames)), loop, save))


def _delays(roll: Image, count: int) -> list[int]:
    told = list(roll.get("delay")) if roll.get_typeof("delay") else []
    return [min(delay, _LONGEST_DELAY) for delay in told] if len(told) == count else [_USUAL_DELAY] * count


def _chunks(
    frames: list[Image], delays: list[int], loop: int, save: Callable[[Image], bytes]
) -> Iterator[bytes]:
    """The file behind its signature. Control and pixel chunks of frames are numbered in one row."""
    head = list(chunks_of(save(frames[0])))
    yield from (chunk(kind, data) for kind, data in head if kind not in (_PIXELS, _END))
    yield chunk(_CONTROL, struct.pack(">II", len(frames), loop))
    yield _control(0, (0, 0, frames[0].width, frames[0].height), delays[0])
    yield from (chunk(_PIXELS, data) for kind, data in head if kind == _PIXELS)
    number = 1
    for before, frame, delay in zip(frames, frames[1:], delays[1:], strict=False):
        box = _changed(before, frame)
        yield _control(number, box, delay)
        yield chunk(_FRAME_PIXELS, struct.pack(">I", number + 1) + _pixels(save(frame.crop(*box))))
        number += 2
    yield chunk(_END, b"")


def _control(number: int, box: Box, delay: int) -> bytes:
    """How long a frame is shown, and where: it stays when its time is over, and replaces what it covers."""
    left, top, width, height = box
    stays, replaces = 0, 0
    return chunk(
        _FRAME,
        struct.pack(">IIIIIHHBB", number, width, height, left, top, delay, _MILLISECONDS, stays, replaces),
    )


def _changed(before: Image, frame: Image) -> Box:
    """The part in which two frames differ; one pixel where they do not, for a frame cannot be empty."""
    differs = (before != frame).bandor()
    left, top, width, height = differs.find_trim(threshold=1, background=[0], line_art=True)
    return (left, top, width, height) if width and height else (0, 0, 1, 1)


def _pixels(png: bytes) -> bytes:
    return b"".join(data for kind, data in chunks_of(png) if kind == _PIXELS)


def chunks_of(png: bytes) -> Iterable[tuple[bytes, bytes]]:
    """Kind and data of each chunk of a PNG that we wrote."""
    at = len(SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + length]
        at += length + 12


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk: its length, its kind, its data and their checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
