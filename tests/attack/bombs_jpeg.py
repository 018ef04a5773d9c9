"""JPEGs made to hurt (ITU-T T.81)."""

from __future__ import annotations

import struct

from tests.attack.making import Make, Makes, cuts, patched, picture

_SOF = {"detail.jpg": b"\xff\xc0", "progressive.jpg": b"\xff\xc2"}


def sized(name: str, width: int, height: int) -> bytes:
    """A picture that claims another size."""
    data = picture(name)
    return patched(data, data.index(_SOF[name]) + 5, struct.pack(">HH", height, width))


def in_frame(at: int, patch: bytes, name: str = "detail.jpg") -> bytes:
    """A picture whose frame header says something else."""
    data = picture(name)
    return patched(data, data.index(_SOF[name]) + at, patch)


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segments(segments: bytes, name: str = "detail.jpg") -> bytes:
    """A picture with more segments at its beginning."""
    data = picture(name)
    first = 4 + int.from_bytes(data[4:6], "big")
    return data[:first] + segments + data[first:]


def scanned(count: int, name: str = "progressive.jpg") -> bytes:
    """A progressive picture with its last scan again and again."""
    data = picture(name)
    last = data.rindex(b"\xff\xda")
    scans = data[last:-2]
    return data[:last] + scans * (count - data.count(b"\xff\xda") + 1) + b"\xff\xd9"


