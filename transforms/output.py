"""What decides how the result is encoded and sent: format, quality, density, flags; and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from transforms.declaration import Declaration, by_key
from transforms.flags import FLAGS
from transforms.kinds.flags import FlagsKind
from transforms.kinds.outputs import DensityKind, FormatKind, QualityKind

OUTPUT: dict[str, Declaration] = by_key(
    Declaration(
        "f",
        FormatKind(),
        "Format; `auto` is the best one that the client reads.",
        ("f_auto", "f_avif", "f_auto:animated"),
    ),
    Declaration(
        "q",
        QualityKind(),
        "Quality; `auto` chooses by format. `:444` keeps colours sharp, `:420` makes them smaller.",
        ("q_80", "q_auto", "q_auto:eco", "q_90:444"),
    ),
    Declaration(
        "dpr",
        DensityKind(),
        "Density: multiplies the pixels asked for, not the shares; `auto` is the client's.",
        ("c_fit,dpr_2.0,w_200", "dpr_auto"),
    ),
    Declaration("fl", FlagsKind(FLAGS), "Flags, joined by dots.", ("fl_lossy.progressive",)),
)
"""What counts once for the whole recipe; the last one wins. In the order of the reference page."""


def _qualities() -> Mapping[str, int]:
    return MappingProxyType({"jpg": 80, "webp": 80, "avif": 60})


def _levels() -> Mapping[str, Mapping[str, int]]:
    return MappingProxyType(
        {
            "jpg": MappingProxyType({"best": 88, "good": 80, "eco": 70, "low": 55, "sensitive": 86}),
            "webp": MappingProxyType({"best": 88, "good": 80, "eco": 70, "low": 55, "sensitive": 86}),
            "avif": MappingProxyType({"best": 70, "good": 60, "eco": 50, "low": 38, "sensitive": 66}),
        }
    )


@dataclass(frozen=True, slots=True)
class OutputDefaults:
    """What holds where the URL says nothing."""

    quality: Mapping[str, int] = field(default_factory=_qualities)
    """1 to 100 by format; a format that is not here takes no quality."""
    auto_quality: Mapping[str, Mapping[str, int]] = field(default_factory=_levels)
    """What `q_auto:best`, `good`, `eco`, `low` and `sensitive` mean, 1 to 100 by format."""
    dpr: float = 1.0

    def quality_for(self, format: str, level: str | None = None) -> int | None:
        """The quality of `format` at a level of `q_auto`, or without one; None where it takes no quality.

        A level that the table lacks counts as `good`.
        """
        levels = self.auto_quality.get(format)
        if level is None or levels is None:
            return self.quality.get(format)
        return levels.get(level, levels.get("good", self.quality.get(format)))
