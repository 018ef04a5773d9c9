"""How colours look to eyes that lack some of them: matrices for linear light, in the primaries of sRGB.

Dichromats and anomalous trichromats are those of Machado, Oliveira and Fernandes, "A physiologically-based
model for simulation of color vision deficiency", 2009: severity 1.0 for those who lack a kind of cone, 0.6
for those in whom it is only shifted.
"""

from __future__ import annotations

from transforms.curves import held

Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]

_LUMINANCE: Row = (0.2126, 0.7152, 0.0722)
_BLUE_CONES: Row = (0.017817, 0.109619, 0.872564)
"""What the short-wave cones see: the third row of the matrix from RGB to LMS of Viénot, Brettel and Mollon,
"Digital video colourmaps for checking the legibility of displays by dichromats", 1999, for a white of 1."""

SIMULATIONS: dict[str, Matrix] = {
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "tritanomaly": (
        (1.104996, -0.046633, -0.058363),
        (-0.032137, 0.971635, 0.060503),
        (0.001336, 0.317922, 0.680742),
    ),
    "deuteranomaly": (
        (0.498864, 0.674741, -0.173604),
        (0.205199, 0.754872, 0.039929),
        (-0.011131, 0.030969, 0.980162),
    ),
    "cone_monochromacy": (_BLUE_CONES, _BLUE_CONES, _BLUE_CONES),
    "rod_monochromacy": (_LUMINANCE, _LUMINANCE, _LUMINANCE),
}
"""By the name of the condition. Rods alone are taken to see what is bright to others."""

_TO_WHAT_IS_SEEN: Matrix = ((0.0, 0.0, 0.0), (0.7, 1.0, 0.0), (0.7, 0.0, 1.0))
"""Where the part of a colour that is not seen goes: from red to green and blue. Fidaner, Lin and Ozguven,
"Analysis of Color Blindness", 2005."""


def redistributed() -> Matrix:
    """The matrix that moves what deuteranopes do not tell apart to where they do: I + E (I - D)."""
    unseen = [
        [float(x == y) - seen for x, seen in enumerate(row)]
        for y, row in enumerate(SIMULATIONS["deuteranopia"])
    ]
    moved = [
        [sum(_TO_WHAT_IS_SEEN[y][k] * unseen[k][x] for k in range(3)) + (x == y) for x in range(3)]
        for y in range(3)
    ]
    first, second, third = ((row[0], row[1], row[2]) for row in moved)
    return first, second, third


def to_linear(value: float) -> float:
    """Light, 0 to 1, of a gamma-encoded value: IEC 61966-2-1, which Display P3 shares."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def to_encoded(light: float) -> float:
    """The reverse of `to_linear`."""
    light = held(light)
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
