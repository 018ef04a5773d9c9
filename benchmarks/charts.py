"""Bar charts as SVG: horizontal, from zero, each bar with its number; readable on light and dark pages.

An SVG that a page shows as an image knows nothing of that page: it follows the colours that the reader's
system prefers (`prefers-color-scheme`, Media Queries Level 5), and is transparent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 210, 110, 64, 46
_BAR, _GAP, _GROUP_GAP = 20, 6, 16
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TICKS = 5
_STYLE = """
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-size: 17px; font-weight: 600 }
.quiet { fill: #57606a; font-size: 12px }
.group { font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.zero { stroke: #57606a; stroke-width: 1 }
.ours { fill: #0969da }
.theirs { fill: #8c959f }
.third { fill: #bc6c25 }
.range { stroke: #24292f; stroke-width: 1.5; opacity: .55 }
.target { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.grid { stroke: #30363d }
.zero { stroke: #9198a1 }
.ours { fill: #4493f8 }
.theirs { fill: #6e7681 }
.third { fill: #d4894a }
.range { stroke: #e6edf3 }
.target { stroke: #f85149 }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One number and its range over the rounds; `kind` is ours, theirs or third."""

    name: str
    value: float
    least: float
    most: float
    kind: str = "theirs"
    group: str = ""
    """Bars of one group stand together under its name."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One message, as its title, and the bars that bear it out."""

    title: str
    unit: str
    """What the axis counts, and in what."""
    bars: Sequence[Bar]
    digits: int = 1


def svg(chart: Chart) -> str:
    """The chart as a file."""
    places = list(_places(chart.bars))
    height = (places[-1] if places else _TOP) + _BAR + _BOTTOM
    step, top = _scale(max((bar.most for bar in chart.bars), default=0.0))
    parts = [*_axis(step, top, height, chart.unit), *_groups(chart.bars, places)]
    for bar, y in zip(chart.bars, places, strict=True):
        parts += _bar(bar, y, top, chart.digits)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
            f' viewBox="0 0 {WIDTH} {height}" role="img" aria-label={quoteattr(_spoken(chart))}>',
            f"<style>{_STYLE}</style>",
            f'<text class="title" x="16" y="30">{escape(chart.title)}</text>',
            *parts,
            "</svg>\n",
        )
    )


def _places(bars: Sequence[Bar]) -> Iterator[int]:
    """How far down each bar begins."""
    y, group = _TOP - _GAP - _BAR, ""
    for bar in bars:
        y += _BAR + _GAP
        if bar.group != group:
            group = bar.group
            y += _BAR + (_GROUP_GAP if y > _TOP else 0)
        yield y


def _scale(most: float) -> tuple[float, float]:
    """The step between two lines of the grid, and the last of them, for numbers up to `most`."""
    if most <= 0:
        return 1.0, 1.0
    raw = most / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * step for step in _STEPS if power * step >= raw * 0.999)
    return step, step * math.ceil(most / step * 0.999)


def _axis(step: float, top: float, height: int, unit: str) -> Iterator[str]:
    bottom = height - _BOTTOM + 4
    for number in range(round(top / step) + 1):
        x = _x(number * step, top)
        kind = "grid" if number else "zero"
        yield f'<line class="{kind}" x1="{x:.1f}" y1="{_TOP - 10}" x2="{x:.1f}" y2="{bottom}"/>'
        label = f"{number * step:,.10g}"
        yield f'<text class="quiet" x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{label}</text>'
    yield f'<text class="quiet" x="{_LEFT}" y="{bottom + 33}">{escape(unit)}</text>'


def _groups(bars: Sequence[Bar], places: Sequence[int]) -> Iterator[str]:
    group = ""
    for bar, y in zip(bars, places, strict=True):
        if bar.group != group:
            group = bar.group
            yield f'<text class="group" x="16" y="{y - 6}">{escape(group)}</text>'


def _bar(bar: Bar, y: int, top: float, digits: int) -> Iterator[str]:
    end, middle = _x(bar.value, top), y + _BAR / 2
    yield f'<text x="{_LEFT - 10}" y="{middle + 4.5}" text-anchor="end">{escape(bar.name)}</text>'
    # Never without a pixel: a bar that is not there would say that nothing was measured.
    width = max(1.0, end - _LEFT)
    yield f'<rect class="{bar.kind}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>'
    if bar.least < bar.most:
        left, right = _x(bar.least, top), _x(bar.most, top)
        yield f'<line class="range" x1="{left:.1f}" y1="{middle}" x2="{right:.1f}" y2="{middle}"/>'
    beyond = max(end, _x(bar.most, top)) + 8
    yield f'<text x="{beyond:.1f}" y="{middle + 4.5}">{bar.value:,.{digits}f}</text>'


def _x(value: float, top: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * value / top


def _spoken(chart: Chart) -> str:
    """The chart for those who have it read to them."""
    told = ", ".join(f"{bar.group} {bar.name} {bar.value:,.{chart.digits}f}".strip() for bar in chart.bars)
    return f"{chart.title}. {chart.unit}: {told}"
