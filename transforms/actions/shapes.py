"""Effects that change outline, opacity or size, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.bgremoval import BackgroundRemoval
from transforms.actions.distort import Distort
from transforms.actions.dropshadow import DropShadow
from transforms.actions.effect import Effect
from transforms.actions.gradient_fade import GradientFade
from transforms.actions.make_transparent import MakeTransparent
from transforms.actions.opacity_threshold import OpacityThreshold
from transforms.actions.outline import Outline
from transforms.actions.shadow import Shadow
from transforms.actions.shear import Shear
from transforms.actions.trim import Trim

SHAPES: tuple[type[Effect], ...] = (
    Trim,
    Outline,
    Shadow,
    DropShadow,
    GradientFade,
    MakeTransparent,
    BackgroundRemoval,
    OpacityThreshold,
    Distort,
    Shear,
)
