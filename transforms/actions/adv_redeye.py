"""`e_adv_redeye`: the add-on's name for `e_redeye`."""

from __future__ import annotations

from transforms.actions.redeye import RedEye


class AdvancedRedEye(RedEye, code="e_adv_redeye", examples=("e_adv_redeye",)):
    """Do what `e_redeye` does: there is one detector of faces here."""
