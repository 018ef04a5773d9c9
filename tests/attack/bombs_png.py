"""PNGs made to hurt (PNG, third edition)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from tests.attack.making import Makes, chunk, cuts, patched, picture

START = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")


def head(width: int, height: int, depth: int = 8, color: int = 2, interlace: int = 0) -> bytes:
    return START + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))


def pixels(size: int) -> bytes:
    """So many zeros, packed."""
    packer = zlib.compressobj(9)
    pieces = [packer.compress(bytes(min(1 << 20, size - at))) for at in range(0, size, 1 << 20)]
    return chunk(b"IDAT", b"".join((*pieces, packer.flush())))


def flat(width: int, height: int, depth: int = 8, color: int = 0, interlace: int = 0) -> bytes:
    """A picture that is all there, in very few bytes."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    if interlace:
        passes = ((8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2))
        size = sum(
            -(-height // down) * (1 + (-(-width // across) * depth * channels + 7) // 8)
            for across, down in passes
        )
        size += 1 << 16
    else:
        size = height * (1 + (width * depth * channels + 7) // 8)
    return head(width, height, depth, color, interlace) + pixels(size) + END


def claimed(width: int, height: int, depth: int = 8, color: int = 2, interlace: int = 0) -> bytes:
    """Seventy bytes that claim to be a large picture."""
    return head(width, height, depth, color, interlace) + chunk(b"IDAT", zlib.compress(bytes(64))) + END


def with_chunks(*chunks: bytes) -> bytes:
    """A picture with more chunks behind its header."""
    data = picture("flat.png")
    return data[:33] + b"".join(chunks) + data[33:]


def packed_text(size: int, kind: bytes = b"zTXt") -> bytes:
    """A text that unpacks to much more than it is."""
    lead = {b"zTXt": b"k\0\0", b"iCCP": b"k\0\0", b"iTXt": b"k\0\1\0\0\0"}[kind]
    return chunk(kind, lead + zlib.compress(bytes(size), 9))


def _headers() -> Iterator[tuple[str, bytes]]:
    for depth in (0, 3, 5, 32, 255):
        yield f"png of {depth} bits", claimed(10, 10, depth)
    for color in (1, 5, 7, 255):
        yield f"png of colours {color}", claimed(10, 10, 8, color)
    for width, height in ((0, 10), (10, 0), (0, 0), (1 << 31, 10), (0xFFFFFFFF, 0xFFFFFFFF)):
        yield f"png of {width}x{height}", claimed(width, height)
    for width, height in ((5_000, 5_000), (9_999, 9_999), (4_000, 3_000), (65_535, 1_500)):
        yield f"png that cannot hold {width}x{height}", claimed(width, height)
        yield f"png of 16 bits that cannot hold {width}x{height}", claimed(width, height, 16, 6)


_LARGE = ((65_535, 65_535), (10_001, 10_000), (1, 53_504), (53_504, 1), (65_535, 300), (301, 1))

MAKES: dict[str, Makes] = {
    "too_large": {
        **{f"png of {width}x{height}": claimed(width, height) for width, height in _LARGE},
        **{
            f"png whole of {width}x{height}": flat(width, height, 1)
            for width, height in ((1, 53_504), (12_337, 1), (301, 1))
        },
        "png of 101 megapixels": lambda: flat(10_100, 10_000, 1),
        "png interlaced of 26 megapixels": lambda: flat(5_200, 5_000, 1, interlace=1),
        "png interlaced of 100 megapixels": claimed(10_000, 10_000, 1, 0, 1),
        "png with a text of 20 MB": lambda: with_chunks(packed_text(20_000_000)),
        "png with an international text of 20 MB": lambda: with_chunks(packed_text(20_000_000, b"iTXt")),
        "png with a profile of 20 MB": lambda: with_chunks(packed_text(20_000_000, b"iCCP")),
        "png with a profile of 1 GB": lambda: with_chunks(
            chunk(
                b"iCCP",
                b"k\0\0" + zlib.compress(bytes(4_000_000), 9) + b"\0" + zlib.compress(bytes(20_000_000), 9),
            ),
            packed_text(20_000_000),
        ),
        "png with forty texts of 1 MB": lambda: with_chunks(*[packed_text(1_000_000)] * 40),
        "png with a plain text of 20 MB": lambda: with_chunks(chunk(b"tEXt", b"k\0" + b"t" * 20_000_000)),
        "png with notes of 20 MB": lambda: with_chunks(chunk(b"eXIf", b"t" * 20_000_000)),
        "png with 2,000 packed texts": lambda: with_chunks(*[packed_text(10)] * 2_000),
        "png with 60,000 chunks": lambda: with_chunks(chunk(b"juNk", b"") * 60_000),
        "png with 60,000 pieces of pixels": lambda: with_chunks(chunk(b"IDAT", b"") * 60_000),
        "png of two thousand million frames": with_chunks(chunk(b"acTL", struct.pack(">II", 1 << 31, 0))),
    },
    "broken": {
        **dict(_headers()),
        **cuts("alpha.png", 12),
        **cuts("flat.png", 8, least=40),
        **cuts("interlaced.png", 8),
        "png of a signature": START,
        "png without pixels": head(10, 10) + END,
        "png whose first chunk is another": START + chunk(b"IDAT", b"x" * 40),
        "png with a short header": START + chunk(b"IHDR", b"\0" * 4) + b"\0" * 40,
        "png with an endless chunk": with_chunks(struct.pack(">I4s", 0xFFFFFFFF, b"juNk")),
        "png with a chunk of 2 GB": with_chunks(struct.pack(">I4s", 0x7FFFFFFF, b"tEXt")),
        "png with no palette": head(10, 10, 8, 3) + pixels(110) + END,
        "png with pixels that do not unpack": head(10, 10)
        + chunk(b"IDAT", b"\x78\x9c" + b"\xff" * 400)
        + END,
        "png with half its rows": head(100, 100) + pixels(15_000) + END,
        "png interlaced by another way": claimed(10, 10, 8, 2, 2),
    },
    "served": {
        "png of 100 megapixels in 12 KB": lambda: flat(10_000, 10_000, 1),
        "png with more pixels than wanted": head(100, 100) + pixels(3_000_000) + END,
        "png and a zip": picture("alpha.png") + b"PK\3\4" + b"\0" * 500,
        "png and a script": picture("alpha.png") + b"<script>alert(1)</script>",
        "png with a text of 1 MB": with_chunks(packed_text(1_000_000)),
        "png interlaced of 24 megapixels": lambda: flat(4_900, 4_900, 1, interlace=1),
    },
    "any": {
        "png with a wrong sum": patched(picture("alpha.png"), 29, b"\0\0\0\0"),
        "png of 16 bits and 40 megapixels": lambda: flat(6_400, 6_300, 16, 6),
        "png with two headers": with_chunks(
            chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0))
        ),
        "png with a palette of 300": with_chunks(chunk(b"PLTE", b"\0" * 900)),
        "png with a lying profile": with_chunks(
            chunk(b"iCCP", b"k\0\0" + zlib.compress(b"\x7f\xff\xff\xff" * 99))
        ),
        "png with a profile that does not unpack": with_chunks(chunk(b"iCCP", b"k\0\0" + b"\xff" * 99)),
        "png with transparency before its palette": with_chunks(chunk(b"tRNS", b"\0" * 300)),
        "png with frames that lie": with_chunks(
            chunk(b"acTL", struct.pack(">II", 3, 0)),
            chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 1 << 30, 1 << 30, 5, 5, 1, 0, 9, 9)),
        ),
        "png without an end": picture("alpha.png")[:-12],
    },
}
