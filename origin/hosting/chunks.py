"""Uploads that come in parts: kept in the staging folder until they are whole, whatever their order.

A part is a file whose name is the range it holds, in a folder named by a digest of who uploads and of what
they call the upload. So any process that shares the folder takes any part, a part that comes twice is
written twice, and parts may overlap. When all of a known total is there, whoever sees it first puts the
parts together, under a lock of the kernel that a crash gives back. The parts stay until that is stored:
should it fail, the last part may be sent again. What was answered stays too, for a client that did not hear.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from origin.hosting.intake import Intake, in_staging
from origin.hosting.intake_errors import TooManyUploads, UploadMalformed, UploadTooLarge
from origin.hosting.received import Received

_MOST_PARTS = 10_000
_MOST_OVERLAP = 2
"""How often the bytes of an upload may be there: parts of other lengths, after a new start."""
_RANGE = re.compile(r"bytes +([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15}|\*|-1)", re.ASCII)
_PART = re.compile(r"([0-9]{15})-([0-9]{15})", re.ASCII)
_PIECE_BYTES = 1 << 20
_LOCK_SECONDS = 30.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Which bytes a part holds, the last one included; `total` is None where it is not known yet."""

    first: int
    last: int
    total: int | None

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Partial:
    """Some parts of an upload are here, and some are not."""

    upload_id: str
    size: int
    """Bytes there are, from the first on and without a gap."""


@dataclass(slots=True)
class Assembled:
    """All parts of an upload put together. To be settled when it is stored."""

    received: Received
    answer: bytes | None = None
    """What its sender is told; set it, so that a part that comes again is answered the same."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An upload that was whole before, and what its sender was told."""

    answer: bytes


def read_range(text: str) -> ContentRange:
    """A `Content-Range` as uploads send it (RFC 9110, section 14.4); `*` and Cloudinary's -1 leave the total
    open. Raises UploadMalformed.
    """
    found = _RANGE.fullmatch(text.strip())
    total = None if found is None or found[3] in ("*", "-1") else int(found[3])
    if found is None or int(found[1]) > int(found[2]) or (total is not None and int(found[2]) >= total):
        raise UploadMalformed(
            "Content-Range: expected bytes <first>-<last>/<total or *>, with first <= last < total",
            code="invalid_range",
        )
    return ContentRange(int(found[1]), int(found[2]), total)


