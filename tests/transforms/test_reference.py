"""The reference page says everything, and the copy in the documentation is current."""

from pathlib import Path

import pytest
from pyvips import Image

from proxy.samples import SAMPLES
from transforms.actions import ACTIONS
from transforms.actions.base import summary
from transforms.catalog import OFFERED
from transforms.contactsheet import sheet, sheet_height, shoot
from transforms.flags import FLAGS
from transforms.known import (
    KNOWN_EFFECTS,
    KNOWN_FLAGS,
    KNOWN_FORMATS,
    KNOWN_KEYS,
    KNOWN_LAYERS,
    KNOWN_QUALITIES,
)
from transforms.parser import parse
from transforms.reference import reference, sheets

PAGE = Path(__file__).parents[2] / "docs" / "transformations.md"


def test_the_page_is_current():
    """If not: `calotype reference > docs/transformations.md`."""
    assert PAGE.read_text(encoding="utf-8") == reference() + "\n"


@pytest.mark.parametrize("declaration", OFFERED.values(), ids=str)
def test_every_parameter_is_documented(declaration):
    page = reference()

    assert declaration.doc.endswith(".")
    assert declaration.examples
    assert declaration.kind.expected in page
    assert declaration.kind.forgives in page


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.code)
def test_every_action_is_documented(action):
    assert summary(action)
    assert f"`{action.code}`" in reference()
    assert action.examples


@pytest.mark.parametrize(
    "example",
    [
        *(example for action in ACTIONS for example in action.examples),
        *(example for declaration in OFFERED.values() for example in declaration.examples),
        *(example for flag in FLAGS.values() for example in flag.examples),
        *(f"fl_{name}" for name in FLAGS),
    ],
)
def test_every_example_parses(example):
    assert example == str(parse(example))


def test_what_is_refused_is_listed():
    page = reference()
    known = [
        *(f"e_{name}" for name in KNOWN_EFFECTS),
        *(f"f_{name}" for name in KNOWN_FORMATS),
        *(f"fl_{name}" for name in KNOWN_FLAGS),
        *(f"l_{name}" for name in KNOWN_LAYERS),
        *(f"q_{name}" for name in KNOWN_QUALITIES),
        *(f"{key}_" for key in KNOWN_KEYS),
    ]

    assert [] == [name for name in known if f"`{name}`" not in page]


@pytest.mark.parametrize(("name", "examples"), sheets().items())
def test_every_sheet_shows_as_many_examples_as_there_are(name, examples):
    """If not: `make reference`."""
    picture = Image.new_from_file(str(PAGE.parent / "sheets" / f"{name}.webp"))

    assert sheet_height(len(examples)) == picture.height
    assert f"sheets/{name}.webp" in reference()


def test_an_example_is_shown_before_and_after():
    shot = shoot("c_crop,h_100,w_200", lambda name: (SAMPLES / name).read_bytes())

    assert (640, 360) == (shot.before.width, shot.before.height)
    assert (200, 100) == (shot.after.width, shot.after.height)
    assert sheet_height(1) == Image.new_from_buffer(sheet([shot]), "").height
