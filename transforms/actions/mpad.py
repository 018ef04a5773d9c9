"""`c_mpad`: room around a small image, without scaling."""

from __future__ import annotations

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import smallest_box, whole_pixels
from transforms.operations import Operation


class MinimumPad(Mode, code="c_mpad", examples=("c_mpad,h_1260,w_1260", "ar_1,b_white,c_mpad")):
    """Fill up to the box around an image that is smaller; nothing is ever scaled or cut.

    On a side where the image is larger than the box, it stays as it is. With `ar` alone the box is the
    smallest of that ratio that holds the image.
    """

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self._box(frame)
        return self.pad(
            frame, (frame.width, frame.height), max(width, frame.width), max(height, frame.height)
        )

    def _box(self, frame: Frame) -> tuple[int, int]:
        asked = self.asked
        if asked.ratio is None or asked.width is not None or asked.height is not None:
            return asked.box(frame)
        width, height = smallest_box(frame, asked.ratio)
        return whole_pixels(width), whole_pixels(height)
