"""What a layer shows: a picture under a public id, a picture under a URL, a text, or the picture itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.kinds.flags import FlagDeclaration
from transforms.knowledge import SourceId
from transforms.textstyle import TextStyle


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

LAYER_FLAGS: dict[str, FlagDeclaration] = {
    "layer_apply": FlagDeclaration(
        "Put the layer on the picture here: what stands between its `l_` and this was done to the layer.",
        examples=("l_logo.png/o_50,w_100/fl_layer_apply,g_south_east,x_10,y_10",),
    ),
    "relative": FlagDeclaration(
        "Shares of a layer's width and height are of the picture, not of the layer.",
        examples=("fl_relative,g_south_east,l_logo.png,w_0.2",),
    ),
    "region_relative": FlagDeclaration(
        "Shares are of the faces that the gravity finds; without any the layer is left out.",
        examples=("fl_region_relative,g_faces,l_logo.png,w_1.2",),
    ),
    "tiled": FlagDeclaration(
        "Repeat the layer over all of the picture.", examples=("fl_tiled,l_logo.png,o_30,w_80",)
    ),
    "no_overflow": FlagDeclaration(
        "Cut off what of a layer sticks out; otherwise the canvas grows.",
        examples=("fl_no_overflow,g_west,l_logo.png,x_-40",),
    ),
    "cutter": FlagDeclaration(
        "Keep of the picture what the layer covers, as opaque as the layer is.",
        examples=("fl_cutter,l_logo.png,w_300",),
    ),
    "text_no_trim": FlagDeclaration(
        "Keep the room of the line around a text; otherwise its box ends where the ink does.",
        examples=("b_black,co_white,fl_text_no_trim,l_text:Arial_60:Hello",),
    ),
    "text_disallow_overflow": FlagDeclaration(
        "Refuse a text that does not fit into its box, rather than break or cut it.",
        examples=("c_fit,co_white,fl_text_disallow_overflow,l_text:Arial_60:Hello%20World,w_200",),
    ),
}
"""The flags of layers, in the order of the reference page."""
