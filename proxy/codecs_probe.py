"""Tries every format with the libvips at hand and prints what it found, as JSON.

A process of its own, run as `python -m proxy.codecs_probe`. Each format is really written and read: libvips
may list a codec whose library is missing, as AVIF's encoder often is.
"""

from __future__ import annotations

import json

import pyvips

from transforms.formats import FORMATS, Format

_DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'


def try_format(name: str) -> tuple[str | None, str]:
    """What is wrong with writing (None where we never write) and with reading; empty where it works."""
    data, writing = _DRAWING, None
    if FORMATS[name].written:
        try:
            picture = pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb")
            data, writing = picture.write_to_buffer(f".{FORMATS[name].extensions[0]}"), ""
        except pyvips.Error as error:
            return _short(error), "no picture to try with"
    try:
        pyvips.Image.new_from_buffer(data, "").avg()
    except pyvips.Error as error:
        return writing, _short(error)
    return writing, ""


def _is_ours(format: Format) -> bool:
    """Whether libvips reads or writes it: not what needs an extra, or is made of words."""
    return bool(format.extensions) and format.extra is None


def _short(error: pyvips.Error) -> str:
    return " ".join(str(error).split()) or "refused"


def main() -> None:
    """Print the version, and what is wrong by format."""
    found = {name: try_format(name) for name, format in FORMATS.items() if _is_ours(format)}
    version = ".".join(str(pyvips.version(part)) for part in range(3))
    written = {name: writing for name, (writing, _) in found.items() if writing is not None}
    read = {name: reading for name, (_, reading) in found.items()}
    print(json.dumps({"version": version, "read": read, "written": written}))


if __name__ == "__main__":
    main()
