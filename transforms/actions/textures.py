"""Effects that blur, sharpen or redraw, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.adv_redeye import AdvancedRedEye
from transforms.actions.blur import Blur
from transforms.actions.blur_faces import BlurFaces
from transforms.actions.blur_region import BlurRegion
from transforms.actions.cartoonify import Cartoonify
from transforms.actions.effect import Effect
from transforms.actions.loop import Loop
from transforms.actions.oil_paint import OilPaint
from transforms.actions.ordered_dither import OrderedDither
from transforms.actions.pixelate import Pixelate
from transforms.actions.pixelate_faces import PixelateFaces
from transforms.actions.pixelate_region import PixelateRegion
from transforms.actions.redeye import RedEye
from transforms.actions.sharpen import Sharpen
from transforms.actions.unsharp_mask import UnsharpMask
from transforms.actions.vectorize import Vectorize
from transforms.actions.vignette import Vignette

TEXTURES: tuple[type[Effect], ...] = (
    Blur,
    BlurRegion,
    BlurFaces,
    Sharpen,
    UnsharpMask,
    Pixelate,
    PixelateRegion,
    PixelateFaces,
    OilPaint,
    Cartoonify,
    Vectorize,
    OrderedDither,
    Vignette,
    RedEye,
    AdvancedRedEye,
    Loop,
)
