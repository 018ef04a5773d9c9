"""The perceptual hash: 64 bits that stay nearly the same when a picture is scaled, recompressed or toned.

As in pHash: the picture in shades of gray, slightly blurred, 32 pixels square; the 8 by 8 lowest frequencies
of its discrete cosine transform; and for each whether it is above the median of all. C. Zauner,
"Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1, and
`ph_dct_imagehash` of pHash.org. That leaves out the first row and column of frequencies, and so takes any two
pictures of stripes for one; here only the mean is left out. Its bit, the highest, is always 0, so that a hash
is also a signed integer of 64 bits.
"""

from __future__ import annotations

from statistics import median

from pyvips import Image

from transforms.hashes import cosines, planes_of

_SIDE = 32
_LOW = 8
_DIGITS = 6
"""Coefficients, of a picture from 0 to 1, that differ by less are equal: else noise decides of plain ones."""


def phash(image: Image) -> int:
    """The hash of an opaque sRGB picture, of any size."""
    gray = image.colourspace("b-w").extract_band(0)
    square = gray.thumbnail_image(_SIDE, height=_SIDE, size="force").gaussblur(0.7)
    plane = [[value / 255 for value in row] for row in planes_of(square)[0]]
    waves = cosines(plane, _LOW, _LOW, shift=0.5)
    # Orthonormal (Zauner, formula 3.5): the lowest frequency of a direction counts half.
    scaled = [
        wave * (0.5**0.5) ** ((across == 0) + (down == 0))
        for down, row in enumerate(waves)
        for across, wave in enumerate(row)
    ]
    low = [round(wave, _DIGITS) for wave in scaled[1:]]
    middle = median(low)
    return sum(1 << (62 - place) for place, wave in enumerate(low) if wave > middle)
