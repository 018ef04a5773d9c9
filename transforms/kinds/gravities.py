"""Gravity: which part of the picture to keep, and what to fall back on when that is not there.

north_east                    a place of the compass
face:auto                     what to look for, then what to do when it is not found
cat:dog:auto:bird             one after the other; behind `auto` stands what it should prefer
auto:cat_30:dog_avoid         what to prefer, with weights from 0 to 100, and what to leave out
"""

from __future__ import annotations

from dataclasses import dataclass

from transforms.kinds.base import Kind, Misread
from transforms.kinds.numbers import LONGEST, is_digits
from transforms.values import Gravity

PLACES: tuple[str, ...] = (
    "center",
    "north_west",
    "north",
    "north_east",
    "west",
    "east",
    "south_west",
    "south",
    "south_east",
)
"""The nine places of the compass."""

GRAVITIES: dict[str, str] = {
    "center": "the middle; the default",
    "north_west": "the top left corner",
    "north": "the middle of the top edge",
    "north_east": "the top right corner",
    "west": "the middle of the left edge",
    "east": "the middle of the right edge",
    "south_west": "the bottom left corner",
    "south": "the middle of the bottom edge",
    "south_east": "the bottom right corner",
    "xy_center": "the point (`x_`, `y_`) of the image",
    "face": "the largest face; without one `north`, or what follows a colon: `face:center`, `face:auto`",
    "faces": "all faces together, likewise",
    "adv_face": "another spelling of `face`",
    "adv_faces": "another spelling of `faces`",
    "adv_eyes": "the eyes of the largest face, likewise",
    "rek_face": "an old spelling of `face`",
    "rek_faces": "an old spelling of `faces`",
    "rek_eyes": "an old spelling of `adv_eyes`",
    "body": "bodies are not looked for: what follows a colon (`body:face`), or else `auto`",
    "custom": "the coordinates stored with the original; without any what follows a colon "
    "(`custom:face`), or else `center`",
    "auto": "where the picture draws the eye; behind colons what to prefer: `auto:faces` looks for faces "
    "first, `auto:custom` for stored coordinates. Styles (`subject`, `classic`, `thirds_0`, `none`, "
    "`custom_no_override`) change nothing",
    "ocr_text": "text is not looked for: what follows a colon, or else `auto`",
    "liquid": "with `c_scale`: the least interesting lines of pixels go, and the rest keeps its shape",
}
"""The gravities that are offered; the names of `OBJECTS` too."""

FACES: dict[str, str] = {
    "face": "face",
    "faces": "faces",
    "adv_face": "face",
    "adv_faces": "faces",
    "rek_face": "face",
    "rek_faces": "faces",
    "adv_eyes": "eyes",
    "rek_eyes": "eyes",
}
"""What is looked for with a detector of faces, by its spellings."""


def _words(*groups: str) -> tuple[str, ...]:
    return tuple(word for group in groups for word in group.split())


OBJECTS: tuple[str, ...] = _words(
    "person",
    "vehicle bicycle car motorcycle motorbike airplane aeroplane bus train truck boat",
    "outdoor traffic_light fire_hydrant stop_sign parking_meter bench",
    "animal bird cat dog horse sheep cow elephant bear zebra giraffe",
    "accessory backpack umbrella handbag tie suitcase",
    "sport sports frisbee skis snowboard sports_ball ball kite baseball_bat baseball_glove",
    "skateboard surfboard tennis_racket",
    "kitchen bottle wine_glass cup fork knife spoon bowl",
    "food banana apple sandwich orange broccoli carrot hot_dog pizza donut cake",
    "furniture chair couch sofa potted_plant pottedplant bed dining_table diningtable toilet",
    "electronic tv tv_monitor tvmonitor laptop mouse remote keyboard cell_phone",
    "appliance microwave oven toaster sink refrigerator",
    "indoor book clock vase scissors teddy_bear hair_drier toothbrush",
    "background ocr no_faces",
)
"""Objects that the grammar can ask for, by the names of the sets that detectors are trained on (VOC, COCO and
its groups). They are read and not looked for. An underscore may be left out: `sportsball`."""

STYLES = frozenset({"subject", "classic", "thirds", "none", "custom_no_override"})
"""What may stand behind `auto` and names nothing to look for."""

_TEXT = frozenset({"ocr_text", "adv_ocr"})

_ALONE = frozenset({"liquid", "xy_center", *PLACES})
"""What takes nothing behind it."""

_MOST_PARTS = 10

_JOINED = frozenset(name.replace("_", "") for name in OBJECTS)

_HEADS = (*GRAVITIES, *OBJECTS)
_BEHIND = (*PLACES, "xy_center", "auto", "custom", "body", *FACES, *_TEXT, *OBJECTS)
_PREFERRED = (*FACES, "custom", "body", *STYLES, *_TEXT, *OBJECTS)


@dataclass(frozen=True, slots=True)
class GravityKind(Kind[Gravity]):
    """A compass point, a point of its own, or a chain of what to look for."""

    @property
    def expected(self) -> str:
        return f"a gravity: one of {', '.join(GRAVITIES)}, or an object such as cat"

    @property
    def forgives(self) -> str:
        return "What is not looked for is read, and the plan says what stands in for it."

    def read(self, text: str) -> Gravity:
        name, *rest = text.split(":")
        if name not in GRAVITIES and not _is_object(name):
            raise self.misread(near=name, known=_HEADS)
        if rest and name in _ALONE:
            raise Misread(f"is not a gravity: nothing stands behind {name}")
        if len(rest) > _MOST_PARTS:
            raise Misread(f"has more than {_MOST_PARTS} parts behind {name}")
        preferring = name == "auto"
        for part in rest:
            _check(part, preferring)
            preferring = preferring or part == "auto"
        return Gravity(name, tuple(rest))


def weighed(part: str) -> tuple[str, int | None]:
    """A preference and its weight, None where it has none: `cat_30`, `cat`; `cat_avoid` weighs nothing.

    Weights go to 100, and more is no more than that.
    """
    name, _, weight = part.rpartition("_")
    if name and weight == "avoid":
        return name, 0
    if name and is_digits(weight) and len(weight) <= LONGEST:
        return name, int(weight)
    return part, None


def _is_object(name: str) -> bool:
    return name in OBJECTS or name in _JOINED


def _check(part: str, preferring: bool) -> None:
    """Raise Misread when a part behind the first is not of those that may stand there."""
    name, known = (weighed(part)[0], _PREFERRED) if preferring else (part, _BEHIND)
    if name in known or _is_object(name):
        return
    what = "what g_auto can prefer" if preferring else "what a gravity falls back on"
    raise Misread(f"is not a gravity: {part or 'nothing'} is not {what}", near=weighed(part)[0], known=known)
