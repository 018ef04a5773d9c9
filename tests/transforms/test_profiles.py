"""`cs_icc`: results converted to a profile that lies among the originals."""

from __future__ import annotations

import pytest
from pyvips import Image

from tests.transforms.rendering import difference, patch
from transforms import offline
from transforms.errors import BrokenImage, NotOffered, TransformError
from transforms.knowledge import SourceId
from transforms.parser import parse
from transforms.rendition import Rendition

RED = patch((200, 30, 20), 40, 30)
CLEAR = patch((200, 30, 20, 0), 40, 30)


def profile(name: str) -> bytes:
    """One of those that come with libvips."""
    return bytes(Image.profile_load(name))


def converted(text: str, original: Image = RED, **files: bytes) -> Rendition:
    def find(source: SourceId) -> bytes:
        return files[source.name] if source.name in files else offline.nothing(source)

    return offline.rendered(parse(text), original.write_to_buffer(".png"), find=find)


def opened(rendition: Rendition) -> Image:
    return Image.new_from_buffer(rendition.body, "")


@pytest.mark.parametrize("format", ["jpg", "png", "webp", "tiff", "avif"])
def test_a_wider_space_looks_the_same_and_is_told(format: str) -> None:
    result = opened(converted(f"cs_icc:wide,f_{format},q_100", wide=profile("p3")))

    assert profile("p3") == bytes(result.get("icc-profile-data"))
    assert difference(result.icc_transform("srgb", embedded=True), RED) < 3
    assert difference(result.copy(interpretation="srgb"), RED) > 5


@pytest.mark.parametrize("format", ["jpg", "tiff"])
def test_inks(format: str) -> None:
    result = opened(converted(f"cs_icc:press,f_{format}", press=profile("cmyk")))
    clear = opened(converted(f"cs_icc:press,f_{format}", CLEAR, press=profile("cmyk")))

    assert ("cmyk", 4) == (result.interpretation, result.bands)
    assert 0 == clear.avg()


def test_animations_and_automatic_quality_pass_through_it() -> None:
    assert opened(converted("cs_icc:press,f_jpg,q_auto,w_20", press=profile("cmyk"))).width == 20


@pytest.mark.parametrize(
    ("text", "body", "kind", "said"),
    [
        ("cs_icc:press,f_png", profile("cmyk"), NotOffered, "CMYK, which png cannot hold: use jpg or tiff"),
        ("cs_icc:press,f_jpg", b"nothing", BrokenImage, "no ICC profile for gray, RGB or CMYK"),
        ("cs_icc:press,f_jpg", profile("cmyk")[:1000], BrokenImage, "cannot be used"),
        ("cs_icc:press,f_jpg", profile("srgb")[:12] + b"link" + profile("srgb")[16:], BrokenImage, "no ICC"),
    ],
)
def test_refusals(text: str, body: bytes, kind: type[TransformError], said: str) -> None:
    with pytest.raises(kind, match=said):
        converted(text, press=body)


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(TransformError) as refused:
        converted("w_20/cs_icc:gone,f_jpg")

    assert ("cs_icc:gone", 5, 1) == (refused.value.parameter, refused.value.position, refused.value.component)


def test_a_format_without_profiles_tells_so() -> None:
    settled = offline.settle(parse("cs_icc:wide,f_gif"), RED.write_to_buffer(".png"))

    assert "cs_icc:wide: gif cannot carry a profile, so the result stays sRGB" in settled.plan.notes
