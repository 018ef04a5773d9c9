"""WebP before it is decoded (RFC 9649): the size of its canvas, and its frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.prescan.base import Tally, broken, cut_off

_METADATA = frozenset((b"ICCP", b"EXIF", b"XMP "))
_PIXELS = frozenset((b"VP8 ", b"VP8L"))
_FRAME_HEADER = 16


def scan(data: bytes, limits: Limits) -> ImageInfo:
    """Size of the canvas, or of the picture where there is no canvas, and the number of frames."""
    tally = Tally("webp", limits)
    if len(data) < 20:
        raise cut_off("webp")
    end = 8 + int.from_bytes(data[4:8], "little")
    # Some writers count the byte that fills up an odd last chunk, and leave it out.
    if end > len(data) + 1:
        raise cut_off("webp")
    canvas, size, frames = None, None, 0
    for kind, start, stop in _chunks(data, 12, min(end, len(data)), tally):
        if kind == b"VP8X" and stop - start >= 10 and canvas is None:
            canvas = _triple(data, start + 4) + 1, _triple(data, start + 7) + 1
        elif kind in _PIXELS and size is None:
            size = _size(kind, data[start:stop])
        elif kind == b"ANMF":
            frames += 1
            tally.pages(frames)
            _check_frame(data[start:stop], canvas, tally)
        elif kind in _METADATA:
            tally.metadata(stop - start)
    size = canvas or size
    if size is None:
        raise broken("webp", "there is no picture in it")
    return ImageInfo("webp", *size, pages=max(1, frames), animated=frames > 1)


def _chunks(data: bytes, at: int, end: int, tally: Tally) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk. What is left over behind the last one is not looked at."""
    while at + 8 <= end:
        tally.part()
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise cut_off("webp")
        yield kind, at + 8, at + 8 + length
        at += 8 + length + (length & 1)


def _size(kind: bytes, chunk: bytes) -> tuple[int, int]:
    """Width and height in the head of a lossy (RFC 6386, section 9.1) or lossless picture."""
    if len(chunk) < (5 if kind == b"VP8L" else 10):
        raise cut_off("webp")
    if kind == b"VP8L":
        bits = int.from_bytes(chunk[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", chunk, 6)
    width, height = width & 0x3FFF, height & 0x3FFF
    if not (width and height):
        raise broken("webp", "it has no size")
    return width, height


def _check_frame(frame: bytes, canvas: tuple[int, int] | None, tally: Tally) -> None:
    """Hold a frame, and the picture in it, against the canvas that the planner counts with."""
    if len(frame) < _FRAME_HEADER or canvas is None:
        raise broken("webp", "a frame has no head, or no canvas to stand on")
    left, top, width, height = (_triple(frame, at) for at in (0, 3, 6, 9))
    if 2 * left + width + 1 > canvas[0] or 2 * top + height + 1 > canvas[1]:
        raise broken("webp", "a frame reaches beyond the canvas")
    for kind, start, stop in _chunks(frame, _FRAME_HEADER, len(frame), tally):
        if kind in _PIXELS and _size(kind, frame[start:stop]) != (width + 1, height + 1):
            raise broken("webp", "a frame is of another size than it says")


def _triple(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")
