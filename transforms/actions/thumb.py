"""`c_thumb`: a tight cut around what matters."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import covering_window
from transforms.gravity import Spot, room_for
from transforms.operations import Operation


class Thumb(
    Mode,
    code="c_thumb",
    examples=(
        "c_thumb,g_face,h_150,w_150",
        "c_thumb,g_faces,h_150,w_300,z_0.7",
        "c_thumb,g_auto,h_150,w_150",
        "c_thumb,g_center,h_150,w_150,z_2",
    ),
):
    """Cut out what the gravity points at and scale it to the box.

    Around a face there is room for the head: as much as twice the face is long. Stored coordinates are cut
    out as they are, and widened to the ratio of the box. `z` above 1 cuts tighter, below 1 shows more around,
    but there is no more than the whole image. Where the gravity is a place, or `auto`, the cut is the largest
    of that ratio, and only `z` makes it tighter.
    """

    looks: ClassVar[bool] = True
    zooms: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        across, down = covering_window(frame, width, height)
        aim = self.aim(frame)
        if isinstance(aim, Spot):
            tight = room_for(aim, across / down, self.asked.zoom)[0] / across
        else:
            tight = 1 / self.asked.zoom
        tight = min(tight, 1.0)
        return [self.cut(frame, (max(1, across * tight), max(1, down * tight)), width, height)]
