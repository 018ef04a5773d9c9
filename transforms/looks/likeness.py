"""`likeness`: how alike two pictures are that lie side by side."""

from __future__ import annotations

from pyvips import Image

from transforms.actions.base import Rows
from transforms.likeness import ssim


def likeness(image: Image | None, argument: str) -> Rows:
    """One row with one number: the mean SSIM of the left half and the right, 1 where they are the same."""
    if image is None:
        return ()
    half = image.width // 2
    return ((ssim(image.crop(0, 0, half, image.height), image.crop(half, 0, half, image.height)),),)
