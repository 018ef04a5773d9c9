"""Trains `transforms/quality_model.py`, by which `q_auto` foresees how a picture will look.

    python -m benchmarks.quality_training FOLDER_OF_PICTURES FOLDER_FOR_LABELS [--apart]

Each picture is made small in some sizes, saved in every lossy format at some qualities, and scored with
SSIMULACRA2 (the PyPI package of that name). For each format and quality a line is fitted from
`likeness.losses` to the scores. `--apart` tells the spread that is left for pictures the fit has not seen,
beside that of one fixed quality for all, and writes nothing. Labels are kept, and only made where they are
missing: about a minute for ten pictures.

The model in the tree was trained on 63 photographs and drawings: those of Debian's lomiri-wallpapers-16.04
and -20.04, mate-backgrounds (nature), ukui-wallpapers and libjxl-testdata, of scikit-image and scikit-learn,
and the samples of Calotype itself; for JPEG XL and JPEG 2000 on half of them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyvips import Image

from transforms.codecs import CODECS
from transforms.extras import installed
from transforms.formats import FORMATS
from transforms.likeness import losses
from transforms.quality import predicted
from transforms.save import Save

MODEL = Path(__file__).parents[1] / "transforms" / "quality_model.py"
QUALITIES = {
    "avif": (22, 36, 48, 58, 66, 75, 85),
    "webp": (25, 42, 58, 70, 80, 88, 95),
}
_USUAL = (25, 42, 58, 70, 80, 88, 94)
_SIDES = ((360, 620), (700, 1100))
_LEAST_SIDE = 256
"""Below it SSIMULACRA2 leaves out scales and weighs the others wrongly."""
_ROUNDS, _OUTLIER, _RIDGE = 20, 5.0, 2.0
_TARGETS = (56, 68, 75, 82)

Array = np.ndarray[Any, np.dtype[np.float64]]


def formats() -> list[str]:
    """The lossy formats that are installed here."""
    return [f.name for f in FORMATS.values() if f.lossy and (f.extra is None or installed(f.extra))]


def label(pictures: Path, labels: Path) -> list[dict[str, Any]]:
    """The scores of every picture, from `labels` or made now, and its losses."""
    labels.mkdir(parents=True, exist_ok=True)
    kept = labels / "labels.jsonl"
    known = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {(row["picture"], row["format"]) for row in known}
    found = {}
    with kept.open("a") as file:
        for name, image in _sizes(pictures):
            found[name] = losses(image)
            for format in formats():
                if (name, format) not in done:
                    row = {"picture": name, "format": format, "scores": _scores(image, format)}
                    known.append(row)
                    file.write(json.dumps(row) + "\n")
                    file.flush()
    return [row | {"losses": found[row["picture"]]} for row in known if row["picture"] in found]


def _sizes(pictures: Path) -> Iterator[tuple[str, Image]]:
    chance = random.Random(7)
    for path in sorted(pictures.iterdir()):
        whole = Image.new_from_file(str(path))
        for least, most in _SIDES:
            side = chance.randint(least, most)
            if side <= max(whole.width, whole.height):
                image = Image.thumbnail(str(path), side, height=side, output_profile="srgb")
                image = image.flatten(background=255) if image.hasalpha() else image
                if min(image.width, image.height) >= _LEAST_SIDE:
                    yield f"{path.stem}@{side}", image.colourspace("srgb").cast("uchar").copy_memory()


def _scores(image: Image, format: str) -> list[float]:
    from ssimulacra2 import compute_ssimulacra2

    scores = []
    with tempfile.TemporaryDirectory() as folder:
        original, copy = f"{folder}/original.png", f"{folder}/copy.png"
        image.pngsave(original, compression=1, keep="none")
        for quality in QUALITIES.get(format, _USUAL):
            body = CODECS[format].save(image, Save(format, quality), keep="none")
            CODECS[format].open(body).colourspace("srgb").pngsave(copy, compression=1, keep="none")
            scores.append(round(float(compute_ssimulacra2(original, copy)), 3))
    return scores


def fit(rows: Sequence[dict[str, Any]]) -> Array:
    """A row of weights for each quality: least squares in which what lies far off counts less (Huber)."""
    columns = _columns(rows)
    scores = np.array([np.maximum.accumulate(row["scores"]) for row in rows])
    weights = np.zeros((columns.shape[1], scores.shape[1]))
    ridge = np.diag([0.0, *[_RIDGE] * (columns.shape[1] - 1)])
    for quality in range(scores.shape[1]):
        trust = np.ones(len(rows))
        for _ in range(_ROUNDS):
            weighed = columns * trust[:, None]
            weights[:, quality] = np.linalg.solve(columns.T @ weighed + ridge, weighed.T @ scores[:, quality])
            off = np.abs(columns @ weights[:, quality] - scores[:, quality])
            trust = np.minimum(1.0, _OUTLIER / np.maximum(off, 1e-9))
    return weights.T


def _columns(rows: Sequence[dict[str, Any]]) -> Array:
    return np.array([[1.0, *row["losses"]] for row in rows])


def apart(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How far scores lie from a target, for pictures left out of the fit, and at one quality for all."""
    import transforms.quality as chooser

    for format in formats():
        of_format = [row for row in rows if row["format"] == format]
        qualities = QUALITIES.get(format, _USUAL)
        found: dict[int, list[float]] = {target: [] for target in _TARGETS}
        for name in sorted({_name(row) for row in of_format}):
            weights = fit([row for row in of_format if _name(row) != name])
            chooser.QUALITIES, chooser.WEIGHTS = {format: qualities}, {format: weights}  # type: ignore[dict-item]
            for row in (row for row in of_format if _name(row) == name):
                for target in _TARGETS:
                    quality = predicted(format, target, tuple(row["losses"]))
                    found[target].append(float(np.interp(quality, qualities, row["scores"])))
        for target, scores in found.items():
            yield f"{format:5} {target}: {_spread(scores)}; fixed {_fixed(of_format, qualities, target)}"


