"""The one way that an upload goes, whichever API it comes by.

options, preset -> examined -> incoming transformation -> public id, jobs -> kept

What is to follow is written down in the transaction that keeps the picture:

| kind | payload |
|---|---|
| `eager` | `renditions`: a list of `{"transformation", "format" (an extension)}`; `notification_url`, `key` |
| `webhook` | `url`, `event` (`upload`), `key` (of who uploaded; None without one) |

and those of `always`, such as moderation. A picture that was there already has no jobs.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from origin.hosting.intake import Intake
from origin.hosting.intake_errors import UploadMalformed, UploadTooLarge
from origin.hosting.model import HostedAsset, Job, Stored, Summary, Wanted
from origin.hosting.principal import Principal
from origin.hosting.received import Received
from origin.hosting.store import HostingStore
from origin.hosting.uploads import Uploads
from proxy.errors import error_code
from proxy.hosting.examiner import Examiner
from proxy.hosting.incoming import Incoming
from proxy.hosting.links import shown_as
from proxy.hosting.names import named
from proxy.hosting.options import Preset, Size, UploadOptions, with_preset
from transforms.errors import printable
from transforms.formats import FORMATS, by_extension
from transforms.knowledge import Details

MOST_RENDITIONS = 100
"""Eager ones of one upload."""
_FORMAT = re.compile(r"(?:^|[,/])f_([a-z0-9]+)(?=[,/]|$)")
_NO_PRESET = Preset(UploadOptions())


class Observe(Protocol):
    """Told of every upload: stored, existing, overwritten or the code of an error; bytes, and seconds."""

    def __call__(self, result: str, size: int, seconds: float) -> None: ...


class Desk:
    """Takes uploads. `sizes` are made of each, and `always` are jobs of each; with `hold` each is shown to
    nobody until moderation has approved of it."""

    def __init__(
        self,
        *,
        uploads: Uploads,
        store: HostingStore,
        intake: Intake,
        examiner: Examiner,
        incoming: Incoming,
        presets: Mapping[str, Preset],
        sizes: Sequence[Size],
        always: Sequence[Job] = (),
        hold: bool = False,
        observe: Observe,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._uploads = uploads
        self._store = store
        self._intake = intake
        self._examiner = examiner
        self._incoming = incoming
        self._presets = presets
        self._sizes = tuple(sizes)
        self._always = tuple(always)
        self._hold = hold
        self._observe = observe
        self._clock = clock

    async def take(self, received: Received, principal: Principal, options: UploadOptions) -> Stored:
        """The picture, once it is safe.

        Raises UploadMalformed, which names the parameter, UploadTooLarge, what `Examiner.examine`,
        `Incoming.done` and `Uploads.keep` raise.
        """
        started, result = self._clock(), "failed"
        try:
            stored = await self._take(received, principal, options)
            result = "overwritten" if stored.overwritten else "stored" if stored.created else "existing"
            return stored
        except Exception as error:
            result = error_code(error)
            raise
        finally:
            self._observe(result, received.size, self._clock() - started)

    def renditions(self, asset: HostedAsset, wanted: Sequence[Size] = ()) -> tuple[Size, ...]:
        """The sizes of a picture with their formats settled: those made of every upload, and those wanted."""
        return settled_sizes((*self._sizes, *wanted), asset.summary)

    def settled(self, asset: HostedAsset, wanted: Sequence[Size]) -> tuple[Size, ...]:
        """The sizes wanted of a picture with their formats settled."""
        return settled_sizes(wanted, asset.summary)

    async def check_sizes(self, sizes: Sequence[Size], *, parameter: str = "eager") -> None:
        """Raise UploadMalformed, naming the parameter, for sizes that cannot be made."""
        if len(sizes) > MOST_RENDITIONS:
            raise UploadMalformed(
                f"{parameter}: expected at most {MOST_RENDITIONS} transformations", parameter=parameter
            )
        for size in sizes:
            await self._incoming.read(size.transformation, parameter=parameter)
            known = by_extension(size.format)
            if size.format not in ("", "original") and (known is None or not known.written):
                raise UploadMalformed(
                    f"{parameter}: pictures are not written as {printable(size.format)!r}",
                    code="invalid_format",
                    parameter=parameter,
                )

    def with_preset(self, said: UploadOptions, principal: Principal) -> UploadOptions:
        """What an upload asks for, with what its preset fills in. Raises UploadMalformed."""
        name = principal.preset or said.preset
        preset = self._presets.get(name) if name else _NO_PRESET
        if preset is None:
            raise UploadMalformed(
                f"Upload preset not found: {printable(name or '')}",
                code="unknown_preset",
                parameter="upload_preset",
            )
        options = with_preset(said, preset.options)
        if options.overwrite is None:
            options = replace(options, overwrite=principal.trusted)
        return options

    async def _take(self, received: Received, principal: Principal, said: UploadOptions) -> Stored:
        options = self.with_preset(said, principal)
        if options.max_bytes is not None and received.size > options.max_bytes:
            raise UploadTooLarge(f"the upload has more than {options.max_bytes:,} bytes")
        await self.check_sizes(options.eager)
        public_id, stem = named(options, received.filename)
        summary = await self._examiner.examine(received, allowed=options.allowed_formats)
        if options.transformation or options.format:
            return await self._take_transformed(received, summary, principal, options, public_id, stem)
        return await self._keep(received, summary, principal, options, public_id, stem)

    async def _take_transformed(
        self,
        received: Received,
        summary: Summary,
        principal: Principal,
        options: UploadOptions,
        public_id: str | None,
        stem: str,
    ) -> Stored:
        data = received.data if received.data is not None else await asyncio.to_thread(received.read)
        body = await self._incoming.done(
            received,
            data,
            summary.info,
            transformation=options.transformation or "",
            format=options.format or "",
            details=_details(options),
        )
        made = await self._intake.receive(body, filename=received.filename)
        try:
            known = await self._examiner.examine(made)
            # What the camera said is not in what was made of its picture.
            known = replace(known, exif=known.exif or summary.exif)
            return await self._keep(made, known, principal, options, public_id, stem)
        finally:
            await self._intake.discard(made)

    async def _keep(
        self,
        received: Received,
        summary: Summary,
        principal: Principal,
        options: UploadOptions,
        public_id: str | None,
        stem: str,
    ) -> Stored:
        wanted = Wanted(
            owner=principal.owner,
            public_id=public_id,
            stem=stem,
            overwrite=bool(options.overwrite),
            access_mode=options.access_mode or "public",
            hold=self._hold or options.moderation is not None,
            tags=options.tags,
            context=options.context,
            fields=options.fields,
            coordinates=options.coordinates,
            jobs=self._jobs(summary, principal, options),
            idempotency_key=options.idempotency_key,
            fingerprint=options.fingerprint,
            delete_token=bool(options.delete_token),
            restored=options.restored,
        )
        stored = await self._uploads.keep(received, summary, wanted)
        if options.delete_token and stored.delete_token is None and principal.trusted:
            # Only to its owner: whoever has no key may have sent what another had sent before.
            token = await self._store.issue_delete_token(stored.asset.asset_id)
            stored = replace(stored, delete_token=token)
        return stored

    def _jobs(self, summary: Summary, principal: Principal, options: UploadOptions) -> tuple[Job, ...]:
        jobs = [_for_people(job) if options.moderation is not None else job for job in self._always]
        if sizes := settled_sizes((*self._sizes, *options.eager), summary):
            jobs.append(eager_job(sizes, notification_url=options.eager_notification_url, key=principal.key))
        if options.notification_url:
            payload = {"url": options.notification_url, "event": "upload", "key": principal.key}
            jobs.append(Job(kind="webhook", payload=payload))
        return tuple(jobs)


def _for_people(job: Job) -> Job:
    """A job that does not end a hold: what people are asked about is not shown because a moderator agrees."""
    return replace(job, payload={name: value for name, value in job.payload.items() if name != "holds"})


def eager_job(sizes: Sequence[Size], *, notification_url: str | None = None, key: str | None = None) -> Job:
    """The job that makes these sizes, whose formats are settled, and tells somebody, signed by that key."""
    renditions = [{"transformation": size.transformation, "format": size.format} for size in sizes]
    told = {"notification_url": notification_url, "key": key} if notification_url else {}
    return Job(kind="eager", payload={"renditions": renditions, **told})


def settled_sizes(sizes: Sequence[Size], summary: Summary) -> tuple[Size, ...]:
    """Each size once, its format an extension: that of the original where none is said."""
    original = summary.info.format
    shown = (
        Size(size.transformation, shown_as(size.format or _said_format(size), original)) for size in sizes
    )
    return tuple(dict.fromkeys(shown))


def _said_format(size: Size) -> str:
    """The format that the transformation itself names last; empty where it names none, or leaves it open."""
    found = [name for name in _FORMAT.findall(size.transformation) if name in FORMATS]
    return found[-1] if found else ""


def _details(options: UploadOptions) -> Details:
    metadata = tuple(
        (name, value if isinstance(value, str | int | float) else str(value))
        for name, value in options.fields.items()
    )
    return Details(
        tags=tuple(sorted(set(options.tags))),
        context=tuple(options.context.items()),
        metadata=metadata,
        coordinates=options.coordinates,
    )
