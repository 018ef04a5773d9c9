"""What the modes share that ask how large the subject is, and not only where its middle is."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.base import Rows
from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.gravity import Spot, grown, room_for, salient
from transforms.operations import Operation, Rect, Resample


class Salient(Mode):
    """A mode that goes by the box of the subject: of faces, of stored coordinates, of what draws the eye."""

    looks: ClassVar[bool] = True
    default: ClassVar[str] = "auto"
    pads: ClassVar[bool] = False
    """Whether it would rather pad than cut the subject."""

    def question(self, frame: Frame) -> tuple[str, str] | None:
        word = self._unknown(frame)
        if self.chain.end != "auto":
            return ("faces", "") if word is not None else None
        return ("attention", word or "") if word is not None or self._known(frame) is None else None

    @property
    def faces(self) -> Rows:
        if self.chain.end != "auto":
            return super().faces
        # What `attention` answers says itself whether it is of faces.
        return tuple(row for row in self.rows or () if row[4])

    def aim(self, frame: Frame) -> str | Spot:
        found = super().aim(frame)
        return salient(self.rows or (), frame) or found if found == "auto" else found

    def _known(self, frame: Frame) -> Spot | None:
        """The stored coordinates, where the gravity asks for them."""
        return self._stored(frame) if "custom" in self.chain.sought else None

    def notes(self, frame: Frame) -> tuple[str, ...]:
        notes = super().notes(frame)
        found = self.aim(frame)
        if not self.pads or found == "auto" or isinstance(found, Spot):
            return notes
        return (*notes, f"{self.code} pads where g_auto sees fit: with g_{found} it only cuts")

    def tightness(self, frame: Frame, across: float, down: float) -> float:
        """The share of a window of that size that the subject needs; 1 for all of it."""
        aim = self.aim(frame)
        if not isinstance(aim, Spot):
            return 1.0
        return room_for(aim, across / down, self.asked.zoom)[0] / across

    def least_padding(self, frame: Frame, width: int, height: int) -> list[Operation] | None:
        """The cut that holds all of the subject on a canvas of that size; None when nothing is to be padded.

        Where the subject does not fit into any cut of that ratio, the cut reaches as far as the subject on
        the side that is too short, is all of the image on the other, and gets a canvas around it there.
        """
        aim = self.aim(frame)
        if not isinstance(aim, Spot):
            return None
        subject = grown(aim, frame)
        if subject.width * height > frame.height * width:
            kept = Rect(subject.left, 0, subject.width, frame.height)
        elif subject.height * width > frame.width * height:
            kept = Rect(0, subject.top, frame.width, subject.height)
        else:
            return None
        factor = min(width / kept.width, height / kept.height)
        size = (
            min(whole_pixels(kept.width * factor), width),
            min(whole_pixels(kept.height * factor), height),
        )
        _, *canvas = self.pad(frame, size, width, height)
        return [Resample(kept, *size, label=self.code), *canvas]
