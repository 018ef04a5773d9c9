"""Operations done on pixels, and the pictures that layers show. Worker side: this loads libvips."""

from __future__ import annotations

from collections.abc import Mapping

import pyvips
from pyvips import Image

from transforms import pages
from transforms.composite import Composite
from transforms.decode import Decoded, Job, decode
from transforms.errors import TransformError
from transforms.knowledge import Loaded, Picture, named_layer
from transforms.lut import Lut
from transforms.probe import broken

Sources = Mapping[str, bytes]
"""The bytes of originals by content hash; that of the recipe itself has no name."""


def operate(decoded: Decoded, sources: Sources, *, wide: bool) -> list[Image]:
    """The pages of what was decoded, with what is left to do on them done."""
    images, frame = decoded.images, decoded.frame
    for operation in decoded.operations:
        if isinstance(operation, Composite):
            layer = _drawn_layer(operation.layer, sources, wide)
            images = [operation.combine(image, layer) for image in images]
        elif isinstance(operation, Lut):
            # Rare, and it brings numpy along.
            from transforms.luts import apply_lut, read_lut

            table = read_lut(sources[operation.content_hash])
            images = [apply_lut(image, table) for image in images]
        else:
            if len(images) > 1:
                operation = operation.settled(images[0])
            images = [operation.apply(image, frame) for image in images]
        frame = operation.frame_after(frame)
    return images if decoded.streaming or not decoded.operations else [i.copy_memory() for i in images]


def _drawn_layer(picture: Picture, sources: Sources, wide: bool) -> Image:
    """The first page of a layer, in memory. Raises TransformError with its name."""
    try:
        return draw(picture, sources, wide=wide).copy_memory()
    except (pyvips.Error, TransformError) as error:
        raise of_layer(picture, error) from error


def of_layer(picture: Picture, error: pyvips.Error | TransformError) -> TransformError:
    """What went wrong in drawing a picture, with its name where it is that of a layer."""
    base = picture.base
    if isinstance(error, pyvips.Error):
        error = broken(base.load.format if isinstance(base, Loaded) else "text", error)
    return error.within(named_layer(base.name)) if isinstance(base, Loaded) and base.name else error


def draw(picture: Picture, sources: Sources, *, wide: bool = False) -> Image:
    """The first page of a picture.

    Raises `pyvips.Error` when bytes do not decode, BrokenImage when they are not those planned with.
    """
    base = picture.base
    if not isinstance(base, Loaded):
        from transforms.typeset import draw as typeset

        decoded = Decoded([typeset(base)], picture.frame, picture.operations, streaming=False)
    else:
        job = Job(base.original, base.load, picture.operations, wide)
        decoded = decode(job, sources[base.content_hash])
    images = operate(decoded, sources, wide=wide)
    # Where nothing is left to do, the pages of an animation are still one tall image.
    return next(pages.split(images[0], picture.frame.pages)) if len(images) == 1 else images[0]
