"""JPEG before it is decoded (ITU-T T.81, annex B): its size, and how often its pixels are gone over.

What costs is not the size alone: every scan of a progressive picture goes over all of it, and a scan may take
a hundred bytes.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace

from transforms.frame import ImageInfo
from transforms.limits import Limits, check_original
from transforms.prescan.base import Tally, broken, cut_off, too_much

_MARKER = re.compile(rb"\xff[^\x00\xff]")
_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a length behind them."""
_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF))
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_ARITHMETIC = 0xC9
"""From here on a block may take less than a bit."""
_METADATA = frozenset((*range(0xE0, 0xF0), 0xFE))
_MOST_JUNK = 1_000_000
"""Bytes between segments, which decoders pass over."""
_PIXELS_A_BYTE = 512
"""A block of 64 pixels takes a bit at least, in the largest of the components."""


@dataclass(frozen=True, slots=True)
class _Frame:
    marker: int
    width: int
    height: int
    components: int
    spread: int
    """How many blocks of the finest component stand over one of the coarsest."""


def scan(data: bytes, limits: Limits) -> ImageInfo:
    """Size and number of scans, up to one more than is allowed."""
    frame, at, in_scan = _header(data, Tally("jpg", limits))
    progressive = frame.marker in _PROGRESSIVE
    claimed = ImageInfo("jpg", frame.width, frame.height, progressive=progressive)
    check_original(claimed, limits)
    if frame.marker < _ARITHMETIC and frame.width * frame.height > len(data) * _PIXELS_A_BYTE * frame.spread:
        raise broken("jpg", f"{len(data):,} bytes cannot hold {frame.width}x{frame.height} pixels")
    if data.rfind(b"\xff\xd9", at) < 0:
        # A crop of what is there would succeed.
        raise cut_off("jpg")
    # One scan with all components is all that a baseline decoder takes.
    scans = _scans(data, at, limits) if progressive or in_scan < frame.components else 1
    return replace(claimed, scans=scans)


def _header(data: bytes, tally: Tally) -> tuple[_Frame, int, int]:
    """The frame, where the first scan begins, and how many components it has."""
    frame, at, junk = None, 2, _MOST_JUNK
    while True:
        found = _MARKER.search(data, at, at + junk)
        if found is None:
            raise cut_off("jpg")
        junk -= found.start() - at
        marker, at = data[found.end() - 1], found.end()
        if marker in _ALONE:
            continue
        if marker == _END or at + 3 > len(data):
            raise cut_off("jpg")
        tally.part()
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2 or at + length > len(data):
            raise cut_off("jpg")
        if marker in _METADATA:
            tally.metadata(length)
        elif marker in _FRAMES:
            frame = _frame(data, marker, at, length)
        elif marker == _START_OF_SCAN:
            if frame is None:
                raise broken("jpg", "a scan comes before any frame")
            return frame, at + length, data[at + 2]
        at += length


def _frame(data: bytes, marker: int, at: int, length: int) -> _Frame:
    if length < 8:
        raise broken("jpg", "its frame header is too short")
    _, height, width, components = struct.unpack_from(">BHHB", data, at + 2)
    if not (width and height and components) or length < 8 + 3 * components:
        raise broken("jpg", "its frame has no size")
    factors = [data[at + 9 + 3 * number] for number in range(components)]
    across, down = [factor >> 4 for factor in factors], [factor & 15 for factor in factors]
    if not (all(across) and all(down)):
        raise broken("jpg", "a component has no size")
    least = min(a * b for a, b in zip(across, down, strict=True))
    return _Frame(marker, width, height, components, max(across) * max(down) // least)


def _scans(data: bytes, at: int, limits: Limits) -> int:
    """How many scans there are. In their data every 0xFF is followed by 0, or by a marker that counts."""
    for scans in range(1, limits.max_scans + 1):
        found = data.find(b"\xff\xda", at)
        # Behind the end another picture may lie, as in files with a preview.
        if found < 0 or data.find(b"\xff\xd9", at, found) >= 0:
            return scans
        at = found + 2
    raise too_much(f"has more than {limits.max_scans} scans", "too_many_scans", "jpg")
