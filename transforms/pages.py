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


def pick(roll: Image, steps: Sequence[int], count: int) -> Image:
    """Of the `count` pages of a roll those at `steps`, as a shorter roll; rows are still drawn in order."""
    height = roll.height // count
    cuts = [roll.crop(0, height * step, roll.width, height) for step in steps]
    picked: Image = Image.arrayjoin(cuts, across=1) if len(cuts) > 1 else cuts[0]
    picked = picked.copy()
    picked.set_type(GValue.gint_type, "page-height", height)
    return picked


def join(pages: Sequence[Image], plan: RenderPlan) -> Image:
    """The pages below each other, with the times they are shown and how often."""
    image = pages[0].pagejoin(pages[1:]) if len(pages) > 1 else pages[0]
    if plan.load.count == 1:
        return image
    image = image.copy()
    delays = _delays(plan)
    if delays:
        image.set_type(GValue.array_int_type, "delay", delays)
    loop = plan.original.loop if plan.save.loop is None else plan.save.loop
    image.set_type(GValue.gint_type, "loop", loop)
    return image


def _delays(plan: RenderPlan) -> list[int]:
    """Milliseconds of each page; none where the original did not say."""
    if plan.save.delay is not None:
        return [plan.save.delay] * plan.load.count
    told = plan.original.delays
    return [told[page] for page in plan.load.pages] if len(told) == plan.original.pages else []
