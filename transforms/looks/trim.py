"""`trim`: what is left of a picture without its border."""

from __future__ import annotations

from pyvips import Image

from transforms.actions.base import Rows
from transforms.bands import in_color
from transforms.keying import backdrop, foreground, painted


def trim(image: Image | None, argument: str) -> Rows:
    """One row: left, top, width and height in pixels of what is no border; of all, where everything is.

    The argument is a tolerance in percent, a colon, and the border's colour as eight hexadecimal digits, or
    nothing where that is the colour of the corners.
    """
    if image is None:
        return ()
    tolerance, _, digits = argument.partition(":")
    image, reach = in_color(image), float(tolerance)
    if digits:
        red, green, blue, alpha = bytes.fromhex(digits)
        drop = painted(image, (red, green, blue, alpha)) if alpha else None
    else:
        drop = backdrop(image, reach)
    seen = foreground(image, drop, reach)
    left, top, width, height = seen.find_trim(threshold=1, background=[0], line_art=True)
    return ((left, top, width, height),) if width else ((0, 0, image.width, image.height),)
