"""The fonts that come with Calotype, and the names that lead to them.

They stand in for the commonest fonts of the web, so that pages written for another service go on working. A
font of that very name, from the folders in `render.fonts`, is taken instead of its stand-in.
"""

from __future__ import annotations

FOLDER = __path__[0]

CONFIGURATION = f"{FOLDER}/fonts.conf"
"""For fontconfig, as `FONTCONFIG_FILE`: without it, the system's fonts are known as well."""

FILES = (
    "LiberationSans-Regular.ttf",
    "LiberationSans-Italic.ttf",
    "LiberationSans-Bold.ttf",
    "LiberationSans-BoldItalic.ttf",
    "LiberationSerif-Regular.ttf",
    "LiberationSerif-Italic.ttf",
    "LiberationSerif-Bold.ttf",
    "LiberationSerif-BoldItalic.ttf",
)

SANS = "Liberation Sans"
"""Letters as wide as Arial's."""
SERIF = "Liberation Serif"
"""Letters as wide as those of Times New Roman."""

STAND_INS = {
    "Arial": SANS,
    "Helvetica": SANS,
    "Helvetica Neue": SANS,
    "Arimo": SANS,
    "Open Sans": SANS,
    "Roboto": SANS,
    "Tahoma": SANS,
    "Trebuchet MS": SANS,
    "Verdana": SANS,
    "sans-serif": SANS,
    "Times New Roman": SERIF,
    "Times": SERIF,
    "Tinos": SERIF,
    "Georgia": SERIF,
    "serif": SERIF,
}
"""Name → the shipped family that is drawn for it, unless a font of that name is configured."""
