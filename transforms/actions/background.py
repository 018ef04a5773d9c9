"""`b`: what is behind the picture."""

from __future__ import annotations

from transforms.actions.base import Action
from transforms.frame import Frame
from transforms.operations import Flatten, Operation
from transforms.recipe import Parameter
from transforms.surround import Surround
from transforms.values import AutoBackground, BlurredBackground, Color


class Background(Action, code="b", examples=("b_white", "b_rgb:ff8800,w_300")):
    """Put a colour behind what is transparent; with a mode that pads, around the image too.

    A colour that is transparent itself puts nothing there.
    """

    red: int
    green: int
    blue: int
    alpha: int = 255

    def operations(self, frame: Frame) -> list[Operation]:
        return [Flatten((self.red, self.green, self.blue, self.alpha), label=self.code)]


class AutomaticBackground(
    Action,
    code="b_auto",
    examples=(
        "b_auto,c_pad,h_300,w_300",
        "b_auto:predominant,c_pad,h_300,w_300",
        "b_auto:border_contrast:palette_black_white,c_pad,h_300,w_300",
        "b_auto:predominant_gradient:2:diagonal_desc,c_pad,h_300,w_300",
        "b_auto:border_gradient:4,c_pad,h_300,w_300",
    ),
):
    """Put a colour found in the picture behind what is transparent, and around it with a mode that pads.

    `border`, the default, looks at the picture's rim, `predominant` at all of it; what most of it has is
    taken. With `_contrast` it is what contrasts most with that: its opposite, black or white. With
    `_gradient` it is a blend of 2 colours, which run in the direction given, or of 4, one in each corner;
    each stands on the side where the picture has it. With `palette_` and colours, joined by `_`, the one of
    them that is nearest is taken, as CIE L*a*b* measures it.
    """

    background: AutoBackground

    def operations(self, frame: Frame) -> list[Operation]:
        return [Surround(self.background)] if frame.alpha else []


class BlurredPicture(
    Action, code="b_blurred", examples=("b_blurred,c_pad,h_300,w_300", "b_blurred:400:15,c_pad,h_300,w_300")
):
    """Put the picture itself, covering all there is to fill, blurred, behind it.

    The first number is how much it is blurred, from 1 to 2000, 100 unless told otherwise: that is 2.5% of the
    shorter side as the standard deviation of the blur. The second makes it darker or lighter, from -300,
    which is black, to 100, which adds a third of the way from black to white; 0 leaves it.
    """

    background: BlurredBackground

    def operations(self, frame: Frame) -> list[Operation]:
        return [Surround(self.background)] if frame.alpha else []


def background_action(parameter: Parameter | None) -> Action | None:
    """What a `b_` does after all else in its component, or None without one."""
    match parameter.value if parameter is not None else None:
        case Color(red, green, blue, alpha):
            return Background(red, green, blue, alpha)
        case AutoBackground() as background:
            return AutomaticBackground(background=background)
        case BlurredBackground() as background:
            return BlurredPicture(background=background)
    return None
