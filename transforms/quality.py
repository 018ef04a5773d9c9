"""Quality chosen by looking at the picture. Worker side: this loads libvips.

An aim at looks is met by prediction: `likeness.losses` says how hard compression is on this picture, and
`quality_model` what that makes of each quality. Aims at a size or at a likeness are met by trying, a bounded
number of times: qualities (`aims`), or numbers of colours (`palettes`).
"""

from __future__ import annotations

import math
from dataclasses import replace

from pyvips import Image

from transforms.aims import Write, at, first_page, for_bytes, for_ssim
from transforms.formats import FORMATS
from transforms.likeness import losses
from transforms.palettes import by_colors, palette_likeness
from transforms.plan import Save
from transforms.quality_model import QUALITIES, WEIGHTS
from transforms.rendition import Notes
from transforms.save import Variety

_SAME_LOOKS = 0.985
"""The SSIM at which a palette passes for the picture itself."""
_FULL_AND_PALETTE: tuple[Variety | None, ...] = (None, "png8")


def choose(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """The file that comes nearest to what `save` aims at, and what it came to. Without an aim that is simply
    the file. Raises `pyvips.Error`."""
    if save.aim is not None:
        search = _SEARCHES[save.aim.kind] if FORMATS[save.format].lossy else by_colors
    elif save.variety == "any":
        search = _any_png
    else:
        return write(image, save), ()
    # It is looked at more than once, and what streams can be drawn only once.
    image = image.copy_memory()
    return search(image, save, write)


def _for_looks(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    assert save.aim is not None
    quality = predicted(save.format, save.aim.value, losses(first_page(image)))
    body = write(image, at(save, quality))
    return body, (("q", quality), ("bytes", len(body)))


def predicted(format: str, looks: float, found: tuple[float, ...]) -> int:
    """The quality at which a picture with these losses is likely to score `looks` points of SSIMULACRA2.

    Straight lines between the qualities the model was trained at; past the last of them the last.
    """
    qualities = QUALITIES[format]
    scores: list[float] = []
    for weights in WEIGHTS[format]:
        score = sum(weight * value for weight, value in zip(weights, (1.0, *found), strict=True))
        scores.append(max(score, scores[-1] if scores else -math.inf))
    for number, score in enumerate(scores):
        if score >= looks:
            if number == 0:
                break
            share = (looks - scores[number - 1]) / (score - scores[number - 1])
            return round(qualities[number - 1] + share * (qualities[number] - qualities[number - 1]))
    return qualities[0] if scores[0] >= looks else qualities[-1]


def _any_png(image: Image, save: Save, write: Write) -> tuple[bytes, Notes]:
    """A palette where that is smaller and nobody sees it."""
    full, palette = (write(image, replace(save, variety=variety)) for variety in _FULL_AND_PALETTE)
    same = palette_likeness(image, "png", palette) >= _SAME_LOOKS
    body = palette if same and len(palette) < len(full) else full
    return body, (("bytes", len(body)),)


_SEARCHES = {"looks": _for_looks, "ssim": for_ssim, "bytes": for_bytes}
"""By the kind of the aim."""
