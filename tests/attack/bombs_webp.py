"""WebPs made to hurt (RFC 9649)."""

from __future__ import annotations

import struct

from tests.attack.making import Makes, cuts, patched, picture, riff


def triple(number: int) -> bytes:
    return number.to_bytes(3, "little")


def canvas(width: int, height: int, flags: int = 2) -> tuple[bytes, bytes]:
    return b"VP8X", struct.pack("<I", flags) + triple(width - 1) + triple(height - 1)


def lossless(width: int, height: int, data: bytes = b"\x88\x88\x08") -> tuple[bytes, bytes]:
    """A lossless picture of one colour: its pixels take no bits at all."""
    return b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + data


def lossy(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 20


def frame(
    width: int, height: int, inner: tuple[bytes, bytes], left: int = 0, top: int = 0
) -> tuple[bytes, bytes]:
    kind, data = inner
    place = triple(left // 2) + triple(top // 2) + triple(width - 1) + triple(height - 1) + triple(50) + b"\0"
    return b"ANMF", place + kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)


def moving(count: int, size: int = 16, inner: int = 1) -> bytes:
    loops = b"ANIM", b"\0" * 6
    return riff(canvas(size, size), loops, *[frame(inner, inner, lossless(inner, inner))] * count)


def plain() -> tuple[bytes, bytes]:
    data = picture("photo.webp")
    return data[12:16], data[20:]


MAKES: dict[str, Makes] = {
    "too_large": {
        "webp of 16384x16384": riff(canvas(16_384, 16_384, 0), lossless(16_384, 16_384)),
        "webp of 16 million a side": riff(canvas(1 << 24, 1 << 24), plain()),
        "webp of 16383x16383": riff(lossy(16_383, 16_383)),
        "webp lossless of 16384x6200": riff(lossless(16_384, 6_200)),
        "webp of 16383x1": riff(lossy(16_383, 1)),
        "webp of 1x16383": riff(lossless(1, 16_383)),
        "webp of 10,001 frames": lambda: moving(10_001),
        "webp of 60,000 chunks": lambda: riff(canvas(320, 252, 0), plain(), *[(b"JUNK", b"")] * 60_000),
        "webp with a profile of 20 MB": lambda: riff(
            canvas(320, 252, 32), (b"ICCP", bytes(20_000_000)), plain()
        ),
        "webp with notes of 20 MB": lambda: riff(canvas(320, 252, 8), plain(), (b"EXIF", bytes(20_000_000))),
        "webp with 20 MB of words": lambda: riff(canvas(320, 252, 4), plain(), (b"XMP ", bytes(20_000_000))),
    },
    "broken": {
        **cuts("photo.webp", 16),
        **cuts("spinner.webp", 16),
        "webp of a head": b"RIFF\x0c\0\0\0WEBP",
        "webp of nothing": riff(),
        "webp of a canvas": riff(canvas(100, 100)),
        "webp that says it is longer": riff(plain(), size=9_000_000),
        "webp with a long chunk": riff(plain())[:12] + b"VP8 \xff\xff\xff\x7f" + b"\0" * 50,
        "webp of no size": riff(lossy(0, 0)),
        "webp of pixels that are none": riff((b"VP8L", b"\0" * 30)),
        "webp with frames and no canvas": riff(frame(4, 4, lossless(4, 4))),
        "webp with a frame outside": riff(
            canvas(8, 8), (b"ANIM", b"\0" * 6), frame(4, 4, lossless(4, 4), 6, 6)
        ),
        "webp with a frame larger than it says": riff(
            canvas(8, 8), (b"ANIM", b"\0" * 6), frame(4, 4, lossless(9_000, 9_000))
        ),
        "webp with an empty frame": riff(canvas(8, 8), (b"ANIM", b"\0" * 6), (b"ANMF", b"\0" * 3)),
        "webp with a picture larger than its canvas": riff(canvas(8, 8, 0), lossless(9_000, 9_000)),
        "webp with a canvas larger than its picture": riff(canvas(9_000, 9_000, 0), plain()),
    },
    "served": {
        "webp plain": picture("photo.webp"),
        "webp and a zip": picture("photo.webp") + b"PK\3\4" + b"\0" * 500,
    },
    "any": {
        "webp of one colour and 100 megapixels": riff(lossless(16_000, 6_250)),
        "webp of 101 frames": moving(101),
        "webp of 5,000 frames": lambda: moving(5_000),
        "webp of 100 frames of 9 megapixels": moving(100, 3_000),
        "webp of 10 frames of 36 megapixels": moving(10, 6_000),
        "webp of 8 whole frames of 6 megapixels": moving(8, 2_400, 2_400),
        "webp of 100 megapixels that is not there": riff(lossy(10_000, 10_000)),
        "webp with a lying profile": riff(canvas(320, 252, 32), (b"ICCP", b"\x7f" * 900), plain()),
        "webp with lying notes": riff(
            canvas(320, 252, 8),
            plain(),
            (b"EXIF", b"MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 0x8769, 4, 1, 8)),
        ),
        "webp with a flipped byte": patched(picture("photo.webp"), 900, b"\xff"),
    },
}
