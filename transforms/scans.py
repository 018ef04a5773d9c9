"""Progressive JPEGs with the scans left out that a small picture cannot show.

A progressive picture is gone over once for every scan, and each time in full: decoded at a quarter of its
size it costs nearly what the whole costs. A decoder that shrinks by four looks at four of a block's 64
coefficients, and all of those are in the first scans. So the later ones are cut out of the bytes before
decoding, which costs a search through them.

Known is one order of scans, the one that libjpeg's `jpeg_simple_progression` writes for three components
(IJG libjpeg, jcparam.c), with which nearly all progressive photographs are made. Whatever is not exactly that
is left as it is. Scans as ITU-T T.81 (annex B.2.3, and G for the successive approximation) describes them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

_SOI = b"\xff\xd8"
_END_OF_IMAGE, _START_OF_SCAN, _PROGRESSIVE = 0xD9, 0xDA, 0xC2
_QUANTISERS, _HUFFMAN_TABLES, _RESTART_INTERVAL = 0xDB, 0xC4, 0xDD
_SIZED = frozenset((_PROGRESSIVE, _QUANTISERS, _HUFFMAN_TABLES, _RESTART_INTERVAL, 0xFE, *range(0xE0, 0xF0)))
"""Segments that may stand before scans; any other is a surprise."""
_BEHIND_A_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A marker that ends a scan's data: no stuffed byte, no restart, no fill."""

STANDARD = (
    ((0, 1, 2), 0, 0, 0, 1),
    ((0,), 1, 5, 0, 2),
    ((2,), 1, 63, 0, 1),
    ((1,), 1, 63, 0, 1),
    ((0,), 6, 63, 0, 2),
    ((0,), 1, 63, 2, 1),
    ((0, 1, 2), 0, 0, 1, 0),
    ((2,), 1, 63, 1, 0),
    ((1,), 1, 63, 1, 0),
    ((0,), 1, 63, 1, 0),
)
"""The order of scans: components by their place in the frame, first and last coefficient, and the bit up to
which they were known before and are known after."""

SCANS = len(STANDARD)

Scans = Literal["all", "first", "few"]
"""How many are decoded: `first` where about four pixels become one along a side, `few` from six on."""

_FEW = frozenset((0, 1, 2, 3, 6))
"""The mean of every block in full, and the first bits of its coarsest waves: without waves blocks show."""
_FIRST = _FEW | {4, 7, 8}
"""With the finer waves, and the last bit of all that is colour."""

_COARSEST_WAVES = 9
_FINE_STEP, _BRIGHTNESS_STEP = 6.2, 7.0
"""The last bit of a wave is worth its quantiser's step. With steps up to the first, in the mean over the
coarsest waves of every table (libjpeg's quality 89), `few` are enough; with larger ones than the second for
brightness (below 74) `first` are too few at a ratio of four."""


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int
    """Where its marker begins."""
    body: int
    """Where what its length counts begins: behind the length."""
    end: int


def first_scans(data: bytes, scans: Scans) -> bytes:
    """The JPEG without the scans that refine it, or `data` itself where anything about it is unusual.

    Meant for a decoder that shrinks. SSIMULACRA2 against the full decode, of photographs of qualities 60 to
    95 and from four pixels for one on, is 88 to 97.
    """
    segments = _segments(data)
    if scans == "all" or segments is None or not _is_standard(data, segments):
        return data
    kept = _kept(data, segments, scans)
    return data if kept is None else _only(data, segments, kept)


def _kept(data: bytes, segments: list[_Segment], scans: Scans) -> frozenset[int] | None:
    """Which scans stay; None for all."""
    steps = _steps(data, segments)
    if scans == "few":
        return _FEW if steps and max(steps.values()) <= _FINE_STEP else _FIRST
    frame = next(segment for segment in segments if segment.marker == _PROGRESSIVE)
    brightness = data[frame.body + 8]
    return _FIRST if steps.get(brightness, math.inf) <= _BRIGHTNESS_STEP else None


def _only(data: bytes, segments: list[_Segment], kept: frozenset[int]) -> bytes:
    parts, at, scans = [], 0, 0
    for segment in segments:
        if segment.marker != _START_OF_SCAN:
            continue
        if scans not in kept:
            parts.append(data[at : segment.start])
            at = segment.end
        scans += 1
    # What stands behind the end of the picture is of no use here.
    return b"".join((*parts, data[at : segments[-1].end]))


def _steps(data: bytes, segments: list[_Segment]) -> dict[int, float]:
    """The quantiser's step for the coarsest waves, in the mean, by the number of its table; annex B.2.4.1."""
    steps: dict[int, float] = {}
    for segment in segments:
        at = segment.body
        while segment.marker == _QUANTISERS and at < segment.end:
            size = 2 if data[at] >> 4 else 1
            # In zigzag order, behind the step of the mean.
            waves = data[at + 1 + size : at + 1 + size * (1 + _COARSEST_WAVES)]
            values = [int.from_bytes(waves[k : k + size], "big") for k in range(0, len(waves), size)]
            steps[data[at] & 15] = sum(values) / _COARSEST_WAVES
            at += 1 + 64 * size
    return steps


def _segments(data: bytes) -> list[_Segment] | None:
    """Every segment up to the end of the image, a scan with its data; None when one is a surprise."""
    if not data.startswith(_SOI):
        return None
    segments: list[_Segment] = []
    at = len(_SOI)
    while at + 4 <= len(data) and len(segments) < 1000:
        marker = data[at + 1]
        if data[at] != 0xFF:
            return None
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data) or marker not in _SIZED | {_START_OF_SCAN}:
            return None
        if marker == _START_OF_SCAN:
            behind = _BEHIND_A_SCAN.search(data, end)
            if behind is None:
                return None
            end = behind.start()
        segments.append(_Segment(marker, at, at + 4, end))
        if data[end : end + 2] == b"\xff\xd9":
            return [*segments, _Segment(_END_OF_IMAGE, end, end + 2, end + 2)]
        at = end
    return None


def _is_standard(data: bytes, segments: list[_Segment]) -> bool:
    frames = [segment for segment in segments if segment.marker == _PROGRESSIVE]
    scans = [segment for segment in segments if segment.marker == _START_OF_SCAN]
    if len(frames) != 1 or len(scans) != SCANS or frames[0].start > scans[0].start:
        return False
    components = _components(data, frames[0])
    if components is None:
        return False
    return all(_scan(data, scan, components) == known for scan, known in zip(scans, STANDARD, strict=True))


def _components(data: bytes, frame: _Segment) -> dict[int, int] | None:
    """The place in the frame of every component, by its identifier; None for anything but three of them."""
    body = data[frame.body : frame.end]
    if len(body) != 15 or body[0] != 8 or body[5] != 3:
        return None
    places = {body[6 + 3 * place]: place for place in range(3)}
    return places if len(places) == 3 else None


def _scan(data: bytes, scan: _Segment, components: dict[int, int]) -> object:
    """What a scan carries, in the form of `STANDARD`."""
    count = data[scan.body] if scan.body < scan.end else 0
    header = data[scan.body + 1 : scan.body + 4 + 2 * count]
    declared = int.from_bytes(data[scan.start + 2 : scan.start + 4], "big")
    if len(header) != 2 * count + 3 or declared != 6 + 2 * count:
        return None
    first, last, bits = header[-3:]
    places = tuple(components.get(identifier, -1) for identifier in header[: 2 * count : 2])
    return places, first, last, bits >> 4, bits & 15
