"""A plan and an original's bytes become a rendition. Worker side: this loads libvips."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyvips
from pyvips import Image

from transforms import inks, pages
from transforms.actions.base import Rows
from transforms.codecs import CODECS
from transforms.codecs.base import loader_class
from transforms.decode import Decoded, Job, decode
from transforms.drawing import draw, of_layer, operate
from transforms.encode import encode
from transforms.errors import TransformError, printable
from transforms.knowledge import Question
from transforms.looks import LOOKS
from transforms.plan import RenderPlan
from transforms.probe import broken
from transforms.rendition import Rendition
from transforms.sanitizing import sanitized
from transforms.sharing import stays_wide

OLDEST_LIBVIPS = (8, 18, 3)
"""Earlier ones have holes in decoders that strangers' bytes reach."""


_NO_SOURCES: Mapping[str, bytes] = MappingProxyType({})


def require_libvips(found: tuple[int, int, int]) -> None:
    """Raises ImportError when the libvips that was found is too old."""
    if found < OLDEST_LIBVIPS:
        oldest, old = (".".join(map(str, version)) for version in (OLDEST_LIBVIPS, found))
        raise ImportError(f"libvips {old} is too old: Calotype needs {oldest} or later")


require_libvips((pyvips.version(0), pyvips.version(1), pyvips.version(2)))


def prepare() -> None:
    """Set libvips up for a worker process: one thread, no cache, and no way in but our codecs.

    It holds for the whole process and is not to be undone, so only workers call it.
    """
    pyvips.cache_set_max(0)
    pyvips.vips_lib.vips_concurrency_set(1)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for codec in CODECS.values():
        if codec.loader is not None:
            pyvips.operation_block_set(loader_class(codec.loader), False)
    # It runs a shell command, and libvips does not count it among the untrusted.
    pyvips.operation_block_set("VipsSystem", True)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The finished pixels of a plan, and what they were decoded from."""

    image: Image
    decoded: Decoded


def render(plan: RenderPlan, data: bytes, sources: Mapping[str, bytes] = _NO_SOURCES) -> Rendition:
    """The picture the plan describes. `sources` are the bytes of what its layers show, by content hash.

    Raises BrokenImage when the bytes do not decode to their end: a part of a picture is never returned.
    """
    if plan.save.format == "svg":
        return sanitized(plan, data)
    watch = Stopwatch()
    return saved(plan, drawn(plan, data, sources, watch), data, sources, watch)


def job_of(plan: RenderPlan) -> Job:
    """What a plan has decoded."""
    return Job(plan.original, plan.load, plan.operations, stays_wide(plan), inks=inks.stay(plan))


def drawn(
    plan: RenderPlan, data: bytes, sources: Mapping[str, bytes], watch: Stopwatch, held: Image | None = None
) -> Drawn:
    """The pixels of a plan, from the bytes or from what is `held` of them already. Raises BrokenImage."""
    try:
        decoded = decode(job_of(plan), data, held)
        watch.lap("decode")
        image = pages.join(operate(decoded, {**sources, "": data}, wide=stays_wide(plan)), plan)
        watch.lap("resize")
    except pyvips.Error as error:
        raise broken(plan.load.format, error) from error
    return Drawn(image, decoded)


def saved(
    plan: RenderPlan, made: Drawn, data: bytes, sources: Mapping[str, bytes], watch: Stopwatch
) -> Rendition:
    """The file of what was drawn. Raises BrokenImage where it is drawn only now, and TransformError."""
    try:
        profile = sources[plan.save.icc] if plan.save.icc else None
        body, notes = encode(made.image, plan, inks=inks.profile_of(plan, data), profile=profile)
    except pyvips.Error as error:
        raise _failure(error, made.decoded, plan) from error
    watch.lap("encode")
    result = plan.result
    return Rendition(body, plan.save.format, result.width, result.height, result.pages, watch.laps, notes)


def look(question: Question, data: bytes, sources: Mapping[str, bytes] = _NO_SOURCES) -> Rows:
    """What is seen in a picture; bytes are as for `render`. Raises BrokenImage as that does."""
    picture = question.picture
    try:
        image = draw(picture, {**sources, "": data}).copy_memory() if picture is not None else None
        return LOOKS[question.kind](image, question.argument)
    except pyvips.Error as error:
        raise broken(question.kind, error) if picture is None else of_layer(picture, error) from error


def _failure(error: pyvips.Error, decoded: Decoded, plan: RenderPlan) -> TransformError:
    """The encoder draws the last pixels of what streams, so there a failure is most likely the original's."""
    if decoded.streaming:
        return broken(plan.load.format, error)
    said = printable(" ".join(error.detail.split()))
    return TransformError(
        f"the result could not be saved as {plan.save.format}: {said}", code="encode_failed"
    )


class Stopwatch:
    """Milliseconds from one lap to the next."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = (now - self._last) * 1000
        self._last = now
