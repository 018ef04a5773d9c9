"""What a job is, going by its argument: which formats it has decoded, how long it takes, what it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from transforms.composite import Composite
from transforms.cost import Cost, cost
from transforms.errors import UnsupportedFormat
from transforms.footprint import footprint, footprint_of
from transforms.knowledge import Loaded, Picture, Question
from transforms.limits import Limits
from transforms.operations import Operation
from transforms.plan import RenderPlan
from transforms.sharing import Plans, footprint_of_all
from transforms.summary import SummaryTerms

DRAWING = "svg"
"""The format that is a program rather than pixels: what it costs cannot be told from how it begins."""

BLOCKED = "format_blocked"
"""The code of what `render.block_loaders` turns off."""

_MOMENT_MILLISECONDS = 1000
_FEW = 2

_MARK = b"\xef\xbb\xbf"
_LOOKED_AT_BYTES = 4096


def formats_in(argument: object) -> frozenset[str]:
    """The formats of all originals that the argument of a job names: plans, or a question. Else none."""
    if isinstance(argument, Plans):
        return frozenset[str]().union(*map(formats_in, argument.plans))
    if isinstance(argument, RenderPlan):
        return frozenset((argument.load.format,)) | _in_operations(argument.operations)
    if isinstance(argument, Question) and argument.picture is not None:
        return _in_picture(argument.picture)
    return frozenset()


def refuse_formats(blocked: Collection[str]) -> None:
    """Raise UnsupportedFormat when there are any."""
    if blocked:
        name = ", ".join(sorted(blocked))
        raise UnsupportedFormat(f"originals in {name} are not read here for the time being", code=BLOCKED)


def draws(argument: object, data: bytes) -> bool:
    """Whether the job's own original is a drawing; of one that is yet to be probed, whether it may be."""
    if isinstance(argument, RenderPlan):
        return argument.load.format == DRAWING
    if isinstance(argument, Question):
        base = argument.picture.base if argument.picture is not None else None
        return isinstance(base, Loaded) and base.load.format == DRAWING
    return data[:_LOOKED_AT_BYTES].removeprefix(_MARK).lstrip().startswith(b"<")


def should_be_short(argument: object) -> bool:
    """Whether a job should take but a moment: one that does not is held up by its original.

    A plan may be long for no fault of the original's, and whoever writes URLs chooses the plan.
    """
    if isinstance(argument, RenderPlan):
        return is_short(cost(argument))
    if isinstance(argument, Question):
        return argument.picture is not None and len(argument.picture.operations) <= _FEW
    return isinstance(argument, Limits | SummaryTerms)


def is_short(foreseen: Cost) -> bool:
    """Whether a render that is foreseen to cost this should take but a moment."""
    return foreseen.milliseconds <= _MOMENT_MILLISECONDS


def memory_of(argument: object, data: bytes) -> int:
    """How much a worker will hold for a job, in bytes, beside what it holds anyway: see `footprint`."""
    # The original itself lies in the worker too, and a copy of it while it is handed over.
    read = 2 * len(data)
    if isinstance(argument, RenderPlan):
        return read + footprint(argument)
    if isinstance(argument, Plans):
        return read + footprint_of_all(argument.plans)
    if isinstance(argument, Question) and argument.picture is not None:
        return read + footprint_of(argument.picture)
    return read


def _in_picture(picture: Picture) -> frozenset[str]:
    base = picture.base
    own = frozenset((base.load.format,)) if isinstance(base, Loaded) else frozenset[str]()
    return own | _in_operations(picture.operations)


def _in_operations(operations: Iterable[Operation]) -> frozenset[str]:
    layers = (each.layer for each in operations if isinstance(each, Composite))
    return frozenset[str]().union(*map(_in_picture, layers))
