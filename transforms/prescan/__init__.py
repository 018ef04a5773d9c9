"""What is looked at before any decoder is: the bytes of an original, in plain Python.

It runs where an original is first read, in the render worker's `probe`, before libvips or another library
sees a byte. Renders need not repeat it: they are of bytes with the same content hash.
"""

from __future__ import annotations

from collections.abc import Mapping

from transforms.frame import ImageInfo
from transforms.limits import Limits, check_original
from transforms.prescan import others, tiff
from transforms.prescan.base import Scan
from transforms.prescan.gif import scan as scan_gif
from transforms.prescan.isobmff import scan_avif, scan_heic
from transforms.prescan.jpeg import scan as scan_jpeg
from transforms.prescan.png import scan as scan_png
from transforms.prescan.svg import scan as scan_svg
from transforms.prescan.webp import scan as scan_webp

__all__ = ["SCANS", "prescan"]

SCANS: Mapping[str, Scan] = {
    "jpg": scan_jpeg,
    "png": scan_png,
    "webp": scan_webp,
    "avif": scan_avif,
    "gif": scan_gif,
    "tiff": tiff.scan,
    "jxl": others.scan_jxl,
    "jp2": others.scan_jp2,
    "heic": scan_heic,
    "pdf": others.scan_pdf,
    "bmp": others.scan_bmp,
    "ico": others.scan_ico,
    "tga": others.scan_tga,
    "svg": scan_svg,
}
"""By format, in the order of `CODECS`."""


def prescan(format: str, data: bytes, limits: Limits) -> ImageInfo:
    """What the bytes claim: size, pages, scans; the rest of the facts is for the decoder to find.

    Raises OriginalTooLarge for what is past a limit, BrokenImage for lies and for what breaks off, and
    UnsupportedFormat for what is not read.
    """
    claimed = SCANS[format](data, limits)
    check_original(claimed, limits)
    return claimed
