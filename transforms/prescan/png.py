"""PNG before it is decoded (PNG, third edition, sections 5 and 11): its size, and that its data could be it.

A file of 74 bytes may claim 65,535 pixels a side, and a decoder believes it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from transforms.frame import ImageInfo
from transforms.limits import Limits, check_original
from transforms.prescan.base import Tally, broken, cut_off

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type."""
_MOST_RATIO = 1032
"""What deflate makes of a byte at the most: 258 bytes of two bits."""
_SLACK = 1024
_MOST_PACKED = 200
"""Compressed texts and profiles."""
_PLAIN = frozenset((b"tEXt", b"eXIf"))
_PACKED = frozenset((b"zTXt", b"iCCP", b"iTXt"))


def scan(data: bytes, limits: Limits) -> ImageInfo:
    """Size, interlacing, and the frames of an APNG (of which only the first is read)."""
    tally = Tally("png", limits)
    width, height, depth, channels, interlaced = _header(data)
    pixels, packed = 0, 0
    for kind, start, end in _chunks(data, tally):
        if kind == b"IDAT":
            pixels += end - start
        elif kind == b"acTL" and end - start >= 4:
            tally.pages(int.from_bytes(data[start : start + 4], "big"))
        elif kind in _PLAIN:
            tally.metadata(end - start)
        elif kind in _PACKED:
            packed += 1
            if packed > _MOST_PACKED:
                tally.part(limits.max_parts)
            tally.metadata(_inflated(data[start:end], kind, tally.metadata_left()))
        elif kind == b"IEND":
            break
    claimed = ImageInfo("png", width, height, progressive=interlaced)
    check_original(claimed, limits)
    needed = (width * depth * channels + 7) // 8 * height
    if needed > pixels * _MOST_RATIO + _SLACK:
        raise broken("png", f"{pixels:,} bytes of data cannot hold {width}x{height} pixels")
    return claimed


def _header(data: bytes) -> tuple[int, int, int, int, bool]:
    """Width, height, bits a channel, channels, and whether it is interlaced."""
    if len(data) < 33:
        raise cut_off("png")
    length, kind, width, height, depth, color, _, _, interlace = struct.unpack_from(">I4sIIBBBBB", data, 8)
    if (length, kind) != (13, b"IHDR"):
        raise broken("png", "it does not begin with a header")
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        raise broken("png", "it has no size")
    if color not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or interlace > 1:
        raise broken("png", "its header says what no header can")
    return width, height, depth, _CHANNELS[color], interlace == 1


def _chunks(data: bytes, tally: Tally) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk behind the header."""
    at = 33
    while at < len(data):
        if at + 8 > len(data):
            # Only the end is cut off; whether the pixels are all there the decoder sees.
            return
        tally.part()
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data) and kind != b"IEND":
            raise cut_off("png")
        yield kind, at + 8, at + 8 + length
        at += 12 + length


def _inflated(chunk: bytes, kind: bytes, most: int) -> int:
    """Bytes of a compressed text or profile, up to one more than `most`; where it does not read, its own."""
    rest = chunk.partition(b"\0")[2]
    if kind == b"iTXt":
        compressed, rest = rest[:1] == b"\x01", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if not compressed:
            return len(chunk)
    else:
        rest = rest[1:]
    try:
        return max(len(chunk), len(zlib.decompressobj().decompress(rest, most + 1)))
    except zlib.error:
        return len(chunk)
