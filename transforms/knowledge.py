"""What a plan rests on besides the recipe: facts of every source, and answers that only pixels give.

The planner does arithmetic and never calls out. Where it lacks something it raises `Unsettled`, which says
what to find; whoever asked for the plan finds it and asks again. Each round brings the plan further, and what
was found stays good for the next picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

from transforms.canonical import canonical
from transforms.errors import Place, printable

if TYPE_CHECKING:
    from transforms.actions.base import Rows
    from transforms.frame import Frame, ImageInfo
    from transforms.load import Load
    from transforms.operations import Operation
    from transforms.text import TextBlock

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SourceId:
    """A source as a recipe names it: a picture or a file under a public id, or a picture under a URL."""

    kind: Literal["image", "file", "fetch"]
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a source. A file that is no picture, such as a font, has no `info`."""

    content_hash: str
    info: ImageInfo | None = None
    location: str = ""
    """Where a worker finds a file; pictures are handed to it."""


@dataclass(frozen=True, slots=True)
class Details:
    """What people have said about the original."""

    tags: tuple[str, ...] = ()
    """Sorted."""
    context: tuple[tuple[str, str], ...] = ()
    """Keys and values, `ctx` in conditions."""
    metadata: tuple[tuple[str, str | float], ...] = ()
    """Fields and values, `md` in conditions."""
    coordinates: tuple[float, float, float, float] | None = None
    """The part that `g_custom` keeps: left, top, width, height in pixels of the original, upright."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Where an image comes from: an original, and how it is loaded."""

    content_hash: str
    """Empty for the original that the recipe itself is for."""
    original: ImageInfo = field(compare=False)
    load: Load
    name: str = field(default="", compare=False)
    """What the recipe calls it, for messages."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image on its way: where it comes from, what has been done to it, what it measures now."""

    base: Loaded | TextBlock
    operations: tuple[Operation, ...]
    frame: Frame

    def hashes(self) -> frozenset[str]:
        """The content hashes of all originals that go into it."""
        own = frozenset((self.base.content_hash,)) if isinstance(self.base, Loaded) else frozenset[str]()
        return own.union(*(operation.hashes() for operation in self.operations))


@dataclass(frozen=True, slots=True)
class Question:
    """Something to look up in a picture: an entry of `LOOKS`, and its argument."""

    kind: str
    argument: str = ""
    picture: Picture | None = None
    """None where no picture is looked at: how large a text is."""
    name: str = field(default="", compare=False)
    """What stands in keys for an argument that tells of this machine: fonts lie elsewhere on another."""

    def key(self, content_hash: str) -> str:
        """Names the answer, for an original of that content; equal questions share it."""
        about = content_hash if self.picture is not None else ""
        text = f"{about}\n{self.kind}\n{self.name or self.argument}\n{canonical(self.picture)}"
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Known:
    """What has been found so far. `answers` are by question."""

    sources: Mapping[SourceId, Source] = field(default_factory=lambda: _NOTHING)
    answers: Mapping[Question, Rows] = field(default_factory=lambda: _NOTHING)
    details: Details | None = None
    """None until they are asked for: most recipes never do."""


def named_layer(name: str) -> str:
    """A layer as errors about its picture call it: those say "the original" of every picture."""
    return f"the layer {printable(name)!r}"


class Unsettled(Exception):
    """A plan cannot be made before these are found; not an error of anybody's.

    `place` is where the recipe asks for them, for who has to say that there is no such thing.
    """

    def __init__(
        self, *, sources: Iterable[SourceId] = (), question: Question | None = None, details: bool = False
    ) -> None:
        super().__init__("the plan lacks facts")
        self.place: Place | None = None
        self.details = details
        self.sources = tuple(dict.fromkeys(sources))
        self.question = question

    def at(self, place: Place | None) -> Self:
        """This, with a place where it has none."""
        self.place = self.place or place
        return self
