"""The `delivery` section: what goes over the wire beside the pixels."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from proxy.config_types import HeaderLine, Section, Told
from transforms.output import OutputDefaults

TagHeader = Literal["Surrogate-Key", "Cache-Tag", "Edge-Cache-Tag", "xkey", "CDN-Tag", "Cache-Groups"]
AutoFormat = Literal["avif", "webp"]
Level = Annotated[int, Field(ge=1, le=100)]
Points = Annotated[float, Field(ge=1, le=100)]
Width = Annotated[int, Field(ge=1, le=8192)]
Dpr = Annotated[float, Field(ge=0.5, le=8)]

WIDTHS = (100, 200, 320, 480, 640, 768, 960, 1080, 1280, 1440, 1600, 1920, 2240, 2560, 3200, 3840)
DPRS = (1.0, 1.5, 2.0, 3.0)

NEVER = "no-store"
ERROR_LINES: dict[int, str] = {
    400: "public, max-age=300",
    401: NEVER,
    403: "public, max-age=60",
    404: "public, max-age=60",
    410: "public, max-age=300",
    413: "public, max-age=300",
    414: "public, max-age=300",
    415: "public, max-age=300",
    422: "public, max-age=60",
    429: NEVER,
    500: NEVER,
    501: "public, max-age=300",
    502: "public, max-age=1",
    503: NEVER,
    504: "public, max-age=5",
}
"""`Cache-Control` by status. Refusals that will not change are kept a while: a 404 that no CDN may keep is an
invitation to ask again and again."""


def _over_defaults(given: dict[int, str]) -> dict[int, str]:
    unknown = given.keys() - ERROR_LINES.keys()
    if unknown:
        known = ", ".join(map(str, ERROR_LINES))
        raise Told(f"Expected statuses among {known}, got {', '.join(map(str, sorted(unknown)))}")
    return ERROR_LINES | given


class Quality(Section):
    """Quality where the URL names none, 1 to 100, by format."""

    jpg: Level = 80
    webp: Level = 80
    avif: Level = 60


class QualityAuto(Section):
    """How a picture at `q_auto` is to look, in points of SSIMULACRA2, whatever its format: 90 cannot be told
    from the original, 70 is high quality, 50 medium. The quality follows from looking at the picture."""

    best: Points = 82.0
    good: Points = 75.0
    """Also plain `q_auto`."""
    eco: Points = 68.0
    low: Points = 56.0
    sensitive: Points = 80.0
    """For text and sharp edges."""


class CacheControl(Section):
    """`Cache-Control` lines."""

    mutable: HeaderLine = (
        "public, max-age=300, s-maxage=31536000, stale-while-revalidate=86400, stale-if-error=604800"
    )
    """A URL whose picture may change: no version in it."""
    immutable: HeaderLine = "public, max-age=31536000, immutable"
    """A URL with a version (`v1712`), or with `fl_immutable_cache`."""
    provisional: HeaderLine = "public, max-age=0, s-maxage=5, stale-while-revalidate=60"
    """An answer that a better one will replace shortly."""
    errors: Annotated[dict[int, HeaderLine], AfterValidator(_over_defaults)] = ERROR_LINES
    """By status; what is not given keeps its default."""


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("Expected values in ascending order, each once")
    return values


class ClientHints(Section):
    """What `w_auto` and `dpr_auto` make of a browser's hints: a few steps, so that caches stay warm."""

    widths: Annotated[tuple[Width, ...], Field(min_length=1, max_length=64), AfterValidator(_ascending)] = (
        WIDTHS
    )
    """The widths that `w_auto` rounds up to, in pixels, ascending."""
    dprs: Annotated[tuple[Dpr, ...], Field(min_length=1, max_length=16), AfterValidator(_ascending)] = DPRS
    """The device pixel ratios that `dpr_auto` rounds up to, ascending."""
    default_width: Width = 1280
    """`w_auto` for a client that sends no hint, in pixels."""
    default_dpr: Dpr = 1.0
    """`dpr_auto` for a client that sends no hint."""


class Delivery(Section):
    """What goes over the wire beside the pixels."""

    quality: Quality = Quality()
    """Quality where the URL names none, 1 to 100, by format."""
    quality_auto: QualityAuto = QualityAuto()
    """How a picture at `q_auto` is to look, by level, in points of SSIMULACRA2."""
    auto_formats: tuple[AutoFormat, ...] = ("avif", "webp")
    """What `f_auto` may choose, most wanted first; a client that takes none of them gets JPEG or PNG."""
    cache_control: CacheControl = CacheControl()
    """`Cache-Control` lines."""
    cdn_cache_control: bool = True
    """Send the shared part of the line as `CDN-Cache-Control` too (RFC 9213)."""
    surrogate_control: bool = False
    """Send `Surrogate-Control`, which Fastly reads. Its presence makes Cloudflare ignore `Cache-Control`."""
    tag_headers: tuple[TagHeader, ...] = ("Surrogate-Key", "Cache-Tag")
    """The headers that carry the tags a CDN purges by: Surrogate-Key (Fastly), Cache-Tag (Cloudflare),
    Edge-Cache-Tag (Akamai), xkey (Varnish), CDN-Tag (bunny.net), Cache-Groups (RFC 9875)."""
    tag_prefix: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,16}$")] = ""
    """Stands before every tag, for a CDN service that several sites share."""
    placeholder: Path | None = None
    """An image sent with the error's own status to clients that take only images. Empty: JSON for all."""
    client_hints: ClientHints = ClientHints()
    """What `w_auto` and `dpr_auto` make of a browser's hints."""

    @property
    def output_defaults(self) -> OutputDefaults:
        """The qualities, as the core wants them."""
        return OutputDefaults(
            quality=MappingProxyType(self.quality.model_dump()),
            auto_quality=MappingProxyType(self.quality_auto.model_dump()),
        )
