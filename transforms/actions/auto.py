"""`c_auto`: as tight as the subject and the box allow."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.salient import Salient
from transforms.frame import Frame
from transforms.geometry import covering_window
from transforms.operations import Operation


class AutoCrop(
    Salient, code="c_auto", examples=("c_auto,h_150,w_150", "c_auto,g_face,h_150,w_150", "ar_1,c_auto,g_auto")
):
    """Cover the whole box with the best cut: between `c_fill`, which keeps most, and `c_thumb`.

    The cut holds the subject and what belongs to it: faces with their heads, or else what draws the eye;
    stored coordinates with `g_custom`. `g_auto:none` leaves faces out of it. It is never so tight that
    something has to be enlarged which `c_fill` would not enlarge. Without `g` it is `g_auto`; where `g` names
    a place this is `c_fill`.
    """

    zooms: ClassVar[bool] = True

    def operations(self, frame: Frame) -> list[Operation]:
        width, height = self.asked.box(frame)
        return [self.cut(frame, self.best_window(frame, width, height), width, height)]

    def best_window(self, frame: Frame, width: int, height: int) -> tuple[float, float]:
        """The size of the cut, in pixels of the image."""
        across, down = covering_window(frame, width, height)
        tight = self.tightness(frame, across, down)
        # Not scaled at all is tight enough.
        tight = min(1.0, max(tight, width / across, height / down))
        return across * tight, down * tight
