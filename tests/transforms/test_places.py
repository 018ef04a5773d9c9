"""Every refusal says where in the transformation it was met: which parameter, where it stands, in which
component."""

from __future__ import annotations

import hashlib

import pytest

from tests.transforms.inventing import planned
from tests.transforms.samples import KINDS
from transforms import offline
from transforms.errors import BrokenImage, Place, TransformError
from transforms.frame import ImageInfo
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.render import render

PHOTO = ImageInfo("jpg", 1600, 1200)
NAMED = {"broken": "w_20/h_$none", "fine": "$size_40/w_$size"}


@pytest.fixture(scope="module")
def png() -> bytes:
    return bytes(KINDS["colour"].write_to_buffer(".png"))


def place_of(error: TransformError) -> Place | None:
    if error.parameter is None or error.position is None or error.component is None:
        return None
    return Place(error.parameter, error.position, error.component)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Variables, templates, arithmetic
        ("w_300/w_$none", Place("w_$none", 6, 1)),
        ("w_300/h_20,w_iw_sub_5000", Place("w_iw_sub_5000", 11, 1)),
        ("w_300/c_fill,w_iw_div_0", Place("w_iw_div_0", 13, 1)),
        ("w_300/ar_$none,w_20", Place("ar_$none", 6, 1)),
        ("w_300/$a_1/$b_$none,w_20", Place("$b_$none", 11, 2)),
        ("w_300/w_10/e_blur:$none", Place("e_blur:$none", 11, 2)),
        ("$v_!none!/w_10,r_$v", Place("r_$v", 15, 1)),
        # Conditions, with what they hold
        ("w_300/if_$none_gt_2/w_10/if_end", Place("if_$none_gt_2", 6, 1)),
        ("w_300/if_w_gt_2/w_10/h_$none/if_end", Place("h_$none", 21, 3)),
        # Layers, with what is done to them
        ("w_300/l_text:Nofont_20:Hi", Place("l_text:Nofont_20:Hi", 6, 1)),
        ("w_300/w_10,l_$none", Place("l_$none", 11, 1)),
        ("w_300/l_logo/w_$none/fl_layer_apply", Place("w_$none", 13, 2)),
        ("w_300/l_logo/w_20/fl_layer_apply,x_$none", Place("x_$none", 33, 3)),
        ("w_300/fl_layer_apply", Place("fl_layer_apply", 6, 1)),
        ("w_300/e_mask,w_20", Place("e_mask", 6, 1)),
        # The original and the result
        ("w_300/pg_3", Place("pg_3", 6, 1)),
        ("w_300/c_scale,h_50000,w_50000", Place("c_scale,h_50000,w_50000", 6, 1)),
        ("w_300/l_logo/c_scale,h_9000,w_50/fl_layer_apply", Place("fl_layer_apply", 33, 3)),
        # Named transformations stand where they are called
        ("w_300/t_fine/t_broken", Place("h_$none", 13, 2)),
    ],
)
def test_a_refusal_of_the_plan_has_a_place(text: str, expected: Place) -> None:
    with pytest.raises(TransformError) as refused:
        planned(parse(text, named=NAMED), PHOTO)

    assert expected == place_of(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w_300/$l_ref:!gone!/w_20,l_$l", Place("l_$l", 25, 2)),
        ("w_300/l_gone", Place("l_gone", 6, 1)),
        ("w_300/l_logo/l_text:gone.ttf_20:Hi/fl_layer_apply", Place("l_text:gone.ttf_20:Hi", 13, 2)),
        ("w_300/l_lut:gone.cube", Place("l_lut:gone.cube", 6, 1)),
    ],
)
def test_what_is_not_found_has_one_too(text: str, expected: Place, png: bytes) -> None:
    def find(source: SourceId) -> bytes:
        return png if source.name == "logo" else offline.nothing(source)

    with pytest.raises(TransformError) as refused:
        offline.settle(parse(text), png, find=find)

    assert expected == place_of(refused.value)


@pytest.mark.parametrize("text", ["w_300/" * 26, "/".join(["l_a"] * 6), "w_1/" + "w_1," * 11])
def test_what_is_too_much_of_names_the_component(text: str) -> None:
    with pytest.raises(TransformError) as refused:
        parse(text)

    assert refused.value.component is not None


class TestLayersThatBreak:
    def test_one_that_is_too_large_is_named(self) -> None:
        with pytest.raises(TransformError) as refused:
            planned(parse("w_300/l_logo:big"), PHOTO, logo=ImageInfo("jpg", 60_000, 50_000))

        assert refused.value.message.startswith("the layer 'logo/big': the original is 60000x50000")
        assert Place("l_logo:big", 6, 1) == place_of(refused.value)

    def test_one_that_is_no_picture_is_named(self, png: bytes) -> None:
        with pytest.raises(TransformError, match=r"^the layer 'logo': the original is no image we know"):
            offline.settle(parse("l_logo"), png, find=lambda source: b"nothing")

    def test_one_that_breaks_off_is_named(self, png: bytes) -> None:
        settled = offline.settle(parse("l_logo"), png, find=lambda source: png[:-1] + b" ")
        (content_hash,) = settled.layers
        assert content_hash == hashlib.sha256(png[:-1] + b" ").hexdigest()

        with pytest.raises(BrokenImage, match=r"^the layer 'logo': the original does not decode as png"):
            render(settled.plan, png, {content_hash: png[: len(png) // 2]})
