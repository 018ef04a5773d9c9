"""What can stand behind a picture: a colour, colours found in the picture, the picture itself blurred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.errors import NotOffered, printable
from transforms.kinds.base import Kind, Misread
from transforms.kinds.colornames import COLOR_NAMES
from transforms.kinds.colors import ColorKind
from transforms.kinds.numbers import Integer
from transforms.known import KNOWN_BACKGROUNDS
from transforms.values import AutoBackground, BlurredBackground, Color

AUTO_MODES: dict[str, str] = {
    "border": "the predominant colour of the picture's rim; plain `b_auto` means this",
    "predominant": "the predominant colour of the whole picture",
    "border_contrast": "the colour that contrasts most with the rim's",
    "predominant_contrast": "the colour that contrasts most with the picture's",
    "border_gradient": "a blend of the predominant colours of the rim",
    "predominant_gradient": "a blend of the predominant colours of the whole picture",
    "border_gradient_contrast": "a blend of the colours that contrast most with the rim's",
    "predominant_gradient_contrast": "a blend of the colours that contrast most with the picture's",
}
"""What may follow `b_auto:`."""

DIRECTIONS: dict[str, str] = {
    "horizontal": "from left to right; the default",
    "vertical": "from top to bottom",
    "diagonal_desc": "from the top left corner to the bottom right one",
    "diagonal_asc": "from the bottom left corner to the top right one",
}
"""How two colours are blended. Four stand in the corners."""

COUNTS = ("2", "4")
"""How many colours a blend may have."""

INTENSITY = Integer(1, 2000, beyond="clamp")
BRIGHTNESS = Integer(-300, 100, beyond="clamp")
DEFAULT_INTENSITY = 100

_COLOR = ColorKind()
_PALETTE = "palette_"
_MOST_COLORS = 64

Background = Color | AutoBackground | BlurredBackground


@dataclass(frozen=True, slots=True)
class BackgroundKind(Kind[Background]):
    """A colour, `auto` with what to take from the picture, or `blurred`."""

    @property
    def expected(self) -> str:
        return f"{_COLOR.expected}; or auto[:mode][:2|4][:direction][:palette_…]; or blurred"

    @property
    def forgives(self) -> str:
        return (
            f"{_COLOR.forgives} A number and a direction do nothing beside a mode without a gradient. "
            "Intensity and brightness past a limit count as the limit."
        )

    def read(self, text: str) -> Background:
        family, _, arguments = text.partition(":")
        if family == "auto":
            return _auto(text, arguments)
        if family == "blurred":
            return _blurred(text, arguments)
        if family in KNOWN_BACKGROUNDS:
            raise NotOffered(f"b_{family} {KNOWN_BACKGROUNDS[family]}")
        try:
            return _COLOR.read(text)
        except Misread:
            raise self.misread(near=text, known=(*COLOR_NAMES, "auto", "blurred")) from None


def _auto(text: str, arguments: str) -> AutoBackground:
    """The mode, how many colours, where they run, and from which to choose: each may be left out."""
    arguments, palette = _without_palette(arguments)
    words = arguments.split(":") if arguments else []
    mode = words.pop(0) if words and words[0] in AUTO_MODES else "border"
    count = int(words.pop(0)) if words and words[0] in COUNTS else 2
    direction = words.pop(0) if words and words[0] in DIRECTIONS else "horizontal"
    if words:
        raise _unknown_word(words[0])
    gradient = "gradient" in mode
    return AutoBackground(
        rim=mode.startswith("border"),
        contrast=mode.endswith("contrast"),
        count=count if gradient else 1,
        direction=direction if gradient and count == 2 else "horizontal",
        palette=palette,
        written=text,
    )


def _without_palette(arguments: str) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """What stands in front of the palette, and its colours: the last argument, so that it may hold colons."""
    head, found, colors = f":{arguments}".partition(f":{_PALETTE}")
    if not found:
        return arguments, ()
    names = colors.split("_")
    if len(names) > _MOST_COLORS:
        raise Misread(f"has a palette of more than {_MOST_COLORS} colours")
    read = [_COLOR.read(name) for name in names]
    return head.removeprefix(":"), tuple((c.red, c.green, c.blue) for c in read)


def _unknown_word(word: str) -> Misread:
    known: Sequence[str] = (*AUTO_MODES, *COUNTS, *DIRECTIONS)
    expected = ", ".join((*known, f"{_PALETTE}…"))
    return Misread(f"holds {printable(word)!r}, which is none of {expected}", near=word, known=known)


def _blurred(text: str, arguments: str) -> BlurredBackground:
    words = arguments.split(":") if arguments else []
    if len(words) > 2:
        raise Misread("has more than an intensity and a brightness behind blurred")
    intensity = INTENSITY.read(words[0]) if words else DEFAULT_INTENSITY
    brightness = BRIGHTNESS.read(words[1]) if len(words) > 1 else 0
    return BlurredBackground(intensity, brightness, written=text)
