"""Plans that need to look at pixels first: asked for again until there is nothing left to answer."""

from __future__ import annotations

from transforms.actions.base import Rows
from transforms.frame import ImageInfo
from transforms.knowledge import Details, Known, Question, Unsettled
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.probe import probe
from transforms.render import look, render
from transforms.rendition import Rendition

NOBODY = Details()
_MOST_QUESTIONS = 8


def answered(
    transformation: str,
    original: ImageInfo,
    *,
    rows: Rows = (),
    data: bytes | None = None,
    details: Details = NOBODY,
) -> RenderPlan:
    """The plan, its questions answered by looking at `data`, or all with `rows` where there is none."""
    recipe, answers = parse(transformation), dict[Question, Rows]()
    for _ in range(_MOST_QUESTIONS):
        try:
            return make_plan(recipe, original, known=Known(answers=answers, details=details))
        except Unsettled as lacking:
            assert lacking.question is not None
            answers[lacking.question] = rows if data is None else look(lacking.question, data)
    raise AssertionError(f"{transformation} asks more than {_MOST_QUESTIONS} questions")


def rendering(transformation: str, data: bytes, *, details: Details = NOBODY) -> Rendition:
    """The rendition, with every question answered by looking."""
    return render(answered(transformation, probe(data), data=data, details=details), data)
