"""The facts of an original, from its header. Worker side: this loads libvips."""

from __future__ import annotations

from dataclasses import replace

import pyvips
from pyvips import Image

from transforms.codecs import CODECS, Codec
from transforms.codecs.avif import brands
from transforms.color import PROFILE, color_class
from transforms.errors import BrokenImage, UnsupportedFormat, printable
from transforms.frame import ImageInfo
from transforms.limits import Limits, check_original
from transforms.prescan import prescan
from transforms.upright import SIDEWAYS, known

_ANIMATED = ("gif", "webp")
_PAGED = (*_ANIMATED, "tiff", "pdf")
_TURNED = ("avif", "heic")
"""Their decoder has done the turns, whatever EXIF still says."""
_BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32, "double": 64}

_LIMITS = Limits()
_OTHERS = (
    ("psd", (b"8BPS",)),
    ("eps", (b"%!PS",)),
    ("svgz", (b"\x1f\x8b",)),
)
"""What is often sent instead, so that the refusal can name it."""


def probe(data: bytes, limits: Limits = _LIMITS) -> ImageInfo:
    """What is known of an image without its pixels. Its bytes are scanned before a decoder sees them.

    Raises UnsupportedFormat for bytes that are none of ours, OriginalTooLarge for what is past a limit, and
    BrokenImage for what breaks off or lies, and for a header that does not read.
    """
    codec = recognise(data)
    claimed = prescan(codec.name, data, limits)
    try:
        info = _facts(codec, codec.header(data))
    except pyvips.Error as error:
        raise broken(codec.name, error) from error
    info = replace(info, scans=claimed.scans, toll=claimed.toll)
    # Whatever the bytes claimed: this is what will be decoded.
    check_original(info, limits)
    return info


def recognise(data: bytes) -> Codec:
    """The codec of these bytes, by how they begin; raises UnsupportedFormat."""
    for codec in CODECS.values():
        if codec.recognises(data):
            return codec
    ours = ", ".join(CODECS)
    if not data:
        raise UnsupportedFormat(f"the original is empty: expected one of {ours}")
    raise UnsupportedFormat(f"the original is {_other(data)}: expected one of {ours}")


def _other(data: bytes) -> str:
    if brands(data):
        return "an ISO media file"
    return next((name for name, starts in _OTHERS if data.startswith(starts)), "no image we know")


def broken(name: str, error: pyvips.Error) -> BrokenImage:
    """The refusal of an original libvips could not read; its last words may quote the file."""
    said = " ".join(error.detail.split()) or error.message
    return BrokenImage(f"the original does not decode as {name}: {printable(said)}")


def _facts(codec: Codec, image: Image) -> ImageInfo:
    orientation = known(_field(image, "orientation")) if codec.name not in _TURNED else 1
    sideways = orientation in SIDEWAYS
    pages = _field(image, "n-pages") if codec.name in _PAGED else 1
    animated = codec.name in _ANIMATED and pages > 1
    return ImageInfo(
        format=codec.name,
        width=image.height if sideways else image.width,
        height=image.width if sideways else image.height,
        pages=pages or 1,
        animated=animated,
        alpha=bool(image.hasalpha()),
        orientation=orientation,
        progressive=bool(image.get_typeof("interlaced")),
        color=color_class(image),
        bits=_bits(image),
        has_profile=bool(image.get_typeof(PROFILE)),
        delays=tuple(image.get("delay"))[:pages] if animated and image.get_typeof("delay") else (),
        loop=max(0, _field(image, "loop")) if animated else 0,
    )


def _bits(image: Image) -> int:
    """Bits a channel; the colours of a palette have 8, however short the indices into it."""
    if image.get_typeof("palette"):
        return 8
    return _field(image, "bits-per-sample") or _BITS.get(image.format, 8)


def _field(image: Image, name: str) -> int:
    """A number from the header; 0 when it is not there."""
    value = image.get(name) if image.get_typeof(name) else 0
    return value if isinstance(value, int) else 0
