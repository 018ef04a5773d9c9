"""Make the golden pictures again, and a sheet of them all to look at.

    python -m tests.make_golden SHEET.png

A picture is only replaced when it is unlike the one that is there, so that what changed shows in the diff.
"""

from __future__ import annotations

import sys

from pyvips import Image

from tests.transforms.golden import CASES, Case, likeness, on_checks

_TILE = 180


def main() -> None:
    for case in CASES:
        if not case.file.exists() or likeness(case) > 1:
            case.file.write_bytes(case.as_golden())
            print(f"{case.name}: made again")
    tiles = [_tile(case) for case in CASES]
    Image.arrayjoin(tiles, across=6, shim=4).write_to_file(sys.argv[1])


def _tile(case: Case) -> Image:
    picture = on_checks(case.golden())
    return picture.gravity("centre", _TILE, _TILE, extend="background", background=[60, 60, 60]).copy_memory()


if __name__ == "__main__":
    main()
