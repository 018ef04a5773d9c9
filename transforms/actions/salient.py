"""What the modes share that ask how large the subject is, and not only where its middle is."""

from __future__ import annotations

from typing import ClassVar

from transforms.actions.base import Rows
from transforms.actions.mode import Mode
from transforms.frame import Frame
from transforms.geometry import whole_pixels
from transforms.gravity import Spot, grown, region, room_for, salient
from transforms.operations import Operation, Rect, Resample

_NOT_FACES = frozenset({"none", "no_faces", "faces_avoid", "face_avoid", "faces_0", "face_0"})


class Salient(Mode):
    """A mode that goes by the box of the subject: of stored coordinates, of faces, of what draws the eye.

    Where the gravity is `auto` faces are the subject, if there are some: a cut that is made as tight as what
    draws the eye in a portrait, a red coat, would leave the head out.
    """

    looks: ClassVar[bool] = True
    default: ClassVar[str] = "auto"
    pads: ClassVar[bool] = False
    """Whether it would rather pad than cut the subject."""

    def question(self, frame: Frame) -> tuple[str, str] | None:
        word = self._unknown(frame)
        if self.chain.end != "auto":
            return ("faces", "") if word is not None else None
        if word is None and self._known(frame) is not None:
            return None
        return ("attention", word or ("" if self._without_faces else "faces"))

    @property
    def _without_faces(self) -> bool:
        """Whether `g_auto` is told to leave faces out of it."""
        return not _NOT_FACES.isdisjoint(self.asked.fallbacks)

    @property
    def faces(self) -> Rows:
        if self.chain.end != "auto":
            return super().faces
        # What `attention` answers says itself whether it is of faces.
        return tuple(row for row in self.rows or () if row[4])

    def aim(self, frame: Frame) -> str | Spot:
        found = super().aim(frame)
        if found != "auto":
            return found
        return region("faces", self.faces, frame) or salient(self.rows or (), frame) or found

    def _fallback(self, frame: Frame) -> str:
        # What it aims at by itself is `auto`, faces or no faces.
        found = super().aim(frame)
        return found.name if isinstance(found, Spot) else found

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
