"""A recipe and an original settled: what to load, what to do, how to save. Every value concrete, every size known."""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.frame import Frame, ImageInfo
from transforms.operations import Operation


@dataclass(frozen=True, slots=True)
class Load:
    """How the original is decoded.

    `first` is the page to start at (from 0), `count` how many pages; `width` and `height` are what one
    page measures after the decoder's own shrinking, before it is set upright.
    """

    format: str
    first: int = 0
    count: int = 1
    width: int = 0
    height: int = 0
    shrink: int = 1
    """JPEG: 1, 2, 4 or 8."""
    scale: float = 1.0
    """SVG and WebP: the factor the loader is given."""
    upright: bool = True
    """Apply the EXIF orientation; False for `a_ignore`."""


@dataclass(frozen=True, slots=True)
class Save:
    """How the result is encoded."""

    format: str
    """jpg png webp avif gif tiff."""
    quality: int | None = None
    """1 to 100; None for formats without one."""
    chroma: str | None = None
    """420 or 444; None lets the codec choose by size."""
    progressive: str | None = None
    """JPEG: semi or steep; None is baseline."""
    lossy: bool = False
    """`fl_lossy`: lossy GIF; PNG with a palette."""
    keep_iptc: bool = False
    strip_profile: bool = False
    """Convert to sRGB and embed no profile, even where wide gamut could be kept."""
    background: tuple[int, int, int, int] = (255, 255, 255, 255)
    """What stands behind transparency where the format has none."""


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """All that `render` needs but the bytes. `notes` tell what was clamped or fell back, and why."""

    original: ImageInfo
    load: Load
    operations: tuple[Operation, ...]
    save: Save
    result: Frame
    notes: tuple[str, ...] = field(default=(), compare=False)
