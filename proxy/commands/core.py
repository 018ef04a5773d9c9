"""The pure core on local files, as `render` and `explain` use it: original, recipe, plan."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proxy.config import Settings
from transforms.formats import FORMATS, by_extension
from transforms.frame import ImageInfo
from transforms.limits import Limits
from transforms.output import OutputDefaults
from transforms.parser import parse
from transforms.plan import RenderPlan, make_plan
from transforms.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Core:
    """What the core must be told: named transformations, qualities, limits."""

    named: Mapping[str, str] = field(default_factory=dict)
    defaults: OutputDefaults = field(default_factory=OutputDefaults)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, settings: Settings) -> Core:
        """As the server would be told."""
        return cls(settings.named_transformations, settings.delivery.output_defaults, settings.render.limits)

    def read(self, text: str) -> Recipe:
        """The recipe of `text`. Raises TransformError."""
        return parse(text, named=self.named)

    def plan(self, recipe: Recipe, original: ImageInfo, format: str | None) -> RenderPlan:
        """The plan; `format` counts where the recipe names none. Raises TransformError."""
        return make_plan(recipe, original, defaults=self.defaults, limits=self.limits, format=format)


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises OSError."""
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def written_format(name: str) -> str | None:
    """The format that a name's extension asks for; None without an extension.

    Raises:
        ValueError: it is none that we write.
    """
    extension = Path(name).suffix
    if not extension or name == "-":
        return None
    found = by_extension(extension)
    if found is None or not found.written:
        known = " ".join(format.name for format in FORMATS.values() if format.written)
        raise ValueError(f"{name}: {extension} is no format that is written here; expected one of {known}")
    return found.name
