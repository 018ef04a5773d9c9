"""The formats: what each can hold, how it is named, and what it is called on the web. No pixels here."""

from __future__ import annotations

from dataclasses import dataclass

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Format:
    """What must be known of a format to plan with it and to name it in a response."""

    name: str
    """Our one spelling, as in `f_jpg`."""
    mime: str
    extensions: tuple[str, ...] = ()
    """Every extension that means this format, the usual one first, without the dot."""
    read: bool = True
    """False where we only write."""
    written: bool = True
    """False where we only read."""
    alpha: bool = True
    """Can hold transparency."""
    animation: bool = False
    """Can hold frames in time."""
    profile: bool = True
    """Can carry an ICC profile, so that wide gamut need not be lost."""
    gray: bool = True
    """Can hold one channel, so that gray need not become three."""
    metadata: bool = True
    """Can say who made the picture."""
    lossy: bool = False
    """Takes a quality."""
    max_side: int = 65_535
    """The longest side the format or its codec can write, in pixels."""
    extra: str | None = None
    """What has to be installed beside the core: `pip install 'calotype[jxl]'`."""
    told: str = ""
    """Of what is not a picture but is said of one: what it is."""

    @property
    def extension(self) -> str:
        """What a file of it is called by, without the dot."""
        if self.extensions:
            return self.extensions[0]
        return "json" if self.mime == "application/json" else "txt"


def _told(name: str, mime: str, what: str, *, alpha: bool = True) -> Format:
    return Format(name, mime, read=False, alpha=alpha, profile=False, metadata=False, told=what)


FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        Format("jpg", "image/jpeg", ("jpg", "jpeg", "jpe"), alpha=False, lossy=True),
        Format("png", "image/png", ("png",)),
        Format("webp", "image/webp", ("webp",), animation=True, gray=False, lossy=True, max_side=16_383),
        Format("avif", "image/avif", ("avif",), gray=False, lossy=True, max_side=16_384),
        Format("gif", "image/gif", ("gif",), animation=True, profile=False, gray=False, metadata=False),
        Format("tiff", "image/tiff", ("tiff", "tif")),
        Format("jxl", "image/jxl", ("jxl",), profile=False, metadata=False, lossy=True, extra="jxl"),
        Format("jp2", "image/jp2", ("jp2",), profile=False, metadata=False, lossy=True, extra="formats"),
        Format("bmp", "image/bmp", ("bmp",), alpha=False, profile=False, metadata=False, extra="formats"),
        Format("ico", "image/x-icon", ("ico",), profile=False, metadata=False, max_side=256, extra="formats"),
        Format("tga", "image/x-tga", ("tga",), profile=False, metadata=False, extra="formats"),
        Format("svg", "image/svg+xml", ("svg",), written=False, profile=False, gray=False, metadata=False),
        Format("pdf", "application/pdf", ("pdf",), written=False, metadata=False, extra="pdf"),
        Format("heic", "image/heic", ("heic", "heif"), written=False, metadata=False, extra="heic"),
        _told("blurhash", TEXT, "the picture's BlurHash, of 4 by 3 components", alpha=False),
        _told("thumbhash", TEXT, "the picture's ThumbHash, in base64"),
        _told("lqip", TEXT, "a tiny WebP of the picture, as a data: URI"),
        _told(
            "palette", "application/json", "up to six colours that stand for the picture, with their shares"
        ),
        _told("json", "application/json", "size, format, dominant colour, hashes and palette of the picture"),
    )
}
"""By name, in the order that `f_` is documented."""

_BY_EXTENSION = {extension: format for format in FORMATS.values() for extension in format.extensions}


def by_extension(extension: str) -> Format | None:
    """The format of an extension, with or without its dot, in any case; None when it is none of ours."""
    return _BY_EXTENSION.get(extension.removeprefix(".").lower())
