"""The looks of `e_art`: each a matrix of colours and a curve for each channel, all our own.

A look starts with how much colour is kept (1 all, 0 none), may then mix the channels, and ends with the
heights of the curves of red, green and blue at 0, ¼, ½, ¾ and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

Heights = tuple[float, float, float, float, float]
Row = tuple[float, float, float]
Mix = tuple[Row, Row, Row]

_AS_IS: Mix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True, slots=True)
class Art:
    """One look."""

    says: str
    """What it looks like, in the words of the reference."""
    color: float
    red: Heights
    green: Heights
    blue: Heights
    mix: Mix = _AS_IS


ARTS: dict[str, Art] = {
    "al_dente": Art(
        "crisp and appetising: strong contrast, warm lights",
        1.25,
        (0.00, 0.20, 0.56, 0.86, 1.00),
        (0.00, 0.18, 0.51, 0.81, 0.99),
        (0.00, 0.15, 0.42, 0.70, 0.90),
    ),
    "athena": Art(
        "marble: pale, bright, a little cool",
        0.45,
        (0.10, 0.36, 0.64, 0.86, 0.98),
        (0.12, 0.38, 0.66, 0.88, 0.99),
        (0.16, 0.42, 0.69, 0.90, 1.00),
    ),
    "audrey": Art(
        "a film star in black and white: soft, bright skin from red light",
        1.0,
        *((0.02, 0.26, 0.60, 0.86, 1.00),) * 3,
        mix=((0.55, 0.40, 0.05),) * 3,
    ),
    "aurora": Art(
        "northern lights: violet shadows, green-blue lights",
        1.15,
        (0.12, 0.28, 0.46, 0.68, 0.88),
        (0.02, 0.22, 0.52, 0.82, 1.00),
        (0.26, 0.44, 0.62, 0.80, 0.96),
    ),
    "daguerre": Art(
        "a silver plate: cold, silvery gray, dark",
        0.0,
        (0.06, 0.16, 0.37, 0.63, 0.84),
        (0.07, 0.17, 0.39, 0.65, 0.86),
        (0.08, 0.21, 0.43, 0.67, 0.85),
    ),
    "eucalyptus": Art(
        "leaves in haze: gray-green, soft",
        0.55,
        (0.06, 0.25, 0.46, 0.69, 0.90),
        (0.12, 0.34, 0.57, 0.78, 0.96),
        (0.10, 0.29, 0.49, 0.69, 0.88),
    ),
    "fes": Art(
        "a dyers' quarter: ochre and terracotta, dark browns",
        0.85,
        (0.06, 0.34, 0.64, 0.86, 1.00),
        (0.02, 0.22, 0.46, 0.72, 0.93),
        (0.02, 0.14, 0.29, 0.47, 0.68),
    ),
    "frost": Art(
        "winter: ice-blue and bright",
        0.60,
        (0.00, 0.22, 0.49, 0.76, 0.96),
        (0.05, 0.30, 0.58, 0.83, 1.00),
        (0.14, 0.43, 0.71, 0.92, 1.00),
    ),
    "hairspray": Art(
        "a poster of the eighties: pink lights, blue shadows",
        1.10,
        (0.08, 0.34, 0.66, 0.89, 1.00),
        (0.02, 0.19, 0.45, 0.71, 0.91),
        (0.22, 0.40, 0.60, 0.80, 0.96),
    ),
    "hokusai": Art(
        "a woodcut: Prussian blue to paper",
        0.30,
        (0.05, 0.13, 0.40, 0.78, 0.98),
        (0.12, 0.26, 0.51, 0.80, 0.95),
        (0.28, 0.46, 0.63, 0.78, 0.84),
    ),
    "incognito": Art(
        "unrecognised: dark, nearly without colour, bluish",
        0.20,
        (0.00, 0.10, 0.29, 0.55, 0.82),
        (0.00, 0.11, 0.31, 0.58, 0.85),
        (0.03, 0.16, 0.37, 0.64, 0.90),
    ),
    "linen": Art(
        "washed cloth: faded, with a cream white",
        0.75,
        (0.26, 0.47, 0.67, 0.84, 1.00),
        (0.25, 0.45, 0.65, 0.82, 0.97),
        (0.24, 0.42, 0.60, 0.75, 0.89),
    ),
    "peacock": Art(
        "feathers: everything towards teal and deep blue, skin stays gold",
        1.20,
        (0.00, 0.17, 0.48, 0.80, 1.00),
        (0.08, 0.27, 0.52, 0.76, 0.93),
        (0.20, 0.38, 0.51, 0.62, 0.72),
    ),
    "primavera": Art(
        "spring: fresh greens, light yellow",
        1.25,
        (0.03, 0.30, 0.57, 0.81, 0.99),
        (0.06, 0.34, 0.64, 0.88, 1.00),
        (0.04, 0.24, 0.46, 0.66, 0.84),
    ),
    "quartz": Art(
        "rose quartz: soft and pinkish, low contrast",
        0.70,
        (0.16, 0.40, 0.64, 0.85, 1.00),
        (0.10, 0.31, 0.53, 0.74, 0.92),
        (0.14, 0.36, 0.58, 0.78, 0.95),
    ),
    "red_rock": Art(
        "a desert: red stone under a dark sky",
        1.05,
        (0.04, 0.34, 0.66, 0.88, 1.00),
        (0.00, 0.18, 0.41, 0.66, 0.88),
        (0.00, 0.15, 0.34, 0.57, 0.80),
        mix=((1.15, 0.05, -0.20), (0.05, 0.95, 0.0), (-0.05, 0.15, 0.90)),
    ),
    "refresh": Art(
        "after rain: clear, bright, a little more of every colour",
        1.30,
        (0.00, 0.27, 0.56, 0.81, 1.00),
        (0.00, 0.29, 0.58, 0.83, 1.00),
        (0.00, 0.30, 0.60, 0.84, 1.00),
    ),
    "sizzle": Art(
        "hot: glaring colours, orange lights, black shadows",
        1.60,
        (0.00, 0.20, 0.60, 0.90, 1.00),
        (0.00, 0.15, 0.47, 0.80, 1.00),
        (0.00, 0.11, 0.36, 0.67, 0.92),
    ),
    "sonnet": Art(
        "an old page: gentle brown ink on yellowed paper",
        0.25,
        (0.14, 0.38, 0.62, 0.82, 0.97),
        (0.11, 0.33, 0.56, 0.76, 0.91),
        (0.08, 0.26, 0.45, 0.62, 0.76),
    ),
    "ukulele": Art(
        "a holiday slide: yellow sun, greenish shadows, faded",
        0.95,
        (0.08, 0.33, 0.62, 0.86, 1.00),
        (0.12, 0.34, 0.58, 0.80, 0.96),
        (0.14, 0.28, 0.42, 0.57, 0.72),
    ),
    "zorro": Art(
        "by night in black and white: hard contrast, black cape",
        0.0,
        *((0.00, 0.08, 0.50, 0.92, 1.00),) * 3,
    ),
}
"""By name, in the order of the alphabet."""
