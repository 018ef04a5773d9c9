"""What is refused by name: never what is offered, and always with what it is."""

from __future__ import annotations

import pytest

from transforms.actions import EFFECTS
from transforms.catalog import NAMED, OFFERED
from transforms.errors import NotOffered
from transforms.flags import FLAGS
from transforms.formats import FORMATS
from transforms.kinds.backgrounds import AUTO_MODES
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
from transforms.operands import KNOWN_OPERANDS, OPERANDS, TEXTS
from transforms.parser import parse

REFUSED = (
    *((f"{key}_1", f"{key}_") for key in KNOWN_KEYS),
    *((f"b_{name}", f"b_{name}") for name in KNOWN_BACKGROUNDS),
    *((f"f_{name}", f"f_{name}") for name in KNOWN_FORMATS),
    *((f"fl_{name}", f"fl_{name}") for name in KNOWN_FLAGS),
    *((f"e_{name}", f"e_{name}") for name in KNOWN_EFFECTS),
    *((f"l_{name}:some", f"l_{name}") for name in KNOWN_LAYERS),
    *((f"q_{name}", f"q_{name}") for name in KNOWN_QUALITIES),
    *((f"w_{name}_mul_2", name) for name in KNOWN_OPERANDS),
)


@pytest.mark.parametrize(("text", "name"), REFUSED)
def test_what_is_known_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(NotOffered) as refused:
        parse(text)

    assert str(refused.value).startswith(f"{name} ")
    assert "yet" not in str(refused.value)


def test_nothing_is_offered_and_refused_at_once() -> None:
    written = {name for f in FORMATS.values() if f.written for name in (f.name, *f.extensions)}
    twice = [
        KNOWN_KEYS.keys() & {*OFFERED, *NAMED},
        KNOWN_BACKGROUNDS.keys() & {"auto", "blurred", *AUTO_MODES},
        KNOWN_FORMATS.keys() & written,
        KNOWN_FLAGS.keys() & {*FLAGS, *LAYER_FLAGS},
        KNOWN_EFFECTS.keys() & {effect.code.removeprefix("e_") for effect in EFFECTS},
        KNOWN_LAYERS.keys() & {"text", "fetch", "lut"},
        KNOWN_QUALITIES.keys() & LEVELS.keys(),
        KNOWN_OPERANDS.keys() & {*OPERANDS, *TEXTS},
    ]

    assert [set()] * len(twice) == twice
