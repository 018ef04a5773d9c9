"""Everything that is known: the keys that are offered, the crop modes, and what is refused by name."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.actions import ACTIONS
from transforms.actions.base import Action
from transforms.declaration import Declaration
from transforms.errors import NotOffered
from transforms.kinds.base import Kind, UnknownName
from transforms.known import KNOWN_EFFECTS, KNOWN_KEYS, KNOWN_MODES
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
        if text in KNOWN_MODES:
            raise NotOffered(f"c_{text} {KNOWN_MODES[text]}")
        raise UnknownName(f"is not {self.expected}", near=text, known=(*MODES, *KNOWN_MODES))


CROP = Declaration("c", ModeKind(), "Crop mode: how width and height are reached.", ("c_fill,h_200,w_300",))

OFFERED: dict[str, Declaration] = {"c": CROP, **QUALIFIERS, **OUTPUT}
"""The keys that are read, in the order of the reference page."""

NAMED = "t"
"""The key of named transformations, which the parser expands."""

KEYS = frozenset((*OFFERED, *KNOWN_KEYS, NAMED))
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


def refusal(key: str, value: str) -> NotOffered | UnknownName:
    """Why `key_value` is not read, for a key that is known and not offered."""
    name = value.partition(":")[0]
    if key != "e" or name.startswith("$"):
        return NotOffered(f"{key}_ {KNOWN_KEYS[key]}" if key != "$" else f"$name {KNOWN_KEYS[key]}")
    if name in KNOWN_EFFECTS:
        return NotOffered(f"e_{name} {KNOWN_EFFECTS[name]}")
    return UnknownName("is not an effect", near=name, known=KNOWN_EFFECTS)
