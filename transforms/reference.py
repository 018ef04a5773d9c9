"""The reference page of the language, in Markdown, written by the declarations themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from transforms import lexer
from transforms.actions import ACTIONS, EFFECTS
from transforms.actions import MODES as MODE_TABLE
from transforms.actions.base import Action
from transforms.actions.blends import BLENDS
from transforms.actions.shapes import SHAPES
from transforms.actions.textures import TEXTURES
from transforms.actions.tones import TONES
from transforms.catalog import CROP, DEFAULT_IMAGE, EFFECT, LAYERS, LOGIC
from transforms.conditions import COMPARATORS
from transforms.declaration import Declaration
from transforms.expressions import CASTS, OPERATORS
from transforms.flags import FLAGS
from transforms.formats import FORMATS
from transforms.kinds.angles import MODES as TURNS
from transforms.kinds.colornames import COLOR_NAMES
from transforms.kinds.gravities import GRAVITIES
from transforms.kinds.outputs import LEVELS
from transforms.known import (
    KNOWN_BACKGROUNDS,
    KNOWN_EFFECTS,
    KNOWN_FLAGS,
    KNOWN_FORMATS,
    KNOWN_KEYS,
    KNOWN_LAYERS,
    KNOWN_QUALITIES,
)
from transforms.layers import LAYER_FLAGS
from transforms.operands import OPERANDS, TEXTS
from transforms.output import OUTPUT
from transforms.parser import MAX_EXPANSIONS
from transforms.qualifiers import QUALIFIERS

_INTRODUCTION = f"""\
# Transformations

This page is written by the declarations that the parser reads; `calotype reference` prints it.

A transformation is a path of components, which apply from left to right. A component is a list of parameters
in any order. A parameter is a key, `_` and a value:

    c_fill,g_auto,h_150,w_200/f_auto,q_auto

Each has one canonical form: parameters sorted by their text, what says nothing left out. It reads back to the
same recipe.

What is forgiven: empty parameters and components (`w_300,`), a parameter written twice, `%2C` for the comma
and `%3A` for the colon, and what is noted below. Everything else that is wrong is refused with its place,
what was expected, and the nearest known name.

Limits: {lexer.MAX_BYTES} bytes, {lexer.MAX_COMPONENTS} components, {lexer.MAX_PARAMETERS} parameters in each,
{lexer.MAX_LAYERS} layers, {MAX_EXPANSIONS} named transformations.

In a delivery URL the transformation ends at the first segment that does not read as a component, at a version
(`v1`), or before the last segment. A folder called like a component is reached with a version before it:
`/v1/w_1200/photo.jpg`.
"""

_NAMED = """\
## Named transformations

`t_name` stands for a stored transformation and is replaced by it, as components of their own in front of the
parameters beside it. `t_one.two` is one, then two. A stored transformation may name others, but not itself.
"""

_LAYERS = """\
## Layers

A layer is another picture, or a text, put over (`l_`) or under (`u_`) the picture. Between its declaration
and `fl_layer_apply` stands what is done to it, other layers among that; beside `fl_layer_apply` stand its
place (`g`, `x`, `y`), a blend, and flags. Without a `fl_layer_apply` of its own it is put on at once, and its
place stands beside the declaration. A layer that sticks out makes the canvas grow.
"""

_ARITHMETIC = """\
## Arithmetic

Where a number stands, a calculation may stand: numbers and the operands below, with
{operators} between. `pow` binds tightest, then `mul`, `div` and
`mod`. A width, a height or a ratio may leave out its left side: `w_div_2` is half the current width.
"""

_VARIABLES = """\
## Variables

`$name_value` sets a variable for the parameters beside it and for all that follows; a name is a letter, then
letters and digits. A value is a number, a calculation, a text between exclamation marks (`!Hello!`), a list
of them (`!a:b!`), a word, or `current`, the picture as it is there, which `l_$name` puts on. In a text, `,`,
`/` and `!` are written `%2C`, `%2F` and `%21`. A number with a decimal point is a share where a size stands.

`$name` stands wherever a value or a part of one between colons does (`e_$effect:40`, `w_$width_mul_2`), and
`$(name)` anywhere in a value (`bo_$(width)px_solid_red`). What comes out is read as if it had been written.
"""

_CONDITIONS = """\
## Conditions

