"""Files made to hurt: each with the statuses that may come of it. Nothing here is read from elsewhere.

`BOMBS` makes them when they are asked for. A name begins with the format that the bytes claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.attack import bombs_gif, bombs_jpeg, bombs_others, bombs_png, bombs_svg, bombs_tiff, bombs_webp
from tests.attack.making import ANY, BROKEN, REFUSED, SERVED, TOO_LARGE, UNSUPPORTED, Make

__all__ = ["BOMBS", "TRANSFORMATIONS", "Bomb"]

TRANSFORMATIONS = (
    "w_100/f_jpg",
    "c_fill,g_auto,h_80,w_80/f_webp",
    "c_crop,h_50,w_50/f_png",
    "b_red,c_pad,h_120,w_90/f_avif",
    "w_120/e_blur:300/a_30/f_gif",
    "c_limit,h_300,w_300/e_grayscale/q_auto/f_jpg",
)
"""What every file is pushed through."""

_EXPECTED = {
    "served": SERVED,
    "too_large": TOO_LARGE,
    "broken": BROKEN,
    "unsupported": UNSUPPORTED,
    "refused": REFUSED,
    "any": ANY,
}


@dataclass(frozen=True)
class Bomb:
    """One file, and the statuses it may be answered with, whatever is asked of it."""

    name: str
    expected: frozenset[int]
    make: Callable[[], bytes]


def _all() -> Iterator[Bomb]:
    for module in (bombs_jpeg, bombs_png, bombs_gif, bombs_webp, bombs_tiff, bombs_others, bombs_svg):
        for expected, makes in module.MAKES.items():
            for name, make in makes.items():
                yield Bomb(name, _EXPECTED[expected], _made(make))


def _made(make: Make) -> Callable[[], bytes]:
    return partial(bytes, make) if isinstance(make, bytes) else make


BOMBS: dict[str, Bomb] = {bomb.name: bomb for bomb in _all()}
"""By name."""
