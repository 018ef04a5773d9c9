from __future__ import annotations

import pytest

from proxy.client import Client, HintBuckets
from proxy.negotiate import negotiate
from tests.attack.bombs import BOMBS
from tests.attack.bombs_svg import embedded, svg
from tests.attack.making import picture
from tests.transforms.rendering import planned, rendered
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.plan import make_plan

HARMFUL = (
    b"<script",
    b"alert(",
    b"javascript:",
    b"onload",
    b"foreignObject",
    b"127.0.0.1",
    b"file:",
    b"ENTITY",
    b"xml-stylesheet",
    b"@import",
)
DRAWING = ImageInfo("svg", 300, 300, alpha=True)
SERVED = [name for name, bomb in BOMBS.items() if name.startswith("svg with") and bomb.expected == {200}]


@pytest.mark.parametrize("name", [name for name in SERVED if "style from" not in name])
def test_what_could_run_or_leads_elsewhere_is_gone(name: str) -> None:
    body = rendered("fl_sanitize", BOMBS[name].make()).body

    assert [] == [word for word in HARMFUL if word in body]
    assert b"<svg" in body


def test_a_style_from_elsewhere_is_no_rule_any_more() -> None:
    body = rendered("fl_sanitize", BOMBS["svg with a style from elsewhere"].make()).body

    assert b"@import" not in body
    assert b"url(" not in body


def test_what_is_drawn_stays() -> None:
    drawing = svg('<g id="a"><path d="M0 0h9v9z" fill="red"/></g><use href="#a"/><text x="1">word</text>')

    told = rendered("fl_sanitize", drawing)

    assert ("svg", 300, 300) == (told.format, told.width, told.height)
    assert all(word in told.body for word in (b'd="M0 0h9v9z"', b'fill="red"', b'href="#a"', b">word<"))


@pytest.mark.parametrize(
    ("kind", "stays"), [("image/png", True), ("image/svg+xml", False), ("text/html", False)]
)
def test_of_what_is_embedded_only_pixels_stay(kind: str, stays: bool) -> None:
    body = rendered("fl_sanitize", embedded(picture("alpha.png"), kind)).body

    assert stays is (b"base64" in body)


@pytest.mark.parametrize(
    ("transformation", "extension", "format"),
    [
        ("fl_sanitize", None, "svg"),
        ("fl_sanitize", "svg", "svg"),
        ("q_80/fl_sanitize", "svg", "svg"),
        ("fl_sanitize", "png", "png"),
        ("fl_sanitize", "jpg", "jpg"),
        ("f_webp,fl_sanitize", "svg", "webp"),
        ("fl_sanitize,w_50", "svg", "png"),
        ("fl_sanitize/e_grayscale", "svg", "png"),
        ("fl_sanitize.rasterize", "svg", "png"),
        ("dn_144,fl_sanitize", "svg", "png"),
        ("fl_lossy", "svg", "png"),
    ],
)
def test_only_an_untouched_drawing_stays_one(transformation: str, extension: str | None, format: str) -> None:
    choice = negotiate(
        parse(transformation),
        DRAWING,
        Client(),
        extension=extension,
        auto_formats=("avif", "webp"),
        buckets=HintBuckets(widths=(100,), dprs=(1.0,), default_width=100, default_dpr=1.0),
    )
    plan = make_plan(choice.recipe, DRAWING, format=choice.format)

    assert format == plan.save.format


def test_what_was_pixels_stays_pixels() -> None:
    assert "png" == planned("fl_sanitize", ImageInfo("png", 30, 30)).save.format
