"""What is known of an image without its pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """The facts of an original, read from its header by `probe`.

    `width` and `height` are pixels of one page, upright (EXIF orientation already applied); for SVG they
    are the natural size at 72 dpi.
    """

    format: str
    """One of the names in `CODECS`: jpg png webp avif gif tiff svg."""
    width: int
    height: int
    pages: int = 1
    """Frames of an animation or pages of a TIFF."""
    animated: bool = False
    """True when `pages` are frames in time (GIF, WebP)."""
    alpha: bool = False
    orientation: int = 1
    """EXIF orientation as stored, 1 to 8; the upright size above already honours it."""
    progressive: bool = False
    color: str = "srgb"
    """srgb, gray, p3 (a wide-gamut profile), cmyk, lab, rgb16, gray16, other."""
    bits: int = 8
    has_profile: bool = False
    delays: tuple[int, ...] = ()
    """Milliseconds of each frame, empty when not animated."""
    loop: int = 0
    """How often an animation plays; 0 is for ever."""
    scans: int = 1
    """JPEG: how often decoding goes over all its pixels, up to the limit."""
    toll: int = 0
    """SVG: what its filters and masks take at the most, in milliseconds a megapixel drawn."""

    @property
    def pixels(self) -> int:
        """Pixels of one page."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Frame:
    """An image on its way through a plan: what the next action may ask of it."""

    width: int
    height: int
    pages: int = 1
    alpha: bool = False

    @property
    def pixels(self) -> int:
        """Pixels of all pages together."""
        return self.width * self.height * self.pages

    def sized(self, width: int, height: int) -> Frame:
        return Frame(width, height, self.pages, self.alpha)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"
