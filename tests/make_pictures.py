"""Make the pictures that tests start from, and the two drawings among the first-run samples.

    python -m tests.make_pictures [WIDE_GAMUT_DIRECTORY]

They are committed, so that tests do not depend on the encoders of the day; run this only to change them. The
directory is `wide-gamut-tests` of Debian's package `libjxl-testdata`; without it its pictures stay as is.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pyvips
from pyvips import GValue, Image

PICTURES = Path(__file__).parent / "data" / "pictures"
SAMPLES = Path(__file__).parent.parent / "origin" / "samples"

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320" viewBox="0 0 480 320">
<defs><radialGradient id="glass" cx="0.35" cy="0.3" r="0.8">
<stop offset="0" stop-color="#8fd3ff"/><stop offset="0.6" stop-color="#1f6fd0"/>
<stop offset="1" stop-color="#0a2a66"/>
</radialGradient></defs>
<rect x="40" y="80" width="400" height="210" rx="28" fill="#6b4a2b"/>
<rect x="40" y="120" width="400" height="16" fill="#e8c27a"/>
<rect x="180" y="40" width="120" height="60" rx="14" fill="#8a6238"/>
<circle cx="240" cy="190" r="88" fill="#e8c27a"/><circle cx="240" cy="190" r="72" fill="url(#glass)"/>
<ellipse cx="212" cy="160" rx="22" ry="14" fill="#fff" fill-opacity="0.55"/>
<circle cx="400" cy="106" r="9" fill="#d33"/></svg>
"""
ARROW = """<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80">
<rect width="120" height="80" fill="#eee"/><rect width="40" height="30" fill="#d22"/>
<rect x="80" width="40" height="30" fill="#2a2"/><rect y="50" width="40" height="30" fill="#22d"/>
<path d="M60 8 L84 40 H70 V74 H50 V40 H36 Z" fill="#111"/></svg>
"""
FLAT = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">
<rect width="400" height="300" fill="#fff"/><rect width="400" height="60" fill="#1b3a6b"/>
<path d="M20 45 V15 H40 V20 H26 V28 H38 V33 H26 V45 Z" fill="#fff"/>
<g stroke="#111"><path d="M0 80.5 H400 M0 83.5 H400 M0 88.5 H400"/>
<path d="M20.5 95 V295 M23.5 95 V295 M30.5 95 V295"/></g>
<rect x="60" y="110" width="90" height="160" fill="#e4572e"/>
<rect x="170" y="150" width="90" height="120" fill="#f3a712"/>
<rect x="280" y="190" width="90" height="80" fill="#76b041"/>
<path d="M60 100 L370 180" stroke="#1b3a6b" stroke-width="2"/></svg>
"""
XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 exif:GPSLatitude="48,8.5N" photoshop:Credit="The Daily Sample">
<exif:GPSLongitude>11,34.5E</exif:GPSLongitude>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">Free to copy</rdf:li></rdf:Alt></dc:rights>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
# IIM record 2: 80 is the byline, 116 the copyright notice.
IIM = b"\x1c\x02\x50\x00\x09A Painter\x1c\x02\x74\x00\x0cFree to copy"


def resource(kind: int, name: bytes, data: bytes) -> bytes:
    """An image resource of a Photoshop block."""
    named = bytes([len(name)]) + name
    named += b"\0" * (len(named) % 2)
    return (
        b"8BIM"
        + struct.pack(">H", kind)
        + named
        + struct.pack(">I", len(data))
        + data
        + b"\0" * (len(data) % 2)
    )


# As editors write it: the IPTC between other things, one of them another copy of the position.
IPTC = (
    b"Photoshop 3.0\0"
    + resource(0x0424, b"", XMP)
    + resource(0x0404, b"abc", IIM)
    + resource(0x040C, b"", b"thumb")
)


def drawn(svg: str, scale: float = 1.0) -> Image:
    return Image.svgload_buffer(svg.encode(), scale=scale)


def flat(svg: str, scale: float = 1.0) -> Image:
    return drawn(svg, scale).flatten(background=255)


def patches(colors: list[list[int]], interpretation: str) -> Image:
    """Squares of 32 pixels, side by side."""
    squares = [
        Image.black(32, 32, bands=len(color))
        .linear(1, color)
        .cast("uchar")
        .copy(interpretation=interpretation)
        for color in colors
    ]
    return Image.arrayjoin(squares, across=len(squares))


def animated(frames: list[Image], delays: list[int], loop: int) -> Image:
    roll = frames[0].pagejoin(frames[1:]).copy()
    roll.set_type(GValue.array_int_type, "delay", delays)
    roll.set_type(GValue.gint_type, "loop", loop)
    return roll


def spinner(frames: int, side: int) -> Image:
    """Twelve dots in a ring, each frame turned by one."""
    images = []
    for frame in range(frames):
        dots = "".join(
            f'<circle cx="100" cy="32" r="15" fill="hsl({30 * dot},70%,50%)" '
            f'fill-opacity="{1 - ((frame - dot) % 12) / 12}" transform="rotate({30 * dot} 100 100)"/>'
            for dot in range(12)
        )
        images.append(
            drawn(
                f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">{dots}</svg>', side / 200
            )
        )
    return animated(images, [80] * frames, 0)


def soft_disc(side: int) -> Image:
    """White with a soft edge on nothing; what cannot be seen is black, as most editors leave it."""
    x, y = Image.xyz(side, side).bandsplit()
    distance = ((x - side / 2) ** 2 + (y - side / 2) ** 2) ** 0.5
    alpha = ((side * 0.4 - distance) * 255 / 6).cast("uchar")
    white = (alpha > 0).ifthenelse(255, 0).cast("uchar")
    return white.bandjoin([white, white, alpha]).copy(interpretation="srgb")


def save(name: str, body: bytes) -> None:
    (PICTURES / name).write_bytes(body)


def photographs() -> None:
    photo = Image.thumbnail(str(SAMPLES / "brushes.jpg"), 800).copy_memory()
    small = photo.resize(0.4).copy_memory()
    save("detail.jpg", photo.jpegsave_buffer(Q=85, keep="none"))
    save("progressive.jpg", small.jpegsave_buffer(Q=85, interlace=True, keep="none"))
    save("photo.webp", small.webpsave_buffer(Q=85, keep="none"))
    save("photo.avif", small.heifsave_buffer(compression="av1", Q=60, effort=2, keep="none"))
    save("gray.jpg", small.colourspace("b-w").jpegsave_buffer(Q=85, keep="none"))
    gray = small.resize(0.4).colourspace("b-w")
    save("gray-alpha.png", gray.bandjoin(gray.linear(-1, 255).cast("uchar")).pngsave_buffer(keep="none"))
    save("lab.tiff", small.resize(0.2).colourspace("lab").tiffsave_buffer(compression="deflate"))
    tagged = small.copy()
    for field, value in {
        "exif-ifd0-Artist": "A Painter",
        "exif-ifd0-Copyright": "Free to copy",
        "exif-ifd0-Make": "Camera Works",
        "exif-ifd3-GPSLatitude": "48/1 8/1 30/1",
        "exif-ifd3-GPSLatitudeRef": "N",
    }.items():
        tagged.set_type(GValue.gstr_type, field, value)
    tagged.set_type(GValue.blob_type, "xmp-data", XMP)
    tagged.set_type(GValue.blob_type, "iptc-data", IPTC)
    save("gps.jpg", tagged.jpegsave_buffer(Q=80))


def drawings() -> None:
    save("logo.svg", LOGO.encode())
    save("flat.png", flat(FLAT).pngsave_buffer(filter="all"))
    save("interlaced.png", flat(FLAT).pngsave_buffer(interlace=True))
    save("one-bit.png", (flat(FLAT).colourspace("b-w") > 140).pngsave_buffer(bitdepth=1))
    save("alpha.png", soft_disc(200).pngsave_buffer(filter="all"))
    pages = [flat(ARROW, scale) for scale in (1.0, 1.0, 1.0)]
    pages = [page.linear([1, 1, 1], [-60 * n, 0, 0]).cast("uchar") for n, page in enumerate(pages)]
    save("pages.tiff", pages[0].pagejoin(pages[1:]).tiffsave_buffer(compression="deflate", page_height=80))
    ramp = Image.identity(bands=1, ushort=True, size=65536).resize(256 / 65536, vscale=64, kernel="linear")
    deep = ramp.cast("ushort").bandjoin([ramp.fliphor().cast("ushort"), ramp.linear(0, 32768).cast("ushort")])
    save("sixteen.png", deep.copy(interpretation="rgb16").pngsave_buffer(filter="all"))
    inks = patches(
        [[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 255, 255, 0], [0, 0, 0, 255]],
        "cmyk",
    )
    # With libvips' own CMYK profile it would be a megabyte: the tests embed that themselves.
    save("cmyk.jpg", inks.jpegsave_buffer(Q=95, keep="none"))


def oriented() -> None:
    """One arrow pointing up, stored in the eight ways a camera is held; and as AVIF, turned by its box."""
    arrow = flat(ARROW).copy_memory()
    stored = {
        1: arrow,
        2: arrow.fliphor(),
        3: arrow.rot180(),
        4: arrow.flipver(),
        5: arrow.rot90().fliphor(),
        6: arrow.rot270(),
        7: arrow.rot90().flipver(),
        8: arrow.rot90(),
    }
    for orientation, image in stored.items():
        image = image.copy()
        image.set_type(GValue.gint_type, "orientation", orientation)
        save(f"orientation-{orientation}.jpg", image.jpegsave_buffer(Q=90, subsample_mode="off"))
        if orientation == 6:
            save(
                "turned.avif", image.heifsave_buffer(compression="av1", Q=70, effort=2, subsample_mode="off")
            )


def animations() -> None:
    save("partial.gif", partial_gif())
    roll = spinner(12, 100)
    save("spinner.gif", roll.gifsave_buffer(keep_duplicate_frames=True))
    save(
        "spinner.webp", animated(spinner(6, 100).pagesplit(), [50, 60, 70, 80, 90, 100], 3).webpsave_buffer()
    )


def partial_gif() -> bytes:
    """Frames smaller than their canvas, transparency, and each way of disposing of a frame.

    Written by hand, as libvips only writes whole frames: red on the left half, then a blue patch that stays,
    a green one that is taken away again, and a white one.
    """
    palette = bytes([0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 255, 0, 255, 255, 255]).ljust(128 * 3, b"\0")
    body = b"GIF89a" + struct.pack("<HHBBB", 40, 30, 0xF6, 0, 0) + palette
    body += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    left_half = (b"\1" * 20 + b"\0" * 20) * 30
    for frame in (
        (0, 0, 40, 30, 1, 10, left_half),
        (10, 5, 12, 8, 1, 20, b"\2" * 96),
        (25, 15, 8, 10, 2, 30, b"\3" * 80),
        (0, 0, 4, 4, 1, 40, b"\4" * 16),
    ):
        body += _gif_frame(*frame)
    return body + b"\x3b"


def _gif_frame(
    left: int, top: int, width: int, height: int, disposal: int, delay: int, pixels: bytes
) -> bytes:
    control = b"\x21\xf9\x04" + struct.pack("<BHB", disposal << 2 | 1, delay, 0) + b"\0"
    # With 7-bit pixels every LZW code is a byte, if the table is cleared before it grows past 8 bits.
    codes = b"".join(b"\x80" + pixels[at : at + 100] for at in range(0, len(pixels), 100)) + b"\x81"
    blocks = b"".join(
        bytes([len(codes[at : at + 255])]) + codes[at : at + 255] for at in range(0, len(codes), 255)
    )
    return control + b"\x2c" + struct.pack("<HHHHB", left, top, width, height, 0) + b"\7" + blocks + b"\0"


def samples() -> None:
    (SAMPLES / "logo.png").write_bytes(drawn(LOGO, 2).pngsave_buffer(filter="all"))
    (SAMPLES / "spinner.gif").write_bytes(spinner(12, 200).gifsave_buffer())


def wide_gamut(directory: Path) -> None:
    """Logos that only show where the gamut is wide, scaled down in their own colours."""
    for source, name, side in (
        ("P3-sRGB-red.png", "p3.png", 200),
        ("rgb-to-gbr-test.png", "swapped.png", 100),
    ):
        image = Image.new_from_file(str(directory / source))
        image = image.flatten() if image.hasalpha() else image
        save(name, image.resize(side / image.width).pngsave_buffer(filter="all", keep="icc"))


def main() -> None:
    pyvips.cache_set_max(0)
    PICTURES.mkdir(parents=True, exist_ok=True)
    photographs()
    drawings()
    oriented()
    animations()
    samples()
    if len(sys.argv) > 1:
        wide_gamut(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
