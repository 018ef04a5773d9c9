"""A form as it is read: fields are collected, the file goes where files go."""

from __future__ import annotations

from dataclasses import dataclass

from origin.hosting.intake import Sink
from origin.hosting.intake_errors import UploadMalformed, UploadTooLarge
from origin.hosting.received import Received
from proxy.hosting.multipart import Event, Field
from proxy.hosting.params import MAX_FIELD_BYTES, Builder, Params
from proxy.hosting.sources import TextFile
from transforms.errors import printable

FILE_FIELDS = ("file", "image", "url")
"""What the picture may be called."""


@dataclass(frozen=True, slots=True)
class Read:
    """A body read to its end: the file as bytes, or where it lies."""

    params: Params
    received: Received | None = None
    url: str = ""


class FormReader:
    """A form as it is read: fields are collected, the file goes to the sink."""

    def __init__(self, sink: Sink | None) -> None:
        self._sink = sink
        self._builder = Builder()
        self._name = ""
        self._value = bytearray()
        self._file: str | None = None
        """The name of the file, once there is one; empty where it came without."""
        self._text: TextFile | None = None
        self._in_file = False

    async def take(self, event: Event) -> None:
        if isinstance(event, Field):
            self._begin(event)
        elif event is None:
            await self._end()
        elif not self._in_file:
            self._value += event
            if len(self._value) > MAX_FIELD_BYTES:
                raise UploadTooLarge(
                    f"the field {printable(self._name)!r} has more than {MAX_FIELD_BYTES:,} bytes",
                    code="field_too_large",
                    parameter=printable(self._name),
                )
        elif self._text is not None:
            await self._text.write(event)
        elif self._sink is not None:
            await self._sink.write(event)

    def _begin(self, field: Field) -> None:
        self._name, self._value = field.name, bytearray()
        self._in_file = field.name in FILE_FIELDS and self._sink is not None
        if field.filename is not None and not self._in_file:
            raise UploadMalformed(
                f"expected the file as {FILE_FIELDS[0]!r}, got one as {printable(field.name)!r}",
                code="unexpected_file",
                parameter=printable(field.name),
            )
        if self._in_file:
            if self._file is not None or self._sink is None:
                raise UploadMalformed("there is more than one file", code="several_files", parameter="file")
            self._file = field.filename or ""
            self._text = TextFile(self._sink) if field.filename is None else None

    async def _end(self) -> None:
        if self._in_file:
            if self._text is not None:
                await self._text.finish()
            return
        try:
            self._builder.add(self._name, self._value.decode())
        except UnicodeDecodeError as error:
            name = printable(self._name)
            raise UploadMalformed(
                f"the field {name!r} is not UTF-8 text", code="invalid_parameter", parameter=name
            ) from error

    async def read(self) -> Read:
        """All of it, once it has ended."""
        params = self._builder.params()
        if self._file is None or self._sink is None:
            return Read(params)
        url = self._text.url if self._text is not None else ""
        if url or not self._sink.size:
            return Read(params, url=url)
        return Read(params, await self._sink.finish(self._file or None))
