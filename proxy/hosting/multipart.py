"""Forms as they come in, piece by piece: `multipart/form-data` (RFC 7578) and URL-encoded ones (WHATWG URL).

Both become the same events: a `Field`, its bytes, and None at its end.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from origin.hosting.intake_errors import EncodingNotTaken, UploadMalformed, UploadTooLarge

MAX_PARTS = 512
_MAX_BOUNDARY = 70
_MAX_HEADER_BYTES = 4096
_MAX_HEADERS = 8
_MAX_NAME_BYTES = 1024
_SPLIT_ESCAPE = re.compile(rb"%[0-9A-Fa-f]?\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """The beginning of a field. `filename` is None for one that is no file."""

    name: str
    filename: str | None = None


Event = Field | bytes | None


async def multipart_events(pieces: AsyncIterator[bytes], content_type: str) -> AsyncIterator[Event]:
    """The fields of a multipart form. Raises UploadMalformed, UploadTooLarge and what `pieces` raises."""
    parser = PushMultipartParser(
        _boundary(content_type),
        max_header_size=_MAX_HEADER_BYTES,
        max_header_count=_MAX_HEADERS,
        max_segment_count=MAX_PARTS,
    )
    try:
        async for piece in pieces:
            for event in parser.parse(piece):
                yield _field(event) if isinstance(event, MultipartSegment) else event
        parser.close()
    except ParserLimitReached as error:
        raise UploadTooLarge(
            f"the form has more than {MAX_PARTS} parts, or one with too long a head", code="too_many_fields"
        ) from error
    except MultipartError as error:
        raise UploadMalformed(f"the form does not read as multipart/form-data: {error}") from error


def _boundary(content_type: str) -> str:
    _, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if not boundary or len(boundary) > _MAX_BOUNDARY or not boundary.isascii() or not boundary.isprintable():
        raise UploadMalformed(
            f"Content-Type: expected multipart/form-data with a boundary of 1 to {_MAX_BOUNDARY} characters",
            code="invalid_boundary",
        )
    return str(boundary)


def _field(segment: MultipartSegment) -> Field:
    if (segment.content_type or "").lower().startswith("multipart/"):
        raise UploadMalformed("a part of the form is a form itself", code="nested_form")
    if segment.header("Content-Transfer-Encoding", "binary").lower() not in ("binary", "8bit", "7bit"):
        raise EncodingNotTaken("a part of the form has a Content-Transfer-Encoding")
    return Field(segment.name, segment.filename)


async def urlencoded_events(pieces: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The fields of a URL-encoded form. Raises UploadMalformed, UploadTooLarge and what `pieces` raises."""
    reader = _Urlencoded()
    async for piece in pieces:
        for event in reader.read(piece):
            yield event
    for event in reader.end():
        yield event


class _Urlencoded:
    """Where in a URL-encoded form we are: in a name, or in a value."""

    def __init__(self) -> None:
        self._rest = b""
        self._in_value = False
        self._count = 0

    def read(self, piece: bytes) -> Iterator[Event]:
        *ended, last = (self._rest + piece).split(b"&")
        for part in ended:
            self._rest = b""
            yield from self._part(part)
            yield from self._end_part()
        if self._in_value:
            yield from self._value(last)
        elif b"=" in last:
            yield from self._part(last)
        else:
            self._rest = last
            if len(last) > _MAX_NAME_BYTES:
                raise UploadMalformed("the form has a field whose name has no end")

    def end(self) -> Iterator[Event]:
        rest, self._rest = self._rest, b""
        if self._in_value:
            if rest:
                yield _decoded(rest)
            yield from self._end_part()
        elif rest:
            yield from self._part(rest)
            yield from self._end_part()

    def _part(self, text: bytes) -> Iterator[Event]:
        """A field, or the rest of its value."""
        if self._in_value:
            if text:
                yield _decoded(text)
            return
        name, _, value = text.partition(b"=")
        if not name:
            return
        self._count += 1
        if self._count > MAX_PARTS:
            raise UploadTooLarge(f"the form has more than {MAX_PARTS} fields", code="too_many_fields")
        try:
            yield Field(_decoded(name).decode())
        except UnicodeDecodeError as error:
            raise UploadMalformed(
                "the body does not read as a URL-encoded form; a picture itself is sent with its own "
                "Content-Type, such as image/jpeg"
            ) from error
        self._in_value = True
        yield from self._value(value)

    def _value(self, text: bytes) -> Iterator[Event]:
        split = _SPLIT_ESCAPE.search(text)
        self._rest = split[0] if split else b""
        text = text[: split.start()] if split else text
        if text:
            yield _decoded(text)

    def _end_part(self) -> Iterator[Event]:
        if self._in_value:
            self._in_value = False
            yield None


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
