"""What a client changes of a recipe, and what that costs in `Vary`."""

from __future__ import annotations

import pytest

from proxy.client import Client, HintBuckets
from proxy.negotiate import negotiate
from transforms.frame import ImageInfo
from transforms.parser import parse
from transforms.plan import make_plan

PHOTO = ImageInfo("jpg", 4000, 3000)
LOGO = ImageInfo("png", 200, 200, alpha=True)
CUTOUT = ImageInfo("webp", 200, 200, alpha=True)
SPIN = ImageInfo("gif", 60, 40, pages=4, animated=True)
DRAWING = ImageInfo("svg", 100, 50, alpha=True)
SCAN = ImageInfo("tiff", 3000, 2000)
BUCKETS = HintBuckets(widths=(400, 800), dprs=(1.0, 2.0), default_width=700, default_dpr=1.5)
BOTH, WEBP, NONE = Client(("avif", "webp")), Client(("webp",)), Client()


@pytest.mark.parametrize(
    ("written", "original", "client", "extension", "format"),
    [
        ("f_auto", PHOTO, BOTH, "jpg", "avif"),
        ("f_auto", PHOTO, WEBP, None, "webp"),
        ("f_auto", PHOTO, NONE, "webp", "jpg"),
        ("f_auto", PHOTO, Client(("jxl",)), None, "jpg"),
        ("f_auto", LOGO, NONE, None, "png"),
        ("f_auto", CUTOUT, NONE, None, "png"),
        ("f_auto", SCAN, NONE, None, "jpg"),
        ("f_auto", DRAWING, NONE, None, "png"),
        ("f_auto", SPIN, BOTH, None, "webp"),
        ("f_auto", SPIN, Client(("avif",)), None, "gif"),
        ("f_auto", SPIN, NONE, None, "gif"),
        ("f_auto:image", SPIN, BOTH, None, "avif"),
        ("f_auto:image", SPIN, WEBP, None, "png"),
        ("f_auto:image", PHOTO, WEBP, None, "webp"),
        ("f_auto:animated", SPIN, BOTH, None, "webp"),
        ("f_auto:animated", SPIN, NONE, None, "gif"),
        ("f_auto:animated", PHOTO, BOTH, None, "avif"),
        ("f_auto,pg_2", SPIN, BOTH, None, "avif"),
        ("f_auto,pg_2", SPIN, WEBP, None, "webp"),
        ("f_auto,pg_2-3", SPIN, BOTH, None, "webp"),
        ("f_auto,pg_4-9", SPIN, BOTH, None, "avif"),
        ("w_10", ImageInfo("heic", 30, 20), BOTH, None, "jpg"),
        ("w_10", ImageInfo("pdf", 30, 20), BOTH, "pdf", "png"),
        ("w_10", PHOTO, BOTH, "jxl", "jxl"),
        ("f_auto,pg_2", SPIN, NONE, None, "png"),
        ("f_png", PHOTO, BOTH, "webp", "png"),
        ("w_10", PHOTO, BOTH, "webp", "webp"),
        ("w_10", PHOTO, BOTH, None, "jpg"),
        ("w_10", SCAN, BOTH, None, "tiff"),
        ("w_10", DRAWING, BOTH, "svg", "png"),
        ("f_auto/f_gif", PHOTO, BOTH, None, "gif"),
    ],
)
def test_format(
    written: str, original: ImageInfo, client: Client, extension: str | None, format: str
) -> None:
    choice = negotiate(
        parse(written),
        original,
        client,
        extension=extension,
        auto_formats=("avif", "webp"),
        buckets=BUCKETS,
    )

    assert format == choice.format


@pytest.mark.parametrize(
    ("written", "vary"),
    [
        ("w_10", ()),
        ("f_auto", ("Accept",)),
        ("q_auto", ()),
        ("w_10,dpr_auto", ("Sec-CH-DPR", "DPR")),
        ("w_auto", ("Sec-CH-Width", "Width")),
        ("w_auto:50", ("Sec-CH-Width", "Width")),
        ("w_auto:50:480", ()),
        ("dpr_auto,f_auto,w_auto", ("Accept", "Sec-CH-DPR", "DPR", "Sec-CH-Width", "Width")),
    ],
)
def test_vary_names_only_what_decided(written: str, vary: tuple[str, ...]) -> None:
    choice = negotiate(
        parse(written),
        PHOTO,
        BOTH,
        extension=None,
        auto_formats=("avif", "webp"),
        buckets=BUCKETS,
    )

    assert vary == choice.vary


def test_the_formats_an_operator_leaves_out_are_not_chosen() -> None:
    choice = negotiate(parse("f_auto"), PHOTO, BOTH, extension=None, auto_formats=("webp",), buckets=BUCKETS)

    assert "webp" == choice.format


def test_without_hints_the_defaults_count() -> None:
    choice = negotiate(
        parse("c_scale,dpr_auto,w_auto"), PHOTO, NONE, extension=None, auto_formats=(), buckets=BUCKETS
    )

    assert "c_scale,dpr_1.5,w_700" == str(choice.recipe)


HINTED = Client(width=800, dpr=2.0)


@pytest.mark.parametrize(
    ("written", "client", "expected"),
    [
        # The hint counts the pixels of the screen, so that the ratio is in it; what stands beside it is not.
        ("w_auto,dpr_auto", HINTED, "800x600"),
        ("c_fill,h_100,w_auto,dpr_auto", HINTED, "800x200"),
        ("c_fill,h_100,w_auto/dpr_auto", HINTED, "800x200"),
        ("w_auto:300,dpr_auto", HINTED, "900x675"),
        ("w_auto:breakpoints_100_1900,dpr_auto", HINTED, "884x663"),
        # A width in the URL, or the usual one, is in pixels of the page.
        ("w_auto:100:350,dpr_auto", HINTED, "800x600"),
        ("w_auto,dpr_auto", Client(dpr=2.0), "1400x1050"),
        ("w_auto,dpr_auto", Client(), "1050x788"),
        # Whoever writes a number means it.
        ("w_auto,dpr_2.0", HINTED, "1600x1200"),
        ("w_auto", HINTED, "800x600"),
    ],
)
def test_a_ratio_counts_once(written: str, client: Client, expected: str) -> None:
    choice = negotiate(parse(written), PHOTO, client, extension=None, auto_formats=(), buckets=BUCKETS)

    assert expected == str(make_plan(choice.recipe, PHOTO, format=choice.format).result)
