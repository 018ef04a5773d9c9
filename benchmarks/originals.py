"""The photographs the benchmarks render, all made of the samples that come with Calotype."""

from __future__ import annotations

from pathlib import Path

from pyvips import Image

from benchmarks.machine import ROOT

SAMPLES = ROOT / "origin" / "samples"
_QUALITY = 90


def photographs() -> dict[str, bytes]:
    """The sample photographs as they are, by file name; all of them are progressive JPEGs."""
    return {path.name: path.read_bytes() for path in sorted(SAMPLES.rglob("*.jpg"))}


def dandelion(*, progressive: bool, width: int = 5312, height: int = 2988) -> bytes:
    """The largest sample saved anew, 16 megapixels, or stretched to another size."""
    image = Image.new_from_buffer((SAMPLES / "dandelion.jpg").read_bytes(), "")
    if (width, height) != (image.width, image.height):
        image = image.resize(width / image.width, vscale=height / image.height)
    return again(image, progressive=progressive)


def again(image: Image, *, progressive: bool) -> bytes:
    """A picture saved anew, as one kind of JPEG or the other."""
    body: bytes = image.jpegsave_buffer(Q=_QUALITY, interlace=progressive, keep="none")
    return body


def distinct(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: a comment that says `number`, so that no cache knows it."""
    text = f"copy {number}".encode()
    comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
    return jpeg[:2] + comment + jpeg[2:]


def write(folder: Path, originals: dict[str, bytes]) -> None:
    """Put them into `folder` as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in originals.items():
        (folder / name).write_bytes(data)
