"""Plans without pixels: what a plan lacks is made up, so that planning alone can be tried."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from transforms.actions.base import Rows
from transforms.frame import Frame, ImageInfo
from transforms.knowledge import Details, Known, Question, Source, SourceId, Unsettled
from transforms.plan import RenderPlan, make_plan
from transforms.recipe import Recipe

LOGO = ImageInfo("png", 120, 80, alpha=True)
"""What every layer shows."""

_MOST_ROUNDS = 200
_SCORE = 90.0


def planned(
    recipe: Recipe,
    original: ImageInfo,
    *,
    faces: int = 0,
    logo: ImageInfo = LOGO,
    details: Details | None = None,
    **options: Any,
) -> RenderPlan:
    """The plan, with so many faces in every picture that is looked at. Raises as `make_plan`."""
    known = Known(details=details or Details())
    for _ in range(_MOST_ROUNDS):
        try:
            return make_plan(recipe, original, known=known, **options)
        except Unsettled as lacking:
            if lacking.question is not None:
                rows = _answer(lacking.question, faces)
                known = replace(known, answers={**known.answers, lacking.question: rows})
            sources = {source: _source(source, logo) for source in lacking.sources}
            known = replace(known, sources={**known.sources, **sources})
    raise AssertionError(f"{recipe} lacks something every time")


def _source(source: SourceId, logo: ImageInfo) -> Source:
    return Source(f"hash of {source}", None if source.kind == "file" else logo, location=f"{source}")


def _answer(question: Question, faces: int) -> Rows:
    frame = question.picture.frame if question.picture is not None else Frame(90, 30)
    width, height = float(frame.width), float(frame.height)
    match question.kind:
        case "faces":
            return tuple((width * n / faces, height / 4, width / 8, height / 8, _SCORE) for n in range(faces))
        case "attention":
            return ((width / 4, height / 4, width / 2, height / 2, 0.0),)
        case "trim":
            return ((0.0, 0.0, width, height),)
        case "illustration":
            return ((0.5,),)
        case "text":
            return ((width, height),)
    raise AssertionError(f"nobody made up an answer for {question.kind}")
