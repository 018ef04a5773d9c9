"""`f_auto`, `dpr_auto` and `w_auto` made concrete for one client, and the `Vary` that this costs."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.client import Client, HintBuckets
from transforms.errors import NotOffered
from transforms.formats import FORMATS, by_extension
from transforms.frame import ImageInfo
from transforms.kinds.sizes import own_width
from transforms.known import KNOWN_FORMATS
from transforms.recipe import Recipe
from transforms.save import stays_drawing
from transforms.values import Auto, Pages

_VARY = {"f": ("Accept",), "dpr": ("Sec-CH-DPR", "DPR"), "w": ("Sec-CH-Width", "Width")}
_DRAWN = ("png", "gif", "svg", "pdf", "ico")


@dataclass(frozen=True, slots=True)
class Choice:
    """A recipe with every auto settled, the format to deliver, and the request headers that decided."""

    recipe: Recipe
    format: str
    vary: tuple[str, ...]


def negotiate(
    recipe: Recipe,
    original: ImageInfo,
    client: Client,
    *,
    extension: str | None,
    auto_formats: tuple[str, ...],
    buckets: HintBuckets,
) -> Choice:
    """Settle what depends on the client.

    `f_` wins over the extension, the extension over the original's own format. Only headers that this recipe
    asks about stand in `vary`.
    """
    autos = recipe.auto_keys
    format_ = _format(recipe, original, client, extension, auto_formats)
    concrete = recipe.replace_auto(
        format=format_ if "f" in autos else None,
        dpr=(client.dpr or buckets.default_dpr) if "dpr" in autos else None,
        width=(client.width or min(buckets.default_width, original.width)) if "w" in autos else None,
        # The hint counts physical pixels (https://wicg.github.io/responsive-image-client-hints/): the ratio
        # that comes from the same client is in it.
        physical=client.width is not None and "dpr" in autos,
    )
    asked = autos if _asks_for_width(recipe) else autos - {"w"}
    vary = tuple(header for key, headers in _VARY.items() if key in asked for header in headers)
    return Choice(concrete, format_, vary)


def check_extension(recipe: Recipe, extension: str | None, original: ImageInfo, *, stored_as: str) -> None:
    """Raise NotOffered where the extension asks for a format that is read and not written.

    An original of that format, or `stored_as` if it were, is called by its own name: `drawing.svg` is asked
    for so, and comes as what we write in its place.
    """
    found = by_extension(extension) if extension else None
    if found is None or found.written or recipe.last("f") is not None or original.format == found.name:
        return
    if not stored_as.lower().endswith(f".{extension}"):
        raise _not_offered(found.name)


def check_missing(name: str) -> None:
    """Raise NotOffered for a name without an original whose extension asks for what we do not write, such as
    a film."""
    stem, dot, extension = name.rpartition(".")
    if dot and stem and extension.lower() in KNOWN_FORMATS:
        raise _not_offered(extension.lower())


def _not_offered(name: str) -> NotOffered:
    return NotOffered(f".{name} {KNOWN_FORMATS[name]}, or leave the extension out", parameter=f".{name}")


def _asks_for_width(recipe: Recipe) -> bool:
    """Whether the client's width makes a difference: a `w_auto:50:480` brings its own."""
    values = (parameter.value for parameter in recipe.parameters("w"))
    return any(isinstance(value, Auto) and own_width(value) is None for value in values)


def _format(
    recipe: Recipe, original: ImageInfo, client: Client, extension: str | None, auto_formats: tuple[str, ...]
) -> str:
    asked = recipe.last("f")
    if asked is None:
        if stays_drawing(recipe, original, extension):
            return "svg"
        return _written(extension) or own_format(original)
    if not isinstance(asked.value, Auto):
        return str(asked.value)
    one = _is_one_page(recipe, original)
    moving = original.animated and "image" not in asked.value.arguments and not one
    # A format that can move would: a still is asked for with one that cannot.
    still = original.animated and not moving and not one
    fits = {f: FORMATS[f].animation if moving else not (still and FORMATS[f].animation) for f in auto_formats}
    suits = [f for f in client.formats if fits.get(f)]
    return suits[0] if suits else base_format(original, moving=moving)


def _is_one_page(recipe: Recipe, original: ImageInfo) -> bool:
    """Whether `pg` leaves one frame of an animation."""
    chosen = recipe.last("pg")
    return (
        chosen is not None and isinstance(chosen.value, Pages) and len(chosen.value.among(original.pages)) < 2
    )


def _written(extension: str | None) -> str | None:
    """The format an extension asks for, if we write it; `.svg` is never written."""
    found = by_extension(extension) if extension else None
    return found.name if found and found.written else None


def own_format(original: ImageInfo) -> str:
    """The original's format where we write it; of what we only read, drawings become PNG."""
    return original.format if FORMATS[original.format].written else base_format(original, moving=False)


def base_format(original: ImageInfo, *, moving: bool) -> str:
    """What every client reads: GIF for what moves, PNG for what is drawn or see-through, else JPEG."""
    if moving:
        return "gif"
    return "png" if original.alpha or original.format in _DRAWN else "jpg"
