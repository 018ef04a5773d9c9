"""What a layer shows: a picture under a public id, a picture under a URL, a text, or the picture itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.knowledge import SourceId
from transforms.text import TextStyle


@dataclass(frozen=True, slots=True)
class PictureLayer:
    """`l_logo`, `l_fetch:…`: a picture from elsewhere."""

    source: SourceId
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class TextLayer:
    """`l_text:Arial_40:Hello`; `text` still holds its variables, `$(name)`."""

    style: TextStyle
    text: str
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class TableLayer:
    """`l_lut:name.3dl`: no picture, but a table through which all colours go."""

    source: SourceId
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.written


LayerValue = PictureLayer | TextLayer | TableLayer
