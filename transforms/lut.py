"""The operation behind `l_lut:`: all colours through a table that somebody made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from transforms.frame import Frame
from transforms.operations import Operation

if TYPE_CHECKING:
    from pyvips import Image


@dataclass(frozen=True, slots=True)
class Lut(Operation):
    """Send all colours through the three-dimensional table in the file of that content.

    `render` reads the table: it knows where the bytes are.
    """

    name: ClassVar[str] = "lut"
    content_hash: str
    label: str = field(default="", compare=False)

    def frame_after(self, before: Frame) -> Frame:
        return before

    def hashes(self) -> frozenset[str]:
        return frozenset((self.content_hash,))

    def apply(self, image: Image, before: Frame) -> Image:
        raise TypeError("the table has to be read first")
