"""Pictures and renders in the public syntax, for the tests of pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyvips
from pyvips import Image

from transforms import offline
from transforms.frame import ImageInfo
from transforms.knowledge import Details, SourceId
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.rendition import Rendition

PICTURES = Path(__file__).parent.parent / "data" / "pictures"


def picture(name: str) -> bytes:
    return (PICTURES / name).read_bytes()


def planned(transformation: str, original: ImageInfo) -> RenderPlan:
    return make_plan(parse(transformation), original)


def layer(source: SourceId) -> bytes:
    """The committed pictures, as what layers show: `l_logo.svg`."""
    return picture(source.name)


def rendered(
    transformation: str,
    original: bytes | str,
    find: Callable[[SourceId], bytes] = layer,
    details: Details | None = None,
) -> Rendition:
    """The rendition of an original, or of one of the committed pictures."""
    data = picture(original) if isinstance(original, str) else original
    return offline.rendered(parse(transformation), data, find=find, details=details)


def pixels(original: bytes | str, **options: object) -> Image:
    """The stored pixels of a picture, by libvips alone."""
    data = picture(original) if isinstance(original, str) else original
    return Image.new_from_buffer(data, "", **options)


def shown(transformation: str, original: bytes | str) -> Image:
    """What a render looks like: its pixels, in memory."""
    return pixels(rendered(transformation, original).body).copy_memory()


def difference(one: Image, other: Image) -> float:
    """The mean difference of two pictures of one size, 0 to 255 a channel."""
    assert (one.width, one.height, one.bands) == (other.width, other.height, other.bands)
    mean: float = (one - other).abs().avg()
    return mean


def patch(color: tuple[int, ...], width: int, height: int, interpretation: str = "srgb") -> Image:
    """One colour."""
    image = Image.black(width, height, bands=len(color)).linear(1, list(color))
    return image.cast("uchar").copy(interpretation=interpretation)


def framed(frames: list[Image], delays: list[int]) -> Image:
    """An animation to be saved."""
    roll = frames[0].pagejoin(frames[1:]).copy()
    roll.set_type(pyvips.GValue.array_int_type, "delay", delays)
    return roll
