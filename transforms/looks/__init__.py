"""What only pixels can tell and a plan has to know: where faces are, what is left after trimming.

The planner asks before the plan is whole (`Action.question`); a worker looks and answers rows of numbers,
which the edge remembers. Worker side: this loads libvips.
"""

from __future__ import annotations

from collections.abc import Callable

from pyvips import Image

from transforms.actions.base import Rows
from transforms.looks.attention import attention
from transforms.looks.faces import faces
from transforms.looks.focus import focus
from transforms.looks.illustration import illustration
from transforms.looks.likeness import likeness
from transforms.looks.text import text
from transforms.looks.trim import trim

LOOKS: dict[str, Callable[[Image | None, str], Rows]] = {
    "faces": faces,
    "attention": attention,
    "focus": focus,
    "illustration": illustration,
    "trim": trim,
    "text": text,
    "likeness": likeness,
}
"""Name → what looks: at the first page of an image, 8-bit, and at the argument of the question."""
