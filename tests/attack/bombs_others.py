"""AVIF, HEIC and the formats of the extras made to hurt, and what is no picture at all."""

from __future__ import annotations

import struct

from tests.attack import bombs_png
from tests.attack.making import Makes, box, cuts, full_box, patched, picture

_FTYP = box(b"ftyp", b"avif", b"\0\0\0\0", b"avifmif1miaf")


def resized(width: int, height: int, name: str = "photo.avif") -> bytes:
    """A picture that claims another size."""
    data = picture(name)
    return patched(data, data.index(b"ispe") + 8, struct.pack(">II", width, height))


def meta(*boxes: bytes, end: bytes = b"") -> bytes:
    return _FTYP + full_box(b"meta", 0, full_box(b"hdlr", 0, b"\0\0\0\0pict", b"\0" * 13), *boxes) + end


def infe(number: int, kind: bytes) -> bytes:
    return full_box(b"infe", 2, struct.pack(">HH", number, 0), kind, b"\0")


def iloc(*places: tuple[int, int, int, int]) -> bytes:
    """Number, method, offset and length of each item."""
    entries = b"".join(
        struct.pack(">HHHHII", number, method, 0, 1, offset, length)
        for number, method, offset, length in places
    )
    return full_box(b"iloc", 1, b"\x44\0", struct.pack(">H", len(places)), entries)


def ispe(width: int, height: int) -> bytes:
    return box(b"iprp", box(b"ipco", full_box(b"ispe", 0, struct.pack(">II", width, height))))


def grid(rows: int, columns: int, width: int, height: int, items: int) -> bytes:
    told = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    inside = box(b"idat", told)
    listed = full_box(
        b"iinf",
        0,
        struct.pack(">H", items),
        infe(1, b"grid"),
        *(infe(n, b"av01") for n in range(2, items + 1)),
    )
    return meta(listed, iloc((1, 1, 0, len(told))), ispe(64, 64), inside)


def nested(depth: int) -> bytes:
    inner = full_box(b"ispe", 0, struct.pack(">II", 9, 9))
    for _ in range(depth):
        inner = box(b"ipco", inner)
    return meta(box(b"iprp", inner))


def many_extents(items: int, extents: int) -> bytes:
    one = struct.pack(">II", 0, 200)
    entries = b"".join(struct.pack(">HHHH", n, 0, 0, extents) + one * extents for n in range(items))
    return meta(
        full_box(b"iloc", 1, b"\x44\0", struct.pack(">H", items), entries),
        ispe(64, 64),
        end=box(b"mdat", b"\0" * 400),
    )


def bmp(width: int, height: int, bits: int = 24, compression: int = 0, data: bytes = b"\0" * 64) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, 54) + head + data


def ico(inner: bytes, count: int = 1) -> bytes:
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inner), 6 + 16 * count)
    return struct.pack("<HHH", 0, 1, count) + entry * count + inner


def tga(width: int, height: int, kind: int = 2, data: bytes = b"\0" * 64) -> bytes:
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, kind, 0, 0, 0, 0, 0, width, height, 24, 0)
    return head + data + b"\0" * 8 + b"TRUEVISION-XFILE.\0"


def jp2(width: int, height: int, tile: int = 64, components: int = 3) -> bytes:
    size = struct.pack(
        ">HHIIIIIIIIH", 38 + 3 * components, 0, width, height, 0, 0, tile, tile, 0, 0, components
    )
    return b"\xff\x4f\xff\x51" + size + b"\7\1\1" * components + b"\0" * 200


def jxl(width: int, height: int) -> bytes:
    """The head of a codestream, sides as 30 bits."""
    bits = 0 | 3 << 1 | (height - 1) << 3 | 0 << 33 | 3 << 36 | (width - 1) << 38
    return b"\xff\x0a" + bits.to_bytes(12, "little") + b"\0" * 100


