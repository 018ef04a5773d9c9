"""EXIF orientation: pictures turned the way they were seen, and windows turned the way they are stored.

The eight orientations (EXIF 2.32, 4.6.4.A) name the turn that sets a stored picture upright. A picture that
is to be cut and scaled down is turned afterwards, when it is small and its pixels have passed in the order
of the file; so the window has to be found in the picture as stored.
"""

from __future__ import annotations

from pyvips import Image

from transforms.operations import Focus, Rect

SIDEWAYS = (5, 6, 7, 8)
"""The orientations that swap width and height."""


def known(orientation: object) -> int:
    """A value from 1 to 8; anything else a file may claim counts as upright, 1."""
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def upright(image: Image, orientation: int) -> Image:
    """`image` as it was seen. Needs its pixels in memory unless `orientation` is 1 or 2."""
    if orientation in SIDEWAYS:
        image = image.rot270() if orientation == 8 else image.rot90()
    if orientation in (2, 5):
        return image.fliphor()
    if orientation in (4, 7):
        return image.flipver()
    return image.rot180() if orientation == 3 else image


def stored(window: Rect | Focus, orientation: int, width: int, height: int) -> Rect | Focus:
    """Where a window of the upright picture lies in the stored one, which measures `width` x `height`."""
    across, down = (window.height, window.width) if orientation in SIDEWAYS else (window.width, window.height)
    if isinstance(window, Focus):
        return Focus(across, down)
    left, top = (window.top, window.left) if orientation in SIDEWAYS else (window.left, window.top)
    if orientation in (2, 3, 7, 8):
        left = width - left - across
    if orientation in (3, 4, 6, 7):
        top = height - top - down
    return Rect(left, top, across, down)
