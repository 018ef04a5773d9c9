"""Names inside parameters that lead nowhere but down: layers, fonts, tables, references, default images."""

import pytest

from transforms.errors import InvalidValue
from transforms.kinds.publicids import climbs, is_public_id
from transforms.parser import parse

CLIMBING = (
    "..:..:etc:passwd",
    "a:..:b",
    ".:a",
    "a:.",
    "%2e%2e:x",
    "%252e%252e:x",
    "%25252e.:x",
    "a%5c..%5cb",
    "..%2fx",
)


@pytest.mark.parametrize("name", CLIMBING)
@pytest.mark.parametrize(
    "text",
    ["l_{}", "u_{}", "l_image:upload:v1:{}", "l_lut:{}:x.3dl", "d_{}", "l_text:{}:x.ttf_20:Hi"],
)
def test_what_climbs_is_refused_where_it_stands(text, name):
    with pytest.raises(InvalidValue):
        parse(text.format(name))


@pytest.mark.parametrize("name", ["..:a", "a:..", "a:.:b"])
def test_references_do_not_climb(name):
    with pytest.raises(InvalidValue):
        parse(f"$x_ref:!{name}!")


@pytest.mark.parametrize(
    "name", ["a", "a:b", "a..b", "...", "..a:b..", "a%20b", "a.b.png", "%25", "caf%C3%A9"]
)
def test_what_only_looks_like_it_is_a_name(name):
    assert f"l_{name}" == str(parse(f"l_{name}"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "!!!",
            "%%%",
            "aGVsbG8=",
            "a",
            "http://a.example/b",
            "aHR0cDovL2E=!",
            "aHR0cDovL2E\n",
            "____",
        ),
        *("ZmlsZTovLy9ldGM=", "aHR0cDovL2E=aHR0cDovL2E=", "٣٣٣٣"),
    ],
)
def test_what_is_no_address_in_base64url(text):
    with pytest.raises(InvalidValue, match="base64url"):
        parse(f"l_fetch:{text}")


def test_addresses_with_and_without_padding():
    assert parse("l_fetch:aHR0cDovL2E=") == parse("l_fetch:aHR0cDovL2E=")
    assert "l_fetch:aHR0cDovL2E" == str(parse("l_fetch:aHR0cDovL2E"))


def test_names_of_usual_length():
    assert is_public_id("a" * 512)
    assert not is_public_id("a" * 513)
    assert not is_public_id("a\nb")


def test_climbing_is_seen_at_every_depth():
    assert climbs("%25252e%25252e/x")
    assert not climbs("%25252ea")
