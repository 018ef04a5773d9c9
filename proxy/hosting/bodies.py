"""Requests of the upload APIs, read: their parameters, who sends them, and the picture they bring.

A picture comes as a file of a form, as base64, a data URI or an address in a field, in a JSON object, or as
the body itself; whole or in parts. What is in memory of it is bounded; what is said of its type counts for
nothing, since its bytes decide.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from origin.hosting.chunks import Assembled, Chunks, Partial, Settled, read_range
from origin.hosting.intake import Intake, Sink
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.principal import Principal
from origin.hosting.received import Received
from proxy.hosting.form import FILE_FIELDS, FormReader, Read
from proxy.hosting.multipart import Event, multipart_events, urlencoded_events
from proxy.hosting.params import MAX_BYTES, Builder, Params, from_json, read_json
from proxy.hosting.remote import RemoteFiles
from proxy.hosting.sources import TextFile
from proxy.hosting.stream import Pace, pieces, whole

_FORM, _MULTIPART, _JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
_MAX_UPLOAD_ID = 200

Authorize = Callable[[Params], Awaitable[Principal]]
"""Says who sends a request with these parameters; raises for who may not."""


@dataclass(slots=True)
class Upload:
    """What an upload brought. One of `received`, `partial` and `settled` is there; `received` lies where it
    is until the context that gave it is left."""

    params: Params
    principal: Principal
    received: Received | None = None
    partial: Partial | None = None
    """More parts have to come: nothing is stored yet."""
    settled: bytes | None = None
    """This upload was stored already, and its sender did not hear: what was answered then."""
    answer: bytes | None = None
    """Set it to what the sender is told once it is stored: a part that comes again is told the same."""


class Bodies:
    """Reads requests. `remote` fetches what is named by an address; bodies come at `pace` at the least."""

    def __init__(self, *, intake: Intake, remote: RemoteFiles, pace: Pace) -> None:
        self._intake = intake
        self._chunks = Chunks(intake)
        self._remote = remote
        self._pace = pace

    async def form(self, request: web.Request) -> Params:
        """The parameters of a call that brings no picture: of its query, and of its form or JSON object.

        Raises what is in `origin.hosting.intake_errors`.
        """
        query = _query(request)
        if request.content_type == _JSON:
            body = await whole(request, max_bytes=MAX_BYTES, pace=self._pace)
            return query.joined(from_json(read_json(body))) if body else query
        if request.content_type not in (_FORM, _MULTIPART):
            return query
        read = await self._read_form(request, self._events(request, MAX_BYTES), None)
        return query.joined(read.params)

    async def json(self, request: web.Request) -> bytes:
        """The body of a call that brings a JSON object, as it was sent.

        Raises what is in `origin.hosting.intake_errors`.
        """
        return await whole(request, max_bytes=MAX_BYTES, pace=self._pace)

    @asynccontextmanager
    async def open(
        self, request: web.Request, *, authorize: Authorize, max_bytes: int | None = None
    ) -> AsyncIterator[Upload]:
        """Take an upload. `authorize` is asked when all parameters are known, and before anything is fetched.

        Raises what is in `origin.hosting.intake_errors`, what `authorize` raises, and for an address what
        fetching raises.
        """
        async with self._intake.turn():
            read = await self._read(request, max_bytes)
            try:
                principal = await authorize(read.params)
                received = await self._content(read, principal)
            except BaseException:
                await self._discard(read)
                raise
            try:
                async with self._whole(request, received, read.params, principal) as upload:
                    yield upload
            finally:
                await self._intake.discard(received)

    async def _content(self, read: Read, principal: Principal) -> Received:
        if read.received is not None:
            return read.received
        if not read.url:
            raise UploadMalformed("Missing required parameter - file", code="missing_file", parameter="file")
        data = await self._remote.fetch(read.url, trusted=principal.trusted)
        return await self._intake.receive(data, filename=read.url.partition("?")[0])

    @asynccontextmanager
    async def _whole(
        self, request: web.Request, received: Received, params: Params, principal: Principal
    ) -> AsyncIterator[Upload]:
        """The upload that this is, or that this is a part of."""
        upload = Upload(params, principal)
        told = request.headers.get("Content-Range")
        if told is None:
            upload.received = received
            yield upload
            return
        taking = self._chunks.take(
            sender=principal.sender, upload_id=_upload_id(request), range=read_range(told), part=received
        )
        async with taking as came:
            match came:
                case Partial():
                    upload.partial = came
                case Settled():
                    upload.settled = came.answer
                case Assembled():
                    upload.received = came.received
            yield upload
            if isinstance(came, Assembled):
                came.answer = upload.answer

    async def _read(self, request: web.Request, max_bytes: int | None) -> Read:
        most = min(max_bytes or self._intake.max_bytes, self._intake.max_bytes)
        # Base64 takes four bytes for three, and in a URL-encoded form some of those three each.
        room = most * 3 + MAX_BYTES if request.content_type in (_FORM, _JSON) else most * 3 // 2 + MAX_BYTES
        sink = self._intake.sink(max_bytes=most)
        try:
            if request.content_type in (_FORM, _MULTIPART):
                read = await self._read_form(request, self._events(request, room), sink)
                return Read(_query(request).joined(read.params), read.received, read.url)
            if request.content_type == _JSON:
                return await self._read_json(request, sink)
            return await self._read_raw(request, sink, most)
        except BaseException:
            await sink.abort()
            raise

    def _events(self, request: web.Request, max_bytes: int) -> AsyncIterator[Event]:
        body = pieces(request, max_bytes=max_bytes, pace=self._pace)
        if request.content_type == _MULTIPART:
            return multipart_events(body, request.headers.get("Content-Type", ""))
        return urlencoded_events(body)

    async def _read_form(self, request: web.Request, events: AsyncIterator[Event], sink: Sink | None) -> Read:
        form = FormReader(sink)
        async for event in events:
            await form.take(event)
        return await form.read()

    async def _read_json(self, request: web.Request, sink: Sink) -> Read:
        most = self._intake.memory_bytes * 3 // 2
        told = read_json(await whole(request, max_bytes=most, pace=self._pace))
        files = [told.pop(name) for name in FILE_FIELDS if name in told]
        if len(files) > 1:
            raise UploadMalformed("there is more than one file", code="several_files", parameter="file")
        file = files[0] if files else None
        params = _query(request).joined(from_json(told))
        if not isinstance(file, str) or not file:
            return Read(params)
        text = TextFile(sink)
        await text.write(file.encode())
        await text.finish()
        if text.url:
            return Read(params, url=text.url)
        return Read(params, await sink.finish(params.get("filename") or None))

    async def _read_raw(self, request: web.Request, sink: Sink, max_bytes: int) -> Read:
        async for piece in pieces(request, max_bytes=max_bytes, pace=self._pace):
            await sink.write(piece)
        query = _query(request)
        received = await sink.finish(query.get("filename") or None) if sink.size else None
        return Read(query, received)

    async def _discard(self, read: Read) -> None:
        if read.received is not None:
            await self._intake.discard(read.received)


def _query(request: web.Request) -> Params:
    builder = Builder()
    for name, value in request.query.items():
        builder.add(name, value)
    return builder.params()


def _upload_id(request: web.Request) -> str:
    upload_id = request.headers.get("X-Unique-Upload-Id", "")
    if not 0 < len(upload_id) <= _MAX_UPLOAD_ID:
        raise UploadMalformed(
            f"a part with a Content-Range needs an X-Unique-Upload-Id of 1 to {_MAX_UPLOAD_ID} characters",
            code="invalid_upload_id",
        )
    return upload_id
