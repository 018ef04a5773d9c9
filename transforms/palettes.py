"""Aims at a size or at a likeness where a format has no quality: met with fewer colours, or not at all.

Worker side: this works on libvips images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pyvips import Image

from transforms import rates
from transforms.aims import Write, noted, probe
from transforms.codecs import CODECS
from transforms.likeness import opaque, ssim
from transforms.plan import Save
from transforms.rendition import Notes

_LADDERS: dict[str, tuple[int | None, ...]] = {
    "png": (None, 8, 4, 2, 1),
    "gif": (8, 7, 6, 5, 4, 3, 2, 1),
}
"""Bits a pixel that a palette may have, the best first; None is no palette. PNG knows of no others (ISO/IEC
15948, 11.2.2)."""
_AS_IT_IS: tuple[int | None, ...] = (None,)
_FEW_TRIES = 4
"""So many steps of a ladder are tried at the most, when the place between them is halved each time."""


def by_colors(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """With as many colours as the aim of `save` lets it have, or as few: steps of a ladder.

    Of a large picture a sample is tried first, and then the picture itself as often as there is time for.
    """
    assert save.aim is not None
    ladder, pixels = _ladder(save, image.width * image.height), image.width * image.height
    whole = _Trials(image, save, write, ladder, save.aim.value)
    most_tries = rates.tries(save.format, save.aim.kind, pixels, palette=True)
    part = probe(image, most_tries) if most_tries < _FEW_TRIES and len(ladder) > 1 else None
    if part is not None:
        seen = _Trials(part.image, save, write, ladder, save.aim.value * whole.scale(part.share))
        step = _searched(seen.suits, len(ladder), whole.coarser)
    elif most_tries < _FEW_TRIES:
        step = 0
    else:
        step = _searched(whole.suits, len(ladder), whole.coarser)
    on = 1 if whole.coarser else -1
    while not whole.suits(step) and len(whole.found) < most_tries and 0 <= step + on < len(ladder):
        step += on
    return whole.found[step].body, noted(*whole.told(step), missed=not whole.suits(step))


def palette_likeness(image: Image, format: str, body: bytes) -> float:
    """How alike a copy of few colours is: the SSIM of the channel that suffered most. A palette may keep
    lightness where it loses colour."""
    copy = CODECS[format].open(body).copy_memory()
    one, other = opaque(image), opaque(copy)
    return min(ssim(*(picture.extract_band(band) for picture in (one, other))) for band in range(3))


def _ladder(save: Save, pixels: int) -> tuple[int | None, ...]:
    if save.variety not in (None, "png8", "any"):
        return _AS_IT_IS
    ladder = _LADDERS.get(save.format, _AS_IT_IS)
    if save.variety == "png8" or save.lossy:
        ladder = tuple(bits for bits in ladder if bits is not None) or _AS_IT_IS
    too_slow = rates.encoding(save.format, pixels, palette=True) > rates.TRIES_MILLISECONDS
    return ladder[:1] if too_slow else ladder


def _searched(suits: Callable[[int], bool], steps: int, coarser: bool) -> int:
    """The first step that suits where `coarser` ones do, the last one otherwise; the end where none does."""
    low, high = 0, steps - 1
    while low < high:
        middle = (low + high + (not coarser)) // 2
        if suits(middle):
            low, high = (low, middle) if coarser else (middle, high)
        else:
            low, high = (middle + 1, high) if coarser else (low, middle - 1)
    return low


@dataclass(frozen=True, slots=True)
class _Trial:
    body: bytes
    likeness: float | None
    """None where it was not asked for."""


class _Trials:
    """A picture saved with the colours of some steps of a ladder."""

    def __init__(
        self, image: Image, save: Save, write: Write, ladder: tuple[int | None, ...], limit: float
    ) -> None:
        assert save.aim is not None
        self.found: dict[int, _Trial] = {}
        self.coarser = save.aim.kind == "bytes"
        """Whether it is coarser steps that suit."""
        self._image, self._save, self._write, self._ladder, self._limit = image, save, write, ladder, limit

    def scale(self, share: float) -> float:
        """By what the limit of a part of the picture differs."""
        return share if self.coarser else 1.0

    def suits(self, step: int) -> bool:
        """Whether the step is within the limit."""
        if step not in self.found:
            self.found[step] = self._tried(self._ladder[step])
        trial = self.found[step]
        return (
            len(trial.body) <= self._limit if trial.likeness is None else trial.likeness * 100 >= self._limit
        )

    def told(self, step: int) -> Notes:
        """What there is to say of a step."""
        trial, bits = self.found[step], self._ladder[step]
        colors = (("colors", 2**bits),) if bits is not None else ()
        likeness = (("ssim", round(trial.likeness * 100, 2)),) if trial.likeness is not None else ()
        return (*colors, *likeness, ("bytes", len(trial.body)))

    def _tried(self, bits: int | None) -> _Trial:
        variety = None if self._save.variety == "any" else self._save.variety
        body = self._write(self._image, replace(self._save, aim=None, bits=bits, variety=variety))
        return _Trial(body, None if self.coarser else self._likeness(bits, body))

    def _likeness(self, bits: int | None, body: bytes) -> float:
        if bits is None and self._save.variety != "group4" and not self._save.lossy:
            return 1.0
        return palette_likeness(self._image, self._save.format, body)