def flat_scans(width: int, height: int, count: int) -> bytes:
    """A valid progressive picture in which each scan says next to nothing: 2,640 of them take half a minute.

    Each coefficient of each component comes in fourteen steps, from its highest bit to its lowest.
    """
    blocks = -(-width // 8) * -(-height // 8)
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    head = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64)
    head += segment(0xC2, struct.pack(">BHHB", 8, height, width, 3) + components)
    # One code, a single 0: of differences "none", of coefficients "none in the next 32,767 blocks".
    head += segment(0xC4, b"\0\1" + b"\0" * 15 + b"\0") + segment(0xC4, b"\x10\1" + b"\0" * 15 + b"\xe0")
    scans = segment(0xDA, b"\3\1\0\2\0\3\0\0\0\0") + b"\0" * -(-3 * blocks // 8)
    runs = -(-blocks // 32_767)
    bits = ("0" + "1" * 14) * runs
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    steps = (
        (number, place, high, low)
        for number in (1, 2, 3)
        for place in range(1, 64)
        for high, low in ((0, 13), *((bit, bit - 1) for bit in range(13, 0, -1)))
    )
    for _, (number, place, high, low) in zip(range(count - 1), steps, strict=False):
        scans += segment(0xDA, bytes((1, number, 0, place, place, high << 4 | low))) + data
    return head + scans + b"\xff\xd9"


def exif(directory: bytes) -> bytes:
    return with_segments(segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08" + directory))


def _looped() -> bytes:
    return exif(struct.pack(">HHHII", 1, 0x8769, 4, 1, 8) + struct.pack(">I", 8))


def _nested(depth: int) -> bytes:
    """Directories that lead from one to the next."""
    entries = b"".join(
        struct.pack(">HHHIII", 1, 0x8769, 4, 1, 8 + 18 * (n + 1), 8 + 18 * (n + 1)) for n in range(depth)
    )
    return exif(entries)


_TYPES: Makes = {
    f"jpg frame of type {marker:02x}": in_frame(0, bytes((0xFF, marker)))
    for marker in (0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
}
_SIZES: Makes = {
    f"jpg {name} of {width}x{height}": sized(name, width, height)
    for name in ("detail.jpg", "progressive.jpg")
    for width, height in (
        (65_500, 65_500),
        (10_001, 10_000),
        (65_500, 300),
        (1, 65_500),
        (65_500, 1),
        (301, 1),
        (20_000, 5_001),
    )
}
_SMALL_LIES: Makes = {
    f"jpg detail.jpg as {width}x{height}": sized("detail.jpg", width, height)
    for width, height in ((801, 629), (800, 1258), (400, 300), (16, 16), (1600, 629), (9_900, 9_900))
}
_TRAILERS: dict[str, Make] = {
    "jpg and a zip": picture("detail.jpg") + b"PK\3\4" + b"\0" * 500,
    "jpg and a script": picture("detail.jpg") + b"<script>alert(1)</script>",
    "jpg and a second jpg": picture("detail.jpg") + picture("progressive.jpg"),
    "jpg and a second progressive jpg": picture("progressive.jpg") * 2,
    "jpg with a page in a comment": with_segments(segment(0xFE, b"<html><script>1</script></html>")),
    "jpg with fill bytes": with_segments(b"\xff" * 1000),
    "jpg with junk between segments": with_segments(b"\0junk" * 100),
    "jpg of one hundred scans": flat_scans(300, 300, 100),
    "jpg with 10 MB of notes": lambda: with_segments(segment(0xEF, b"n" * 65_000) * 150),
}

MAKES: dict[str, Makes] = {
    "too_large": {
        "jpg of 101 scans": scanned(101),
        "jpg of 2,640 scans": lambda: scanned(2640),
        "jpg of 2,640 empty scans": lambda: flat_scans(1000, 1000, 2640),
        "jpg of 200 empty scans": lambda: flat_scans(256, 256, 200),
        "jpg of 12 scans and 26 megapixels": lambda: flat_scans(5200, 5001, 12),
        "jpg with 20 MB of notes": lambda: with_segments(segment(0xEF, b"n" * 65_000) * 310),
        "jpg with 20 MB of comments": lambda: with_segments(segment(0xFE, b"n" * 65_000) * 310),
        "jpg with 20 MB of profile": lambda: with_segments(
            segment(0xE2, b"ICC_PROFILE\0\1\1" + b"n" * 65_000) * 310
        ),
        "jpg with 60,000 comments": lambda: with_segments(segment(0xFE, b"") * 60_000),
        "jpg with 60,000 tables": lambda: with_segments(segment(0xDB, b"\0" + b"\1" * 64) * 60_000),
        "jpg with 60,000 restart intervals": lambda: with_segments(segment(0xDD, b"\0\1") * 60_000),
        **{name: data for name, data in _SIZES.items() if "20000" not in name},
    },
    "broken": {
        **cuts("detail.jpg", 12),
        **cuts("progressive.jpg", 12),
        **cuts("gps.jpg", 6),
        "jpg of nothing": b"\xff\xd8\xff",
        "jpg of an end": b"\xff\xd8\xff\xd9",
        "jpg of markers": b"\xff\xd8" + b"\xff" * 5_000_000,
        "jpg of zeros": b"\xff\xd8\xff\xe0" + b"\0" * 1_000_000,
        "jpg of stuffed bytes": b"\xff\xd8" + b"\xff\0" * 2_000_000,
        "jpg of starts": b"\xff\xd8" * 500_000,
        "jpg with much junk": lambda: with_segments(b"j" * 2_000_000),
        "jpg that scans before it frames": b"\xff\xd8" + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\0" * 100,
        "jpg of no height": sized("detail.jpg", 800, 0),
        "jpg of no width": sized("detail.jpg", 0, 629),
        "jpg of no components": in_frame(9, b"\0"),
        "jpg of 255 components": in_frame(9, b"\xff"),
        "jpg with no sampling": in_frame(11, b"\0"),
        "jpg with wild sampling": in_frame(11, b"\xff"),
        "jpg with a short frame": in_frame(2, b"\0\2"),
        "jpg with a segment past its end": with_segments(b"\xff\xe0\xff\xff")[:60_000],
        "jpg with a segment of no length": with_segments(b"\xff\xe0\0\0"),
        "jpg with too many codes": with_segments(segment(0xC4, b"\0" + b"\xff" * 16)),
        "jpg of 20000x5001 in a few bytes": sized("progressive.jpg", 65_000, 1_500)[:3_000],
    },
    "served": {**_TRAILERS, "jpg plain": picture("detail.jpg"), "jpg in cmyk": picture("cmyk.jpg")},
    "any": {
        **_TYPES,
        **_SMALL_LIES,
        **{name: data for name, data in _SIZES.items() if "20000" in name},
        "jpg of 12 bits": in_frame(4, b"\x0c"),
        "jpg of 2 bits": in_frame(4, b"\2"),
        "jpg of 12 scans and 24 megapixels": lambda: flat_scans(4900, 4900, 12),
        "jpg of 100 scans that contradict each other": scanned(100),
        "jpg of 99 scans and 4 megapixels": lambda: flat_scans(2000, 2000, 99),
        "jpg of 100 scans and 25 megapixels": lambda: flat_scans(5000, 5000, 100),
        "jpg of 10 scans and 90 megapixels": lambda: flat_scans(9500, 9500, 10),
        "jpg with notes in a loop": _looped(),
        "jpg with nested notes": _nested(3000),
        "jpg with endless notes": exif(struct.pack(">HHHII", 1, 0x9286, 7, 0xFFFFFFFF, 8)),
        "jpg with 65,535 notes": exif(struct.pack(">H", 65_535) + b"\1" * 60_000),
        "jpg with a part of a profile": with_segments(segment(0xE2, b"ICC_PROFILE\0\2\xff" + b"p" * 500)),
        "jpg with a lying profile": with_segments(
            segment(0xE2, b"ICC_PROFILE\0\1\1" + b"\x7f\xff\xff\xff" + b"p" * 500)
        ),
        "jpg with restarts": with_segments(segment(0xDD, b"\0\1")),
        "jpg with a table of zeros": with_segments(segment(0xDB, b"\0" + b"\0" * 64)),
    },
}
