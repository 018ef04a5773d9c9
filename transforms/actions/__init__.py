"""Every action, in the order in which those of one component apply, however they are written."""

from __future__ import annotations

from transforms.actions.angle import Angle, AutoTurn
from transforms.actions.auto import AutoCrop
from transforms.actions.auto_pad import AutoPad
from transforms.actions.background import AutomaticBackground, Background, BlurredPicture
from transforms.actions.base import Action
from transforms.actions.blends import BLENDS
from transforms.actions.border import Border
from transforms.actions.crop import Crop
from transforms.actions.effect import Effect
from transforms.actions.fill import Fill
from transforms.actions.fill_pad import FillPad
from transforms.actions.fit import Fit
from transforms.actions.imagga_crop import ImaggaCrop
from transforms.actions.imagga_scale import ImaggaScale
from transforms.actions.lfill import LimitedFill
from transforms.actions.limit import Limit
from transforms.actions.lpad import LimitedPad
from transforms.actions.mfit import MinimumFit
from transforms.actions.mode import Mode
from transforms.actions.mpad import MinimumPad
from transforms.actions.opacity import Opacity
from transforms.actions.pad import Pad
from transforms.actions.radius import Radius
from transforms.actions.scale import Scale
from transforms.actions.shapes import SHAPES
from transforms.actions.textures import TEXTURES
from transforms.actions.thumb import Thumb
from transforms.actions.tones import TONES

MODES: tuple[type[Mode], ...] = (
    Scale,
    Fit,
    Limit,
    MinimumFit,
    Fill,
    LimitedFill,
    Pad,
    LimitedPad,
    MinimumPad,
    Crop,
    Thumb,
    FillPad,
    AutoCrop,
    AutoPad,
    ImaggaCrop,
    ImaggaScale,
)

EFFECTS: tuple[type[Effect], ...] = (*TONES, *TEXTURES, *SHAPES, *BLENDS)
"""The effects, `e_`; a component has at most one."""

ACTIONS: tuple[type[Action], ...] = (
    AutoTurn,
    *MODES,
    Angle,
    *EFFECTS,
    Radius,
    Border,
    Opacity,
    Background,
    AutomaticBackground,
    BlurredPicture,
)
