"""Plans of one original done one after the other, from as few decodes as can be. Worker side: this loads
libvips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyvips
from pyvips import Image

from transforms.decode import opened
from transforms.plan import RenderPlan
from transforms.render import Drawn, Stopwatch, drawn, job_of, render, saved
from transforms.rendition import Rendition
from transforms.sharing import Plans, drawn_by, is_held


class Series:
    """Renders plans in turn. Of what was decoded and drawn before, only what the next may need is held."""

    def __init__(self, plans: Plans, data: bytes, sources: Mapping[str, bytes]) -> None:
        self._plans = plans.plans
        self._data = data
        self._sources = sources
        self._opened: tuple[RenderPlan, Image] | None = None
        self._drawn: tuple[RenderPlan, Drawn] | None = None

    def __len__(self) -> int:
        return len(self._plans)

    def render(self, at: int) -> Rendition:
        """The rendition of one plan, byte for byte as it is made alone. Raises what `render` raises."""
        plan = self._plans[at]
        if plan.save.format == "svg":
            return render(plan, self._data, self._sources)
        watch = Stopwatch()
        made = self._made(plan, self._plans[at + 1 :], watch)
        return saved(plan, made, self._data, self._sources, watch)

    def _made(self, plan: RenderPlan, following: Sequence[RenderPlan], watch: Stopwatch) -> Drawn:
        if self._drawn is not None and drawn_by(self._drawn[0]) == drawn_by(plan):
            return self._drawn[1]
        self._drawn = None
        made = drawn(plan, self._data, self._sources, watch, self._held(plan, following))
        if not made.decoded.streaming:
            # Pixels that stream can be drawn once only.
            self._drawn = (plan, made)
        return made

    def _held(self, plan: RenderPlan, following: Sequence[RenderPlan]) -> Image | None:
        """The decoded original, if it is held for this load, or is from now on."""
        if self._opened is not None and self._opened[0].load == plan.load:
            return self._opened[1]
        self._opened = None
        if not is_held(plan, following):
            return None
        try:
            whole = opened(job_of(plan), self._data).copy_memory()
        except pyvips.Error:
            # Each plan for itself: one may draw less than all, and what is wrong is told by whom it concerns.
            return None
        self._opened = (plan, whole)
        return whole
