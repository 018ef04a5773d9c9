"""Effects that say how a layer is put on the picture, in the order of the reference page."""

from __future__ import annotations

from transforms.actions.anti_removal import AntiRemoval
from transforms.actions.blend import Blend
from transforms.actions.cut_out import CutOut
from transforms.actions.displace import Displace
from transforms.actions.mask import Mask
from transforms.actions.multiply import Multiply
from transforms.actions.overlay import Overlay
from transforms.actions.screen import Screen

BLENDS: tuple[type[Blend], ...] = (Multiply, Screen, Overlay, Mask, CutOut, Displace, AntiRemoval)
