"""A second encode, when there is time: a smaller file that looks no worse than the first. Worker side: this
works on libvips images.

An encoder that is given more time does not keep the looks of a quality: at one number the thorough file may
be better or worse than the quick one. So the first file is made again, and looked at; then qualities around
its own are tried until one is as like the picture as that was, seen from near and from afar.
"""

from __future__ import annotations

import math
from dataclasses import replace

from pyvips import Image

from transforms import rates
from transforms.aims import Write, at, first_page
from transforms.codecs import CODECS
from transforms.likeness import sample_of_ssim, ssim
from transforms.plan import Save
from transforms.quality import choose
from transforms.rendition import Notes
from transforms.searching import MOST, between

_SCALES = (1, 2, 4)
"""What is looked at is shrunk by so much: SSIMULACRA2 weighs above all what is seen from afar."""
_LEAST_SIDE = 32
"""Smaller than this nothing is shrunk."""
_SAME = 1e-6
"""Pictures no less alike than this are the same."""


def smaller(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """The file at the lowest quality tried that looks no worse than the first file does, and what it came to;
    the first file where there is none. Raises `pyvips.Error`."""
    image = image.copy_memory()
    first, notes = choose(image, replace(save, thorough=False), write)
    quality = int(dict(notes).get("q", save.quality or MOST))
    bodies: dict[int, bytes] = {}

    def look(tried: int) -> float:
        bodies[tried] = write(image, at(save, tried))
        return _likeness(image, save.format, bodies[tried])

    tries = rates.thorough_tries(save.format, image.width * image.height)
    # What is just as alike is alike enough: the search counts it as above.
    limit = math.nextafter(_likeness(image, save.format, first), -math.inf)
    _, enough = between(look, limit, quality, tries)
    if enough not in bodies:
        return first, (("q", quality), ("bytes", len(first)))
    return bodies[enough], (("q", enough), ("bytes", len(bodies[enough])))


def _likeness(image: Image, format: str, body: bytes) -> float:
    """How like the picture its file is: the mean over the scales, in logarithms of what differs."""
    copy = first_page(CODECS[format].open(body).copy_memory())
    one, other = (sample_of_ssim(picture).copy_memory() for picture in (first_page(image), copy))
    scales = [scale for scale in _SCALES if min(one.width, one.height) >= scale * _LEAST_SIDE] or [1]
    alike = (ssim(one.shrink(scale, scale), other.shrink(scale, scale)) for scale in scales)
    return sum(-math.log(1 - each + _SAME) for each in alike) / len(scales)