def pdf(width: float, height: float, content: bytes = b"", pages: int = 1) -> bytes:
    """A document whose pages are of that size, in points."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * pages, pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %f %f]/Contents 4 0 R>>" % (width, height),
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 5\n0000000000 65535 f \n%strailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (table, len(body))
    )


_LARGE = ((65_535, 65_535), (10_001, 10_000), (30_000, 100))

MAKES: dict[str, Makes] = {
    "too_large": {
        **{
            f"avif of {width}x{height}": resized(width, height)
            for width, height in (*_LARGE, (8_001, 4_000), (1 << 31, 1 << 31), (0xFFFFFFFF, 9))
        },
        **{f"bmp of {width}x{height}": bmp(width, height, compression=1) for width, height in _LARGE},
        **{f"tga of {width}x{height}": tga(width, height, 10) for width, height in _LARGE},
        **{f"jp2 of {width}x{height}": jp2(width, height, 8_000) for width, height in _LARGE},
        **{f"jxl of {width}x{height}": jxl(width, height) for width, height in (*_LARGE, (1 << 29, 1 << 29))},
        "avif of 2,000 items": grid(1, 1, 64, 64, 2_000),
        "avif of a grid of 60000x60000": grid(2, 2, 60_000, 60_000, 5),
        "avif of 60,000 boxes": lambda: meta(box(b"iprp", box(b"ipco", box(b"free") * 60_000)), ispe(9, 9)),
        "avif of 65,000,000 extents": lambda: many_extents(900, 1_000),
        "avif with 20 MB of profile": lambda: meta(
            box(b"iprp", box(b"ipco", box(b"colr", b"prof", bytes(20_000_000)))), ispe(9, 9)
        ),
        "ico with a png of 10001x10000": ico(bombs_png.claimed(10_001, 10_000)),
        "ico with 30,000 pictures": ico(b"\0" * 64, 30_000),
        "jp2 of very many tiles": jp2(5_000, 5_000, 1),
        "jp2 of 500 components": jp2(50, 50, 64, 500),
        "heic of 60000x60000": resized(60_000, 60_000, "photo.heic"),
        "pdf of a very wide page": pdf(50_000, 10),
    },
    "broken": {
        **cuts("photo.avif", 12),
        **cuts("turned.avif", 8),
        **cuts("photo.heic", 8),
        "avif of a type": _FTYP,
        "avif of no size": resized(0, 0),
        "avif with no sizes": meta(),
        "avif with a box of one byte": _FTYP + b"\0\0\0\1meta\0\0\0\0\0\0\0\1" + b"\0" * 50,
        "avif with a box of no length": _FTYP + b"\0\0\0\4meta" + b"\0" * 50,
        "avif with a box past its end": _FTYP + b"\x7f\xff\xff\xffmeta" + b"\0" * 50,
        "avif with an item past its end": meta(iloc((1, 0, 0, 1 << 30)), ispe(64, 64)),
        "avif with items that are more than it": many_extents(50, 100),
        "avif of a grid without tiles": grid(256, 256, 640, 640, 5),
        "avif of boxes in boxes": nested(5_000),
        "bmp of a head": b"BM" + b"\0" * 20,
        "bmp cut off": bmp(1_000, 1_000),
        "bmp of no size": bmp(0, 0),
        "bmp with a head of another kind": patched(bmp(4, 4), 14, b"\7\0\0\0"),
        "ico of nothing": b"\0\0\1\0\0\0",
        "ico cut off": ico(b"\0" * 64)[:30],
        "tga cut off": tga(1_000, 1_000),
        "tga of no size": tga(0, 0),
        "jp2 of a head": b"\xff\x4f\xff\x51",
        "jp2 of nothing": jp2(50, 50),
        "jp2 in a box of nothing": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 90,
        "jxl of a head": b"\xff\x0a",
        "jxl of nothing": jxl(50, 50),
        "jxl in a box of nothing": b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 90,
        "pdf of a head": b"%PDF-1.4\n",
        "pdf of junk": b"%PDF-1.4\n" + b"\0" * 900 + b"startxref\n0\n%%EOF",
        "pdf of no pages": pdf(9, 9, pages=0),
    },
    "unsupported": {
        "none of nothing": b"",
        "none of zeros": b"\0" * 1_000,
        "none of a page": b"<!DOCTYPE html><html><body><svg/></body></html>",
        "none of a script": b"#!/bin/sh\nid\n",
        "none of a zip": b"PK\3\4" + b"\0" * 100,
        "none of an archive": b"\x1f\x8b\x08" + b"\0" * 100,
        "none of a photoshop file": b"8BPS\0\1" + b"\0" * 100,
        "none of postscript": b"%!PS-Adobe-3.0\n(id) system\n",
        "none of a film": box(b"ftyp", b"isom", b"\0\0\0\0", b"isommp42") + b"\0" * 100,
        "none of matlab": b"MATLAB 5.0 MAT-file" + b"\0" * 200,
        "none of openexr": b"\x76\x2f\x31\x01" + b"\0" * 100,
        "none of fits": b"SIMPLE  =                    T" + b" " * 2_850,
        "none of pnm": b"P6 9999 9999 255 \xff",
        "none of radiance": b"#?RADIANCE\n\n-Y 9999 +X 9999\n",
        "none of csv": b"1,2,3\n4,5,6\n",
        "none of an elf": b"\x7fELF" + b"\0" * 200,
        "none of vips": b"\x08\xf2\xa6\xb6" + b"\0" * 100,
        "none of magick": b"push graphic-context\nfill 'url(https://127.0.0.1/x)'\npop graphic-context",
        "avif of a film": _FTYP + box(b"moov", b"\0" * 100),
    },
    "served": {
        "avif plain": picture("photo.avif"),
        "avif and a zip": picture("photo.avif") + box(b"free", b"PK\3\4"),
    },
    "any": {
        "avif as 64x64": resized(64, 64),
        "avif as 5000x5000": resized(5_000, 5_000),
        "avif with a flipped byte": patched(picture("photo.avif"), 3_000, b"\xff\xff"),
        "heic plain": picture("photo.heic"),
        "bmp of 1 bit": bmp(100, 100, 1, data=bytes(1_700)),
        "bmp in runs": bmp(5_000, 5_000, 8, 1, b"\xff\1" * 500),
        "bmp from above": bmp(4, -4),
        "bmp in jpeg": bmp(100, 100, 24, 4),
        "bmp of 4 GB of colours": patched(bmp(4, 4, 8), 46, b"\xff\xff\xff\xff"),
        "ico of a bmp": ico(bmp(16, 32, 32, data=bytes(2_000))[14:]),
        "tga in runs": tga(5_000, 5_000, 10, b"\xff\1\2\3" * 50),
        "pdf of no size": pdf(0, 0),
        "pdf plain": pdf(200, 100, b"1 0 0 rg 0 0 100 100 re f"),
        "pdf of 14400 points": pdf(14_400, 14_400),
        "pdf of endless lines": pdf(500, 500, b"0 0 m " + b"500 500 l 0 250 l " * 20_000 + b"S"),
        "pdf of 50,000 pages": pdf(50, 50, pages=50_000),
        "pdf of deep graphics": pdf(500, 500, b"q " * 300_000),
    },
}
