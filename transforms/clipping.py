"""Clipping paths: the outline that a photograph for print is cut out by. Worker side: this loads libvips.

A path is a row of records of 26 bytes (Photoshop File Formats Specification, "Path resource format"): a
selector, then for a knot three points, each down and across as parts of the picture in fixed point.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pyvips import Image

from transforms.photoshop import pascal, resources

_FIELDS = ("photoshop-data", "iptc-data")
"""Where libvips keeps the block of a TIFF, and that of a JPEG."""
_PATHS = range(2000, 2998)
_CLIPPING_NAME = 2999
_RECORD = struct.Struct(">H24s")
_KNOT = struct.Struct(">6i")
_STARTS, _KNOTS = (0, 3), (1, 2, 4, 5)
_ONE = 1 << 24
_MOST_KNOTS = 20_000

Knot = tuple[float, float, float, float, float, float]
"""Across and down of the handle before, the point, and the handle behind, as parts of the picture."""


def clipped(image: Image, rule: str) -> Image:
    """`image` with what lies outside its clipping path see-through, filled by `rule` (nonzero or evenodd).

    It is opaque all over where it has no path.
    """
    outline = clipping_path(image)
    if outline is None:
        return image if image.hasalpha() else image.addalpha()
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{image.width}" height="{image.height}" '
        f'viewBox="0 0 1 1" preserveAspectRatio="none"><path fill-rule="{rule}" d="{outline}"/></svg>'
    )
    mask = Image.svgload_buffer(drawing.encode()).extract_band(3)
    image = image if image.hasalpha() else image.addalpha()
    colors, alpha = image.extract_band(0, n=image.bands - 1), image.extract_band(image.bands - 1)
    return colors.bandjoin((alpha * (mask / 255)).cast(image.format))


def clipping_path(image: Image) -> str | None:
    """The path as SVG writes one, in parts of the picture; None where there is none."""
    block = next((bytes(image.get(field)) for field in _FIELDS if image.get_typeof(field)), b"")
    found = list(resources(block))
    wanted = next((pascal(item.data) for item in found if item.kind == _CLIPPING_NAME), None)
    paths = [item for item in found if item.kind in _PATHS]
    chosen = next((path for path in paths if path.name == wanted), paths[0] if paths else None)
    outline = "".join(map(_drawn, _subpaths(chosen.data))) if chosen is not None else ""
    return outline or None


def _subpaths(data: bytes) -> Iterator[list[Knot]]:
    """The knots of each part of a path; what is no knot only ends a part."""
    knots: list[Knot] = []
    length = len(data) // _RECORD.size * _RECORD.size
    for selector, record in list(_RECORD.iter_unpack(data[:length]))[:_MOST_KNOTS]:
        if selector in _STARTS:
            yield knots
            knots = []
        elif selector in _KNOTS:
            points = [value / _ONE for value in _KNOT.unpack(record)]
            knots.append((points[1], points[0], points[3], points[2], points[5], points[4]))
    yield knots


def _drawn(knots: list[Knot]) -> str:
    """A closed part: from the point of each knot by both handles to the point of the next."""
    if len(knots) < 2:
        return ""
    curves = (
        f"C{_number(*one[4:])} {_number(*other[:2])} {_number(*other[2:4])}"
        for one, other in zip(knots, [*knots[1:], knots[0]], strict=True)
    )
    return f"M{_number(*knots[0][2:4])}{''.join(curves)}Z"


def _number(across: float, down: float) -> str:
    return f"{across:.7f},{down:.7f}"
