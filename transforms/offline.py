"""Plans and renders without a server: what a plan lacks is looked up here and now. Worker side.

For the command line, for the reference's pictures and for tests. A server asks its workers instead, and
remembers what they say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from transforms.actions.base import Rows
from transforms.errors import InvalidValue, TransformError
from transforms.frame import ImageInfo
from transforms.knowledge import Details, Known, Question, Source, SourceId, Unsettled, named_layer
from transforms.plan import RenderPlan, make_plan
from transforms.probe import probe
from transforms.recipe import Recipe
from transforms.render import look, render
from transforms.rendition import Rendition

_MAX_ROUNDS = 60


def nothing(source: SourceId) -> bytes:
    """The finder of who has no other pictures: refuses them all."""
    raise InvalidValue(f"a layer shows {source}, and there is no such picture")


def nowhere(source: SourceId, body: bytes) -> str:
    """For who has no files that are found by their path, as fonts are."""
    return ""


@dataclass(frozen=True, slots=True)
class Settled:
    """A plan, and the bytes of what its layers show, by content hash."""

    plan: RenderPlan
    layers: Mapping[str, bytes] = field(default_factory=dict)
    answers: Mapping[Question, Rows] = field(default_factory=dict)
    """What was seen in pictures."""


def settle(
    recipe: Recipe,
    data: bytes,
    *,
    original: ImageInfo | None = None,
    find: Callable[[SourceId], bytes] = nothing,
    locate: Callable[[SourceId, bytes], str] = nowhere,
    details: Details | None = None,
    **options: Any,
) -> Settled:
    """The plan of `recipe` for the original's bytes; `find` gives the bytes of what layers show.

    `locate` says where the renderer finds a file that it opens itself: a font. Without `data`, the plan for
    an `original` of which nothing else is known. `options` are those of `make_plan`. Raises as that does,
    what `find` and `locate` raise, and InvalidValue where only a picture could tell.
    """
    original = original or probe(data)
    known, layers = Known(details=details or Details()), dict[str, bytes]()
    for _ in range(_MAX_ROUNDS):
        try:
            return Settled(make_plan(recipe, original, known=known, **options), layers, known.answers)
        except Unsettled as lacking:
            try:
                if lacking.question is not None:
                    rows = _seen(lacking.question, data, layers)
                    known = replace(known, answers={**known.answers, lacking.question: rows})
                for source in lacking.sources:
                    body = find(source)
                    found = _source(source, body, locate)
                    layers[found.content_hash] = body
                    known = replace(known, sources={**known.sources, source: found})
            except TransformError as error:
                raise error.at(lacking.place) from None
    raise InvalidValue("the transformation needs too many looks at pictures")


def _source(source: SourceId, body: bytes, locate: Callable[[SourceId, bytes], str]) -> Source:
    """What is known of a source once its bytes are there. Raises as `probe` does, naming the source."""
    content_hash = hashlib.sha256(body).hexdigest()
    if source.kind == "file":
        return Source(content_hash, None, locate(source, body))
    try:
        return Source(content_hash, probe(body))
    except TransformError as error:
        raise error.within(named_layer(source.name)) from error


def _seen(question: Question, data: bytes, layers: Mapping[str, bytes]) -> Rows:
    if not data and question.picture is not None and "" in question.picture.hashes():
        raise InvalidValue(f"what is seen in the picture decides ({question.kind}): give the picture itself")
    return look(question, data, layers)


def rendered(recipe: Recipe, data: bytes, **options: Any) -> Rendition:
    """The rendition of `recipe`; arguments and errors as for `settle` and `render`."""
    settled = settle(recipe, data, **options)
    return render(settled.plan, data, settled.layers)
