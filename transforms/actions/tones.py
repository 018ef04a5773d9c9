"""Effects of tone and colour, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.art import Art
from transforms.actions.assist_colorblind import AssistColorblind
from transforms.actions.auto_brightness import AutoBrightness
from transforms.actions.auto_color import AutoColor
from transforms.actions.auto_contrast import AutoContrast
from transforms.actions.blackwhite import BlackWhite
from transforms.actions.blue import Blue
from transforms.actions.brightness import Brightness
from transforms.actions.brightness_hsb import BrightnessHsb
from transforms.actions.colorize import Colorize
from transforms.actions.contrast import Contrast
from transforms.actions.effect import Effect
from transforms.actions.fill_light import FillLight
from transforms.actions.gamma import Gamma
from transforms.actions.grayscale import Grayscale
from transforms.actions.green import Green
from transforms.actions.hue import Hue
from transforms.actions.improve import Improve
from transforms.actions.negate import Negate
from transforms.actions.recolor import Recolor
from transforms.actions.red import Red
from transforms.actions.replace_color import ReplaceColor
from transforms.actions.saturation import Saturation
from transforms.actions.sepia import Sepia
from transforms.actions.simulate_colorblind import SimulateColorblind
from transforms.actions.theme import Theme
from transforms.actions.tint import Tint
from transforms.actions.vibrance import Vibrance

TONES: tuple[type[Effect], ...] = (
    Grayscale,
    Negate,
    BlackWhite,
    Sepia,
    Brightness,
    BrightnessHsb,
    Contrast,
    Saturation,
    Hue,
    Red,
    Green,
    Blue,
    Gamma,
    Vibrance,
    AutoBrightness,
    AutoColor,
    AutoContrast,
    Improve,
    FillLight,
    Colorize,
    Tint,
    Recolor,
    ReplaceColor,
    AssistColorblind,
    SimulateColorblind,
    Art,
    Theme,
)