class Chunks:
    """The parts of uploads, in the staging folder of `intake`."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @asynccontextmanager
    async def take(
        self, *, sender: str, upload_id: str, range: ContentRange, part: Received
    ) -> AsyncIterator[Partial | Assembled | Settled]:
        """Add a part. `sender` keeps people's uploads apart, whatever they call them.

        Raises UploadMalformed for a part that is not as long as it says or for a total that is another than
        before, UploadTooLarge, and what writing to the folder raises.
        """
        if part.size != range.size:
            raise UploadMalformed(
                f"Content-Range says {range.size:,} bytes, the part has {part.size:,}", code="invalid_range"
            )
        most = self._intake.max_bytes
        if range.last >= most or (range.total or 0) > most:
            raise UploadTooLarge(f"the upload has more than {most:,} bytes")
        folder = self._folder(sender, upload_id)
        kept = await in_staging(_keep, folder, range, part, most)
        if isinstance(kept, bytes):
            yield Settled(kept)
        elif kept is None:
            yield Partial(upload_id, await in_staging(_reach, folder))
        else:
            async with self._assembled(folder, kept, part.filename) as whole:
                yield whole

    def _folder(self, sender: str, upload_id: str) -> Path:
        # A length before each, so that no two pairs make one text.
        named = f"{len(sender)}:{sender}{upload_id}".encode()
        return self._intake.staging / f"parts-{hashlib.sha256(named).hexdigest()[:32]}"

    @asynccontextmanager
    async def _assembled(
        self, folder: Path, total: int, filename: str | None
    ) -> AsyncIterator[Assembled | Settled]:
        lock = await self._lock(folder)
        try:
            # Look again: another process may have put it together while we waited.
            if (answer := await in_staging(_answer, folder)) is not None:
                yield Settled(answer)
                return
            whole = Assembled(await self._joined(folder, total, filename))
            try:
                yield whole
                if whole.answer is not None:
                    await in_staging(_settle, folder, whole.answer)
            finally:
                await self._intake.discard(whole.received)
        finally:
            os.close(lock)

    async def _lock(self, folder: Path) -> int:
        """The lock of an upload, as a descriptor. Raises TooManyUploads when it is not given back."""
        descriptor = await in_staging(_open_lock, folder)
        deadline = asyncio.get_running_loop().time() + _LOCK_SECONDS
        try:
            while not _locks(descriptor):
                if asyncio.get_running_loop().time() > deadline:
                    raise TooManyUploads("this upload is being put together already; try again soon")
                await asyncio.sleep(_LOOK_SECONDS)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    async def _joined(self, folder: Path, total: int, filename: str | None) -> Received:
        sink = self._intake.sink()
        try:
            for path, skip in await in_staging(_order, folder, total):
                with await in_staging(path.open, "rb") as file:
                    await in_staging(file.seek, skip)
                    while piece := await in_staging(file.read, _PIECE_BYTES):
                        await sink.write(piece)
            return await sink.finish(filename)
        except BaseException:
            await sink.abort()
            raise


def _keep(folder: Path, range: ContentRange, part: Received, most: int) -> bytes | int | None:
    """Add a part: what was answered, if the upload is done; the total, if it is whole now; else None."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (answer := _answer(folder)) is not None:
        return answer
    parts = _parts(folder)
    if len(parts) >= _MOST_PARTS:
        raise UploadMalformed(f"an upload has at most {_MOST_PARTS:,} parts", code="too_many_parts")
    if sum(last - first + 1 for first, last, _ in parts) + part.size > _MOST_OVERLAP * most:
        raise UploadTooLarge("the parts of the upload overlap too much")
    total = _agreed_total(folder, range)
    place = folder / f"{range.first:015}-{range.last:015}"
    if part.path is not None:
        part.path.replace(place)
    else:
        # Written aside: a part that is there is whole.
        trial = folder / f"new-{secrets.token_hex(8)}"
        trial.write_bytes(part.read())
        trial.replace(place)
    return total if total is not None and _reach(folder) >= total else None


def _agreed_total(folder: Path, range: ContentRange) -> int | None:
    """The total as any part has told it. Raises UploadMalformed when this one says otherwise."""
    place = folder / "total"
    if range.total is not None:
        trial = folder / f"new-{secrets.token_hex(8)}"
        trial.write_text(str(range.total))
        with suppress(FileExistsError):
            place.hardlink_to(trial)
        trial.unlink()
    total = int(place.read_text()) if place.exists() else None
    if total is not None and (range.last >= total or range.total not in (None, total)):
        raise UploadMalformed(
            f"Content-Range: expected a part of {total:,} bytes, as was said before", code="invalid_range"
        )
    return total


def _parts(folder: Path) -> list[tuple[int, int, Path]]:
    """First and last byte of each, in that order."""
    found = ((_PART.fullmatch(entry.name), Path(entry.path)) for entry in os.scandir(folder))
    return sorted((int(name[1]), int(name[2]), path) for name, path in found if name is not None)


def _order(folder: Path, total: int) -> list[tuple[Path, int]]:
    """The parts to put together, and how many bytes of each the ones before it have given."""
    order: list[tuple[Path, int]] = []
    reached = 0
    for first, last, path in _parts(folder):
        if last >= reached:
            order.append((path, reached - first))
            reached = last + 1
    if reached != total:
        raise UploadMalformed(f"the parts come to {reached:,} bytes, not {total:,}", code="invalid_range")
    return order


def _reach(folder: Path) -> int:
    """How many bytes there are from the first on, without a gap."""
    reached = 0
    for first, last, _ in _parts(folder):
        if first > reached:
            break
        reached = max(reached, last + 1)
    return reached


def _answer(folder: Path) -> bytes | None:
    try:
        return (folder / "answer").read_bytes()
    except FileNotFoundError:
        return None


def _settle(folder: Path, answer: bytes) -> None:
    """Keep what was answered, and let go of the parts."""
    trial = folder / f"new-{secrets.token_hex(8)}"
    trial.write_bytes(answer)
    trial.replace(folder / "answer")
    for _, _, path in _parts(folder):
        path.unlink(missing_ok=True)


def _open_lock(folder: Path) -> int:
    return os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)


def _locks(descriptor: int) -> bool:
    """Whether the lock is ours now; the kernel takes it back when we die."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
