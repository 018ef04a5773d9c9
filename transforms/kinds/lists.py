"""Arguments that stand in a row, some of which are colours; and a colour without its spelling."""

from __future__ import annotations

from dataclasses import replace

from transforms.values import Color


def words(text: str) -> list[str]:
    """The arguments of `text`, which colons separate, but for the colon of `rgb:ff0000`."""
    parts: list[str] = []
    for part in text.split(":") if text else []:
        if parts and (parts[-1] == "rgb" or parts[-1].endswith("_rgb")):
            parts[-1] = f"{parts[-1]}:{part}"
        else:
            parts.append(part)
    return parts


def bare(color: Color) -> Color:
    """The colour itself: `red` and `rgb:f00` make one plan."""
    return replace(color, written="")
