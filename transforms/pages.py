"""The pages of an animation: taken from libvips' one tall image, and put back into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyvips import GValue, Image

from transforms.plan import RenderPlan

_FIELDS = ("page-height", "n-pages", "delay", "loop", "background")


def split(image: Image, count: int) -> Iterator[Image]:
    """The pages from the top; a decoder gives its rows in that order only, so draw them in turn."""
    height = image.height // count
    for number in range(count):
        yield still(image.crop(0, number * height, image.width, height) if count > 1 else image)


def still(image: Image) -> Image:
    """`image` without what libvips takes for the sign of an animation."""
    image = image.copy()
    for field in _FIELDS:
        if image.get_typeof(field):
            image.remove(field)
    return image


def join(pages: Sequence[Image], plan: RenderPlan) -> Image:
    """The pages below each other, with the times they are shown and how often."""
    image = pages[0].pagejoin(pages[1:]) if len(pages) > 1 else pages[0]
    if plan.load.count == 1:
        return image
    image = image.copy()
    delays = list(plan.original.delays[plan.load.first : plan.load.first + plan.load.count])
    if len(delays) == plan.load.count:
        image.set_type(GValue.array_int_type, "delay", delays)
    image.set_type(GValue.gint_type, "loop", plan.original.loop)
    return image
