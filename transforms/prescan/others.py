"""The formats of the extras before they are decoded: the size in the head of each."""

from __future__ import annotations

import struct

from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.prescan.base import Tally, broken, cut_off, too_much
from transforms.prescan.png import scan as scan_png

_RUNS = (1, 2)
"""Compressions of a BMP by run lengths."""
_CODESTREAM = b"\xff\x4f\xff\x51"
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_ICONS = 256
_MOST_TILES = 65_535
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Of the shapes a JPEG XL may name instead of a width (18181-1, table A.1)."""
_SIZE_BITS = (9, 13, 18, 30)


def scan_bmp(data: bytes, limits: Limits) -> ImageInfo:
    """Size, and whether an uncompressed file is as long as that takes."""
    if len(data) < 26:
        raise cut_off("bmp")
    (head,) = struct.unpack_from("<I", data, 14)
    compression = 0
    if head == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    elif head >= 40 and len(data) >= 54:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    else:
        raise broken("bmp", "its header does not read")
    width, height = abs(width), abs(height)
    if not (width and height):
        raise broken("bmp", "it has no size")
    (start,) = struct.unpack_from("<I", data, 10)
    if compression not in _RUNS and start + (width * bits + 7) // 8 * height > len(data):
        raise cut_off("bmp")
    return ImageInfo("bmp", width, height)


def scan_ico(data: bytes, limits: Limits) -> ImageInfo:
    """Size of the largest picture in it; PNGs inside are held to what any PNG is."""
    (count,) = struct.unpack_from("<H", data.ljust(6, b"\0"), 4)
    if count == 0 or 6 + 16 * count > len(data):
        raise cut_off("ico")
    if count > _MOST_ICONS:
        raise too_much(f"has more than {_MOST_ICONS} pictures", "too_many_items", "ico")
    sizes = []
    for at in range(6, 6 + 16 * count, 16):
        width, height, length, offset = struct.unpack_from("<BB6xII", data, at)
        if offset + length > len(data):
            raise cut_off("ico")
        sizes.append((width or 256, height or 256))
        if data.startswith(_PNG, offset):
            inner = scan_png(data[offset : offset + length], limits)
            sizes.append((inner.width, inner.height))
    return ImageInfo("ico", *max(sizes, key=lambda size: size[0] * size[1]))


def scan_tga(data: bytes, limits: Limits) -> ImageInfo:
    """Size, and whether an uncompressed file is as long as that takes."""
    if len(data) < 18 + 26:
        raise cut_off("tga")
    kind = data[2]
    width, height, bits = struct.unpack_from("<HHB", data, 12)
    if not (width and height):
        raise broken("tga", "it has no size")
    if kind in (1, 2, 3) and (width * bits + 7) // 8 * height > len(data):
        raise cut_off("tga")
    return ImageInfo("tga", width, height)


def scan_jp2(data: bytes, limits: Limits) -> ImageInfo:
    """Size and tiles, from the codestream itself (ISO/IEC 15444-1, A.5.1): boxes around it may lie."""
    at = data.find(_CODESTREAM)
    if at < 0 or at + 42 > len(data):
        raise cut_off("jp2")
    across, down, left, top, wide, high, tiles_left, tiles_top, components = struct.unpack_from(
        ">8IH", data, at + 8
    )
    width, height = across - left, down - top
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31 and wide and high and components):
        raise broken("jp2", "it has no size")
    tiles = -(-(across - tiles_left) // wide) * -(-(down - tiles_top) // high)
    if tiles > _MOST_TILES or components > 5:
        raise too_much("has very many tiles or components", "too_many_blocks", "jp2")
    return ImageInfo("jp2", width, height)


def scan_jxl(data: bytes, limits: Limits) -> ImageInfo:
    """Size, from the head of the codestream (ISO/IEC 18181-1, A.3)."""
    stream = data if data.startswith(b"\xff\x0a") else _jxl_stream(data, Tally("jxl", limits))
    bits = int.from_bytes(stream[2:18].ljust(16, b"\0"), "little")
    small, bits = bits & 1, bits >> 1
    height, bits = _jxl_size(bits, small)
    ratio, bits = bits & 7, bits >> 3
    if ratio:
        across, down = _RATIOS[ratio - 1]
        width = height * across // down
    else:
        width, bits = _jxl_size(bits, small)
    if len(stream) < 4:
        raise cut_off("jxl")
    return ImageInfo("jxl", width, height)


def _jxl_size(bits: int, small: int) -> tuple[int, int]:
    """A side, and the bits behind it."""
    if small:
        return ((bits & 31) + 1) * 8, bits >> 5
    length = _SIZE_BITS[bits & 3]
    return (bits >> 2 & (1 << length) - 1) + 1, bits >> 2 + length


def _jxl_stream(data: bytes, tally: Tally) -> bytes:
    """How the codestream in a container begins (ISO/IEC 18181-2)."""
    at = 0
    while at + 8 <= len(data):
        tally.part()
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1 and at + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        if kind in (b"jxlc", b"jxlp"):
            start = at + head + (4 if kind == b"jxlp" else 0)
            return data[start : start + 32]
        if length < head:
            break
        at += length
    raise cut_off("jxl")


def scan_pdf(data: bytes, limits: Limits) -> ImageInfo:
    """Nothing but that it has an end: what a page measures is for PDFium to find."""
    if b"startxref" not in data[-4096:] and b"%%EOF" not in data[-4096:]:
        raise cut_off("pdf")
    return ImageInfo("pdf", 1, 1)
