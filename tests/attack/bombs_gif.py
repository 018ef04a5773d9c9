"""GIFs made to hurt (GIF89a)."""

from __future__ import annotations

import struct

from tests.attack.making import Makes, cuts, patched, picture

_COLORS = b"\0\0\0\xff\xff\xff"
_DOT = b"\2\2\x4c\1\0"
"""One pixel: a code to clear, one pixel, an end."""
_LOOP = b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0"
_WAIT = b"\x21\xf9\4\4\x0a\0\0\0"


def screen(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + _COLORS


def frame(width: int, height: int, data: bytes = _DOT, left: int = 0, top: int = 0) -> bytes:
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + data


def packed(width: int, height: int) -> bytes:
    """A frame of one colour, in long codes: LZW as the format has it, by hand."""
    out, bits, count = bytearray(), 0, 0

    def put(code: int, size: int) -> None:
        nonlocal bits, count
        bits |= code << count
        count += size
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8

    left, size, known, run = width * height, 3, 6, 1
    put(4, 3)
    put(0, 3)
    left -= 1
    while left > 0:
        # Each code stands for one pixel more than the one before it.
        run = min(run + 1, left)
        put(known if run > 1 else 0, size)
        left -= run
        known += 1
        if known == 1 << size and size < 12:
            size += 1
        if known == 4095:
            put(4, 12)
            size, known, run = 3, 6, 1
            if left > 0:
                put(0, 3)
                left -= 1
    put(5, size)
    put(0, 8)
    blocks = b"".join(
        bytes((len(out[at : at + 255]),)) + out[at : at + 255] for at in range(0, len(out), 255)
    )
    return b"\2" + blocks + b"\0"


def moving(count: int, width: int = 1, height: int = 1) -> bytes:
    return screen(width, height) + _LOOP + (_WAIT + frame(1, 1)) * count + b";"


def blocks(count: int, size: int) -> bytes:
    """A frame in very many very small blocks."""
    return screen(10, 10) + frame(10, 10, b"\2" + (bytes((size,)) + b"\0" * size) * count + b"\0") + b";"


def _between_blocks() -> Makes:
    """An animation cut exactly where one block ends and the next begins."""
    data = picture("partial.gif")
    places, at = [], data.index(b"\x21\xf9\4")
    while at > 0:
        places += [at, at + 8]
        at = data.find(b"\x21\xf9\4", at + 8)
    return {f"gif cut between blocks at {place}": data[:place] for place in places}


MAKES: dict[str, Makes] = {
    "too_large": {
        "gif of 12337x1": screen(12_337, 1) + frame(1, 1) + b";",
        "gif of 65535x65535": screen(65_535, 65_535) + frame(1, 1) + b";",
        "gif of 65535x1": screen(65_535, 1) + frame(1, 1) + b";",
        "gif of 1x65535": screen(1, 65_535) + frame(1, 1) + b";",
        "gif of 10001x10000": screen(10_001, 10_000) + frame(1, 1) + b";",
        "gif with a frame far out": screen(10, 10) + frame(1, 1, left=65_000, top=9_000) + b";",
        "gif of 10,001 frames": lambda: moving(10_001),
        "gif of 60,000 frames": lambda: moving(60_000),
        "gif of 60,000 comments": lambda: screen(1, 1) + b"\x21\xfe\1c\0" * 60_000 + frame(1, 1) + b";",
        "gif with 20 MB of comments": lambda: (
            screen(1, 1) + b"\x21\xfe" + (b"\xff" + b"c" * 255) * 80_000 + b"\0" + frame(1, 1) + b";"
        ),
        "gif of 2,000,000 blocks of one byte": lambda: blocks(2_000_000, 1),
    },
    "broken": {
        **cuts("spinner.gif", 16),
        **cuts("partial.gif", 16),
        **_between_blocks(),
        "gif of a head": screen(10, 10),
        "gif of six bytes": b"GIF89a",
        "gif of no frame": screen(10, 10) + b";",
        "gif of no size": screen(0, 0) + frame(0, 0) + b";",
        "gif with something else": screen(10, 10) + b"\x99" * 500,
        "gif that cannot hold 9000x9000": screen(9_000, 9_000) + frame(9_000, 9_000) + b";",
        "gif that cannot hold 4000x4000": screen(10, 10) + frame(4_000, 4_000) + b";",
        "gif of loops alone": screen(10, 10) + _LOOP * 10_000,
        "gif without the end of its frame": screen(10, 10) + frame(10, 10, b"\2\xff" + b"\0" * 200),
        "gif with a table it has not": b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0xF7, 0, 0) + b"\0" * 30,
    },
    "served": {
        "gif plain": picture("spinner.gif"),
        "gif of one dot": screen(1, 1) + frame(1, 1) + b";",
        "gif of one dot without its end": screen(1, 1) + frame(1, 1),
        "gif of one dot filled up": screen(1, 1) + frame(1, 1) + b"\0" * 40,
        "gif and a zip": picture("spinner.gif") + b"PK\3\4" + b"\0" * 500,
        "gif and a script": picture("spinner.gif") + b"<script>alert(1)</script>",
        "gif of 100 frames": moving(100, 10, 10),
    },
    "any": {
        "gif of 101 frames": moving(101, 10, 10),
        "gif of 5,000 frames": lambda: moving(5_000, 10, 10),
        "gif of 100 frames of 9 megapixels": moving(100, 3_000, 3_000),
        "gif of 10 frames of 36 megapixels": moving(10, 6_000, 6_000),
        "gif of 81 megapixels": screen(9_000, 9_000) + frame(1, 1) + b";",
        "gif packed of 16 megapixels": lambda: (
            screen(4_000, 4_000) + frame(4_000, 4_000, packed(4_000, 4_000)) + b";"
        ),
        "gif of codes that are none": screen(10, 10) + frame(10, 10, b"\2\4\xff\xff\xff\xff\0") + b";",
        "gif of codes of 200 bits": screen(10, 10) + frame(10, 10, b"\xc8\4\xff\xff\xff\xff\0") + b";",
        "gif with an empty frame": screen(10, 10) + frame(10, 10, b"\2\0") + b";",
        "gif with frames of no size": screen(10, 10)
        + _LOOP
        + (_WAIT + frame(0, 0)) * 50
        + frame(1, 1)
        + b";",
        "gif with a frame outside": screen(10, 10) + frame(1, 1, left=200, top=200) + b";",
        "gif that shows frames for no time": screen(9, 9) + _LOOP + frame(1, 1) * 50 + b";",
        "gif with a colour that is none": patched(screen(10, 10), 11, b"\xff") + frame(1, 1) + b";",
    },
}
