"""A second encode, when there is time: a smaller file that looks no worse than the first. Worker side: this
works on libvips images.

An encoder that is given more time does not keep the looks of a quality: mozjpeg's trellis loses two points of
SSIMULACRA2 where AVIF gains one. So the first file is made again, and compared with the picture; then
qualities are tried, one after the other, for the lowest that is no less alike. SSIM of lightness chose best
among what was tried on photographs of 300 and 600 pixels, better than any mixture with smaller sizes: the
second files score as the first or more, but for half a point. `benchmarks/encoders.py` measures it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from pyvips import Image

from transforms import rates
from transforms.aims import Write, at, first_page
from transforms.codecs import CODECS
from transforms.likeness import ssim
from transforms.plan import Save
from transforms.quality import choose
from transforms.rendition import Notes
from transforms.searching import MOST

_START: Mapping[str, int] = {"jpg": 2, "webp": 0, "avif": -1}
"""The quality that is tried first, beside that of the first file: mostly it is the one."""
_LOWEST: Mapping[str, int] = {"jpg": 0, "webp": 0, "avif": -2}
"""The lowest that is trusted: SSIM flatters WebP, which blurs what it cannot afford."""
_SAME = 1e-6
"""Pictures no less alike than this are the same."""


def smaller(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """The file at the lowest quality tried that looks no worse than the first file does, and what it came to;
    the first file where there is none. Raises `pyvips.Error`."""
    image = image.copy_memory()
    first, notes = choose(image, replace(save, thorough=False), write)
    own = int(dict(notes).get("q", save.quality or MOST))
    limit = _likeness(image, save.format, first)
    bodies: dict[int, bytes] = {}
    body, quality = first, own
    trying = own + _START[save.format]
    for _ in range(rates.thorough_tries(save.format, image.width * image.height)):
        if trying in bodies or not own + _LOWEST[save.format] <= trying <= MOST:
            break
        bodies[trying] = write(image, at(save, trying))
        alike = _likeness(image, save.format, bodies[trying]) >= limit
        if alike:
            body, quality = bodies[trying], trying
        trying += -1 if alike else 1
    return body, (("q", quality), ("bytes", len(body)))


def _likeness(image: Image, format: str, body: bytes) -> float:
    """How like the picture its file is, in logarithms of what differs."""
    copy = first_page(CODECS[format].open(body).copy_memory())
    return -math.log(1 - ssim(first_page(image), copy) + _SAME)
