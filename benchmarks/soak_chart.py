"""Memory over a soak, as lines over time: an SVG that is readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 110, 56, 50
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_LINES = 5
_APART = 16
"""Names at the ends of lines are so many pixels apart at least."""
_STYLE = """
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-size: 17px; font-weight: 600 } .quiet { fill: #57606a; font-size: 12px }
.grid { stroke: #d0d7de } .warm { fill: #57606a; opacity: .08 } path { fill: none; stroke-width: 2 }
.c0 { stroke: #0969da } .c1 { stroke: #bc6c25 } .c2 { stroke: #1a7f37 }
.c3 { stroke: #8250df } .c4 { stroke: #57606a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #30363d } .warm { fill: #9198a1 }
.c0 { stroke: #4493f8 } .c1 { stroke: #d4894a } .c2 { stroke: #3fb950 }
.c3 { stroke: #ab7df8 } .c4 { stroke: #9198a1 }
}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A number over time, by its name."""

    name: str
    values: Sequence[float]


def svg(title: str, seconds: Sequence[float], lines: Sequence[Line], *, warm: float) -> str:
    """The chart as a file; MB over minutes, what comes before `warm` seconds shaded."""
    most = max(max(line.values) for line in lines)
    step = next((step for step in _STEPS if step * _LINES >= most), most / _LINES)
    top = step * _LINES
    parts = [*_axes(step, seconds[-1], warm), *_drawn(seconds, lines, top)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" role="img"'
    view = f' viewBox="0 0 {_WIDTH} {_HEIGHT}">'
    name = f'<text class="title" x="16" y="30">{escape(title)}</text>'
    return "\n".join((head + view, f"<style>{_STYLE}</style>", name, *parts, "</svg>\n"))


def _axes(step: float, end: float, warm: float) -> Iterator[str]:
    x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * warm / end
    yield f'<rect class="warm" x="{_LEFT}" y="{_TOP}" width="{x - _LEFT:.1f}" height="{_y(0, 1) - _TOP}"/>'
    yield _quiet(_LEFT + 4, _TOP + 12, "warming up")
    for number in range(_LINES + 1):
        y = _y(number, _LINES)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        yield _quiet(_LEFT - 8, y + 4, f"{number * step:,.6g}", "end")
    bottom = _y(0, 1) + 18
    yield _quiet(_LEFT, bottom, "0 min")
    yield _quiet(_WIDTH - _RIGHT, bottom, f"{end / 60:,.0f} min", "end")
    yield _quiet(_LEFT, bottom + 18, "MB of 1,000,000 bytes (PSS)")


def _quiet(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text class="quiet" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _drawn(seconds: Sequence[float], lines: Sequence[Line], top: float) -> Iterator[str]:
    highest = float(_HEIGHT)
    for number, line in sorted(enumerate(lines), key=lambda each: each[1].values[-1]):
        spots = (
            f"{_x(at, seconds[-1]):.1f},{_y(v, top):.1f}" for at, v in zip(seconds, line.values, strict=True)
        )
        yield f'<path class="c{number}" d="M{" L".join(spots)}"/>'
        highest = min(_y(line.values[-1], top) + 4, highest - _APART)
        told = f"{escape(line.name)} {line.values[-1]:,.0f}"
        yield f'<text x="{_WIDTH - _RIGHT + 8}" y="{highest:.1f}">{told}</text>'


def _x(at: float, end: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at / end


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / top
