"""The golden pictures: read from `tests/golden/pictures.txt`, compared by likeness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyvips import Image

from tests.transforms.rendering import pixels, rendered

GOLDEN = Path(__file__).parent.parent / "golden"
_DARK, _LIGHT = 96, 160


@dataclass(frozen=True)
class Case:
    """One line of the file."""

    name: str
    original: str
    transformation: str

    @property
    def file(self) -> Path:
        return GOLDEN / f"{self.name}.png"

    @cached_property
    def body(self) -> bytes:
        """What is delivered now; as PNG where no format is named, so that encoders do not count."""
        named = "f_" in self.transformation
        return rendered(self.transformation if named else f"{self.transformation}/f_png", self.original).body

    def now(self) -> Image:
        return pixels(self.body).copy_memory()

    def golden(self) -> Image:
        return pixels(self.file.read_bytes()).copy_memory()

    def as_golden(self) -> bytes:
        body: bytes = self.now().pngsave_buffer(filter="all", compression=9, keep="icc")
        return body


def _read() -> list[Case]:
    lines = (GOLDEN / "pictures.txt").read_text().splitlines()
    return [Case(*line.split()) for line in lines if line and not line.startswith("#")]


CASES = _read()


def on_checks(image: Image) -> Image:
    """In colour, over a gray chequer where it is transparent; in the numbers of its own profile."""
    image = image.colourspace("srgb")
    if not image.hasalpha():
        return image
    x, y = Image.xyz(image.width, image.height).bandsplit()
    checks = ((((x / 8).floor() + (y / 8).floor()) % 2) == 0).ifthenelse(_LIGHT, _DARK)
    alpha = image[3] / 255
    mixed = image.extract_band(0, n=3) * alpha + checks * (1 - alpha)
    return mixed.cast("uchar").copy(interpretation="srgb")


def likeness(case: Case) -> float:
    """How far what is rendered now is from the golden picture: the mean difference a channel, 0 to 255."""
    mean: float = _distance(case).avg()
    return mean


def worst(case: Case) -> float:
    """The same in the worst square of 8 pixels: a small part that is wrong is lost in a mean."""
    distance = _distance(case)
    across, down = -(-distance.width // 8) * 8, -(-distance.height // 8) * 8
    squares = distance.embed(0, 0, across, down, extend="black").shrink(8, 8)
    maximum: float = squares.max()
    return maximum


def _distance(case: Case) -> Image:
    now, golden = on_checks(case.now()), on_checks(case.golden())
    if (now.width, now.height) != (golden.width, golden.height):
        return Image.black(8, 8) + 255
    return (now - golden).abs().bandmean().cast("float")