`if_condition/…/if_else/…/if_end` does what stands between only where the condition holds, which is decided
when the picture gets there. With parameters beside it, `if_condition,w_100` is about that component alone. A
condition compares two sides, either of which may be a calculation or a text; `and` binds tighter than `or`.
What is not set equals the empty text, `!!`.
"""


def reference() -> str:
    """The whole page, without a line feed at its end."""
    return "\n".join(_page()).rstrip()


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Qualifiers\n"
    yield from map(_parameter, (CROP, *QUALIFIERS.values(), DEFAULT_IMAGE))
    yield from _group("Crop modes")
    yield _table("## Gravity", "g_", GRAVITIES)
    yield from _group("Turns, corners and backgrounds")
    degrees = "turn clockwise by so many degrees; less than 0 turns the other way"
    yield _table("### Turns", "a_", {"12.5": degrees, **TURNS})
    yield "## Effects\n"
    yield _parameter(EFFECT)
    for heading in ("Tone and colour", "Blur, sharpen and redraw", "Outline, opacity and shape"):
        yield from _group(heading)
    yield _LAYERS
    yield _sheet("Layers")
    yield from map(_parameter, LAYERS.values())
    yield _table("### Flags of layers", "fl_", {name: flag.doc for name, flag in LAYER_FLAGS.items()})
    yield from _group("Blends")
    yield _ARITHMETIC.format(operators=", ".join(f"`{operator}`" for operator in OPERATORS))
    yield _table("### Operands", "", {**OPERANDS, **TEXTS, **CASTS})
    yield _VARIABLES
    yield _parameter(LOGIC["$"])
    yield _CONDITIONS
    yield _parameter(LOGIC["if"])
    yield _table("### Comparators", "", COMPARATORS)
    yield "## Output\n"
    yield from map(_parameter, OUTPUT.values())
    yield _table("## Formats", "f_", _formats())
    yield _table("## Levels of quality", "q_auto:", LEVELS)
    yield _table("## Flags", "fl_", {_flag_name(name): flag.doc for name, flag in FLAGS.items()})
    yield _NAMED
    yield f"## Colour names\n\n{', '.join(f'`{name}`' for name in COLOR_NAMES)}\n"
    yield "## Known, and not offered\n"
    yield "The grammar has these; Calotype refuses them by name.\n"
    yield from _known()


GROUPS: Mapping[str, tuple[type[Action], ...]] = {
    "Crop modes": MODE_TABLE,
    "Turns, corners and backgrounds": tuple(a for a in ACTIONS if a not in (*MODE_TABLE, *EFFECTS)),
    "Tone and colour": TONES,
    "Blur, sharpen and redraw": TEXTURES,
    "Outline, opacity and shape": SHAPES,
    "Blends": BLENDS,
}
"""The actions under their headings."""


def sheets() -> dict[str, tuple[str, ...]]:
    """The examples that are shown as pictures, by the name of their contact sheet."""
    shown = {
        heading: [example for action in actions for example in action.examples]
        for heading, actions in GROUPS.items()
    }
    shown["Layers"] = [
        *(example for declaration in LAYERS.values() for example in declaration.examples),
        *(example for flag in LAYER_FLAGS.values() for example in flag.examples),
    ]
    return {_sheet_name(heading): tuple(dict.fromkeys(examples)) for heading, examples in shown.items()}


def _sheet_name(heading: str) -> str:
    return heading.lower().replace(",", "").replace(" ", "-")


def _sheet(heading: str) -> str:
    return f"![{heading}, before and after](sheets/{_sheet_name(heading)}.webp)\n"


def _group(heading: str) -> Iterator[str]:
    yield f"## {heading}\n"
    yield _sheet(heading)
    yield from map(_action, GROUPS[heading])


def _parameter(declaration: Declaration) -> str:
    kind = declaration.kind
    name = "$name_" if declaration.key == "$" else f"{declaration.key}_"
    lines = [f"### `{name}`", "", declaration.doc, "", f"Expected: {kind.expected}."]
    if kind.forgives:
        lines += ["", f"Forgiven: {kind.forgives}"]
    return "\n".join((*lines, "", _examples(declaration.examples), ""))


def _action(action: type[Action]) -> str:
    return f"### `{action.code}`\n\n{inspect.getdoc(action)}\n\n{_examples(action.examples)}\n"


def _examples(examples: Iterable[str]) -> str:
    return f"Examples: {', '.join(f'`{example}`' for example in examples)}"


def _table(heading: str, prefix: str, rows: Mapping[str, str]) -> str:
    lines = (f"| `{prefix}{_cell(name)}` | {_cell(meaning)} |" for name, meaning in rows.items())
    return "\n".join((heading, "", "| written | meaning |", "|---|---|", *lines, ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _flag_name(name: str) -> str:
    argument = FLAGS[name].argument
    return name if argument is None else f"{name}[:…]"


def _formats() -> dict[str, str]:
    written = {
        f.name: f"{f.mime}; as an extension: {', '.join(f.extensions)}" for f in FORMATS.values() if f.written
    }
    return {"auto": "the best format that the client reads", **written}


def _known() -> Iterator[str]:
    for prefix, known in (
        ("", {f"{key}_": reason for key, reason in KNOWN_KEYS.items()}),
        ("b_", KNOWN_BACKGROUNDS),
        ("e_", KNOWN_EFFECTS),
        ("f_", KNOWN_FORMATS),
        ("q_", KNOWN_QUALITIES),
        ("fl_", KNOWN_FLAGS),
        ("l_", KNOWN_LAYERS),
    ):
        for reason, group in groupby(known.items(), key=lambda item: item[1]):
            names = ", ".join(f"`{prefix}{name}`" for name, _ in group)
            yield f"- {names}: {reason.replace('is known, but ', '')}"
