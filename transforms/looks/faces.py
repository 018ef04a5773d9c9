"""`faces`: where faces are, largest first: left, top, width, height in pixels, and score."""

from __future__ import annotations

from pyvips import Image

from transforms import detectors
from transforms.actions.base import Rows


def faces(image: Image | None, argument: str) -> Rows:
    """A row for every face; none without the detector. There is no argument."""
    return detectors.faces(image) if image is not None else ()
