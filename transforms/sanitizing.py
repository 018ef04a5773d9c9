"""An SVG with everything taken out that could run, or lead elsewhere. Worker side.

What is left is what a list of harmless elements and attributes names (the library svg-hush); pictures inside
stay where they are pixels. Who serves it sends a strict Content-Security-Policy all the same.
"""

from __future__ import annotations

import py_svg_hush

from transforms.errors import BrokenImage
from transforms.plan import RenderPlan
from transforms.rendition import Rendition

_KEPT = {"image": ["png", "jpeg", "gif", "webp", "avif"]}
"""What `data:` addresses may hold."""


def sanitized(plan: RenderPlan, data: bytes) -> Rendition:
    """The drawing itself, of a plan that saves as SVG. Raises BrokenImage for what is no XML."""
    try:
        body = py_svg_hush.filter_svg(data, keep_data_url_mime_types=_KEPT)
    except ValueError as error:
        raise BrokenImage(f"the original does not read as svg: {error}") from error
    return Rendition(body, plan.save.format, plan.result.width, plan.result.height, 1)