def _name(row: dict[str, Any]) -> str:
    return str(row["picture"]).split("@")[0]


def _fixed(rows: Sequence[dict[str, Any]], qualities: Sequence[int], target: int) -> str:
    """The spread at the one quality whose mean is nearest to the target."""
    spreads = {
        quality: [float(np.interp(quality, qualities, row["scores"])) for row in rows]
        for quality in range(qualities[0], qualities[-1] + 1)
    }
    best = min(spreads, key=lambda quality: abs(np.mean(spreads[quality]) - target))
    return f"q {best}: {_spread(spreads[best])}"


def _spread(scores: Sequence[float]) -> str:
    least, low, middle, high, most = np.percentile(scores, (0, 10, 50, 90, 100))
    tenths = f"{least:.0f} {low:.0f} {middle:.0f} {high:.0f} {most:.0f}"
    return f"{np.mean(scores):.1f} ± {np.std(scores):.1f} ({tenths})"


def write(weights: dict[str, Array]) -> None:
    """Put the model into the tree."""
    qualities = [f'    "{name}": {QUALITIES.get(name, _USUAL)},' for name in weights]
    rows = [f'    "{name}": (\n{"".join(map(_row, table))}    ),' for name, table in weights.items()]
    text = _MODEL.format(qualities="\n".join(qualities), rows="\n".join(rows))
    MODEL.write_text(text, encoding="utf-8")


def _row(weights: Array) -> str:
    return f"        ({', '.join(f'{weight:.3f}' for weight in weights)}),\n"


_MODEL = '''\
"""How a picture will look at each quality: made by `benchmarks.quality_training`, not to be edited."""

from __future__ import annotations

QUALITIES: dict[str, tuple[int, ...]] = {{
{qualities}
}}
"""The qualities that were looked at, by format."""

WEIGHTS: dict[str, tuple[tuple[float, ...], ...]] = {{
{rows}
}}
"""For each of them a constant, and what the columns of `likeness.losses` count, in points of SSIMULACRA2."""
'''


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality_training", description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--apart", action="store_true")
    arguments = parser.parse_args()
    rows = [row for row in label(arguments.pictures, arguments.labels) if row["format"] in formats()]
    if arguments.apart:
        print("\n".join(apart(rows)))
    else:
        write({format: fit([row for row in rows if row["format"] == format]) for format in formats()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
