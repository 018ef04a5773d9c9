"""Everything that is known: the keys that are offered, the crop modes, and what is refused by name."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.actions import ACTIONS, EFFECTS
from transforms.actions.base import Action
from transforms.actions.effect import Effect
from transforms.declaration import Declaration, by_key
from transforms.errors import NotOffered
from transforms.kinds.base import Kind, UnknownName
from transforms.kinds.layers import LayerKind
from transforms.kinds.logic import AssignmentKind, ConditionKind
from transforms.kinds.publicids import PublicIdKind
from transforms.known import KNOWN_EFFECTS, KNOWN_KEYS
from transforms.output import OUTPUT
from transforms.qualifiers import QUALIFIERS

MODES: dict[str, type[Action]] = {
    action.code.removeprefix("c_"): action for action in ACTIONS if action.code.startswith("c_")
}
"""The crop modes by name, in the order of `ACTIONS`."""


@dataclass(frozen=True, slots=True)
class ModeKind(Kind[str]):
    """The name of a crop mode."""

    @property
    def expected(self) -> str:
        return f"a crop mode: one of {', '.join(MODES)}"

    def read(self, text: str) -> str:
        if text in MODES:
            return text
        raise UnknownName(f"is not {self.expected}", near=text, known=MODES)


_EFFECTS: dict[str, type[Effect]] = {effect.code.removeprefix("e_"): effect for effect in EFFECTS}


@dataclass(frozen=True, slots=True)
class EffectKind(Kind[Effect]):
    """An effect and its arguments."""

    @property
    def expected(self) -> str:
        return "an effect, as in e_sepia or e_blur:300"

    def read(self, text: str) -> Effect:
        name, _, arguments = text.partition(":")
        effect = _EFFECTS.get(name)
        if effect is not None:
            return effect.read(arguments)
        if name in KNOWN_EFFECTS:
            raise NotOffered(f"e_{name} {KNOWN_EFFECTS[name]}")
        raise UnknownName(f"is not {self.expected}", near=name, known=(*_EFFECTS, *KNOWN_EFFECTS))

    def write(self, value: Effect) -> str:
        return str(value).removeprefix("e_")


EFFECT = Declaration(
    "e", EffectKind(), "Effect; what follows the name are its arguments, after colons.", ("e_sepia:60",)
)

CROP = Declaration("c", ModeKind(), "Crop mode: how width and height are reached.", ("c_fill,h_200,w_300",))

LOGIC: dict[str, Declaration] = by_key(
    Declaration(
        "if",
        ConditionKind(),
        "Condition: what follows, or what stands beside it, is done only where it holds.",
        ("if_w_gt_300/c_scale,w_300/if_end", "if_ar_gt_1.0,c_fill,h_100,w_200/if_else,c_fill,h_200,w_100"),
    ),
    Declaration(
        "$",
        AssignmentKind(),
        "Variable: a number, a text, or arithmetic, for later parameters.",
        ("$width_300/c_scale,w_$width", "$half_iw_div_2/c_scale,w_$half"),
    ),
)
"""What decides where it stands, in the order of the reference page."""

LAYERS: dict[str, Declaration] = by_key(
    Declaration(
        "l",
        LayerKind(),
        "Layer over the picture: another picture, or a text. What stands beside it is done to the layer, but "
        "`g`, `x` and `y` say where it lies.",
        (
            "g_south_east,l_logo.png,w_100,x_10,y_10",
            "l_logo.png/o_50,w_100/fl_layer_apply,g_south_east,x_10,y_10",
            "co_white,g_south,l_text:Arial_60_bold:Hello%20World,y_20",
        ),
    ),
    Declaration("u", LayerKind(), "Layer under the picture, as `l`.", ("c_fill,h_600,u_dogs.jpg,w_800",)),
)
"""Other pictures, in the order of the reference page."""

DEFAULT_IMAGE = Declaration(
    "d",
    PublicIdKind(),
    "Default image: shown in place of an original that there is not, treated the same.",
    ("c_fill,d_avatar.png,h_150,w_150",),
)

OFFERED: dict[str, Declaration] = {
    "c": CROP,
    "e": EFFECT,
    **QUALIFIERS,
    **LAYERS,
    **LOGIC,
    "d": DEFAULT_IMAGE,
    **OUTPUT,
}
"""The keys that are read, in the order of the reference page."""

NAMED = ("t", "bl")
"""The keys of named transformations, which the parser expands."""

KEYS = frozenset((*OFFERED, *KNOWN_KEYS, *NAMED))
"""Every key the grammar has."""

LONG_NAMES: dict[str, str] = {
    "width": "w",
    "height": "h",
    "aspect": "ar",
    "crop": "c",
    "gravity": "g",
    "zoom": "z",
    "quality": "q",
    "format": "f",
    "angle": "a",
    "rotate": "a",
    "background": "b",
    "page": "pg",
    "flags": "fl",
    "effect": "e",
    "radius": "r",
    "border": "bo",
}
"""What people write who guess, and the key they mean."""


def refusal(key: str) -> NotOffered:
    """Why `key_…` is not read, for a key that is known and not offered."""
    return NotOffered(f"{key}_ {KNOWN_KEYS[key]}")
