"""TIFFs made to hurt (TIFF 6.0)."""

from __future__ import annotations

import struct
import zlib

from tests.attack.making import Makes, cuts, picture

_SHORT, _LONG = 3, 4


def tiff(
    tags: dict[int, tuple[int, ...] | int], *, data: bytes = b"", order: str = "<", following: int = 0
) -> bytes:
    """A file of one directory, which stands behind its data and the arrays of its tags."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    body, entries = bytearray(data), []
    for tag in sorted(tags):
        values = tags[tag] if isinstance(tags[tag], tuple) else (tags[tag],)
        assert isinstance(values, tuple)
        if len(values) > 1:
            where = 8 + len(body)
            body += struct.pack(f"{order}{len(values)}I", *values)
            entries.append(struct.pack(order + "HHII", tag, _LONG, len(values), where))
        else:
            entries.append(struct.pack(order + "HHII", tag, _LONG, 1, values[0]))
    directory = (
        struct.pack(order + "H", len(entries)) + b"".join(entries) + struct.pack(order + "I", following)
    )
    return head + struct.pack(order + "I", 8 + len(body)) + bytes(body) + directory


def gray(width: int, height: int, data: bytes = b"", **more: int) -> bytes:
    """A gray picture in one strip; `more` are tags as `t259=5`."""
    tags: dict[int, tuple[int, ...] | int] = {
        256: width,
        257: height,
        258: 8,
        259: 1,
        262: 1,
        273: 8,
        277: 1,
        278: height,
        279: len(data),
    }
    return tiff(tags | {int(name[1:]): value for name, value in more.items()}, data=data)


def chained(count: int, last: int) -> bytes:
    """Pages of one pixel; the last leads to `last`."""
    size = 2 + 12 * 8 + 4
    pages = []
    for number in range(count):
        at = 9 + number * size
        values = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1))
        following = at + size if number < count - 1 else last
        entries = b"".join(struct.pack("<HHII", tag, _LONG, 1, value) for tag, value in values)
        pages.append(struct.pack("<H", len(values)) + entries + struct.pack("<I", following))
    return b"II*\0" + struct.pack("<I", 9) + b"\x80" + b"".join(pages)


def big(width: int, height: int, count: int = 1) -> bytes:
    """A BigTIFF that says so many strips."""
    tags = (
        (256, 1, width),
        (257, 1, height),
        (258, 1, 8),
        (259, 1, 1),
        (262, 1, 1),
        (273, count, 16),
        (279, count, 16),
    )
    entries = b"".join(struct.pack("<HHQQ", tag, 16, number, value) for tag, number, value in tags)
    return (
        b"II+\0\x08\0\0\0"
        + struct.pack("<Q", 24)
        + b"\0" * 8
        + struct.pack("<Q", len(tags))
        + entries
        + b"\0" * 8
    )


_ZEROS = zlib.compress(bytes(1_000_000), 9)
_LARGE = ((65_535, 65_535), (10_001, 10_000), (1, 65_535), (65_535, 1), (1 << 31, 1 << 31), (301, 1))

MAKES: dict[str, Makes] = {
    "too_large": {
        **{f"tiff of {width}x{height}": gray(width, height, b"\0" * 100) for width, height in _LARGE},
        **{f"tiff large of {width}x{height}": big(width, height) for width, height in _LARGE},
        "tiff of 10,001 pages": lambda: chained(10_001, 0),
        "tiff of 60,000 pages": lambda: chained(60_000, 0),
        "tiff of 32 channels and 64 bits": gray(9_000, 9_000, b"\0" * 100, t258=64, t277=32),
        "tiff of 65,535 channels": gray(1_000, 1_000, b"\0" * 100, t277=65_535),
        "tiff of 300,000 strips": lambda: tiff(
            {
                256: 10,
                257: 10,
                258: 8,
                259: 1,
                262: 1,
                273: (8,) * 300_000,
                277: 1,
                278: 1,
                279: (1,) * 300_000,
            }
        ),
        "tiff of 60,000 entries": lambda: (
            b"II*\0\x08\0\0\0"
            + struct.pack("<H", 60_000)
            + struct.pack("<HHII", 256, 4, 1, 9) * 60_000
            + b"\0" * 4
        ),
        "tiff with a profile of 20 MB": lambda: (
            b"II*\0"
            + struct.pack("<I", 20_000_108)
            + bytes(20_000_100)
            + struct.pack("<H", 3)
            + struct.pack("<HHIIHHIIHHII", 256, 4, 1, 9, 257, 4, 1, 9, 34675, 7, 20_000_000, 8)
            + b"\0" * 4
        ),
    },
    "broken": {
        **cuts("lab.tiff", 12),
        **cuts("pages.tiff", 12),
        "tiff of a head": b"II*\0\x08\0\0\0",
        "tiff of nothing": b"II*\0\0\0\0\0",
        "tiff that leads nowhere": b"II*\0\xff\xff\xff\xff" + b"\0" * 100,
        "tiff that leads to itself": chained(1, 9),
        "tiff of 3 pages that lead back": chained(3, 9),
        "tiff of 1,000 pages that lead back": chained(1_000, 9 + 102 * 500),
        "tiff of no width": gray(0, 10, bytes(100)),
        "tiff of no height": gray(10, 0, bytes(100)),
        "tiff with a tile larger than it": gray(
            10, 10, bytes(100), t322=30_000, t323=30_000, t324=8, t325=100
        ),
        "tiff with a table past its end": gray(10, 10, bytes(100)).replace(
            struct.pack("<HHII", 279, 4, 1, 100), struct.pack("<HHII", 279, 4, 1 << 16, 0xFFFFFF0)
        ),
        "tiff with an endless table": gray(10, 10, bytes(100)).replace(
            struct.pack("<HHII", 279, 4, 1, 100), struct.pack("<HHII", 258, 3, 0xFFFFFFFF, 8)
        ),
        "tiff that cannot hold 9000x9000": gray(9_000, 9_000, bytes(100)),
        "tiff packed that cannot hold 9000x9000": gray(9_000, 9_000, b"\x80\1" * 9, t259=5),
        "tiff with strips past its end": gray(100, 100, bytes(100), t279=10_000),
        "tiff in a codec that is none": gray(10, 10, bytes(100), t259=999),
        "tiff with a directory past its end": b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 50,
        "tiff large that leads nowhere": b"II+\0\x08\0\0\0" + b"\xff" * 8 + b"\0" * 100,
        "tiff large with endless strips": big(100, 100, 1 << 60),
    },
    "served": {
        "tiff plain": picture("pages.tiff"),
        "tiff gray": gray(10, 10, bytes(100)),
        "tiff from the other end": tiff(
            {256: 10, 257: 10, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 10, 279: 100},
            data=bytes(100),
            order=">",
        ),
        "tiff and a zip": picture("lab.tiff") + b"PK\3\4" + b"\0" * 500,
        "tiff of 5,000 pages": lambda: chained(5_000, 0),
        "tiff zipped": gray(1_000, 1_000, _ZEROS, t259=8),
    },
    "any": {
        "tiff that unpacks to more": gray(100, 100, _ZEROS, t259=8),
        "tiff zipped of 81 megapixels": lambda: gray(
            9_000, 9_000, zlib.compress(bytes(81_000_000), 9), t259=8
        ),
        "tiff with directories below": gray(10, 10, bytes(100), t330=8),
        "tiff with directories below itself": gray(10, 10, bytes(100), t330=108),
        "tiff with a private table past its end": gray(10, 10, bytes(100)).replace(
            struct.pack("<HHII", 278, 4, 1, 10), struct.pack("<HHII", 65_000, 4, 1 << 20, 0xFFFFFF0)
        ),
        "tiff of 3 channels and half of it": gray(10, 10, bytes(100), t277=3, t262=2),
        "tiff of 1 bit": gray(100, 100, bytes(1_300), t258=1),
        "tiff of 13 bits": gray(10, 10, bytes(1_300), t258=13),
        "tiff in fax": gray(100, 100, b"\xaa" * 100, t258=1, t259=4),
        "tiff in jpeg": gray(100, 100, b"\xff\xd8\xff" * 9, t259=7),
        "tiff in old jpeg": gray(100, 100, b"\xff\xd8\xff" * 9, t259=6),
        "tiff in lzw": gray(100, 100, b"\xff" * 99, t259=5),
        "tiff turned": gray(10, 10, bytes(100), t274=6),
        "tiff turned wildly": gray(10, 10, bytes(100), t274=60_000),
    },
}
