"""The codecs, one file a format; `CODECS` is the one table of them."""

from __future__ import annotations

from transforms.codecs.avif import Avif
from transforms.codecs.base import Codec
from transforms.codecs.gif import Gif
from transforms.codecs.heic import Heic
from transforms.codecs.jpg import Jpg
from transforms.codecs.jxl import Jxl
from transforms.codecs.pdf import Pdf
from transforms.codecs.pillow import Bmp, Ico, Jp2, Tga
from transforms.codecs.png import Png
from transforms.codecs.svg import Svg
from transforms.codecs.tiff import Tiff
from transforms.codecs.webp import Webp

__all__ = ["CODECS", "Codec"]

CODECS: dict[str, Codec] = {
    codec.name: codec
    for codec in (
        Jpg(),
        Png(),
        Webp(),
        Avif(),
        Gif(),
        Tiff(),
        Jxl(),
        Jp2(),
        Heic(),
        Pdf(),
        Bmp(),
        Ico(),
        Tga(),
        # Last, because it alone is recognised by searching.
        Svg(),
    )
}
"""By name, in the order in which bytes are tried."""
