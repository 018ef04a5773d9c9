"""The `file` of an upload as people send it: the picture itself, base64, a data URI, or where it lies."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from origin.hosting.intake import Sink
from origin.hosting.intake_errors import SourceRefused, UploadMalformed
from transforms.errors import printable

_SNIFFED_BYTES = 64
_MAX_URL_BYTES = 8192
_MAX_HEAD_BYTES = 1024
_URL = re.compile(rb"\s*(https?|ftps?|s3|gs)://", re.IGNORECASE)
_DATA = re.compile(rb"\s*data:", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_\s=-]*", re.ASCII)
_SPLIT_ESCAPE = re.compile(rb"%[0-9A-Fa-f]?\Z")
_SPACE = b" \t\r\n"
_OFFERED = ("http", "https")


class TextFile:
    """A `file` that came as a field without a file name. `url` is where it lies, if that is what it said."""

    def __init__(self, sink: Sink) -> None:
        self.url = ""
        self._sink = sink
        self._held = b""
        self._kind = ""

    async def write(self, piece: bytes) -> None:
        """Take more. Raises what the sink raises, UploadMalformed and SourceRefused."""
        self._held += piece
        if not self._kind and len(self._held) >= _SNIFFED_BYTES:
            self._kind = _kind(self._held)
        if self._kind == "url" and len(self._held) > _MAX_URL_BYTES:
            raise UploadMalformed("the address of the file is too long", parameter="file")
        if self._kind == "data" and not self._pass_head():
            return
        await self._drain(last=False)

    async def finish(self) -> None:
        """There is no more. Raises as `write` does."""
        self._kind = self._kind or _kind(self._held)
        if self._kind == "url":
            self.url = _address(self._held)
            return
        if self._kind == "data" and not self._pass_head():
            raise _no_comma()
        await self._drain(last=True)

    def _pass_head(self) -> bool:
        """Whether the head of a data URI (RFC 2397) is over; what it says the type is counts for nothing."""
        head, comma, rest = self._held.partition(b",")
        if not comma:
            if len(head) > _MAX_HEAD_BYTES:
                raise _no_comma()
            return False
        self._kind = "base64" if head.rstrip().lower().endswith(b";base64") else "percent"
        self._held = rest
        return True

    async def _drain(self, *, last: bool) -> None:
        if self._kind == "raw":
            data, self._held = self._held, b""
        elif self._kind == "base64":
            data, self._held = _from_base64(self._held, last=last)
        elif self._kind == "percent":
            split = None if last else _SPLIT_ESCAPE.search(self._held)
            cut = split.start() if split else len(self._held)
            data, self._held = unquote_to_bytes(self._held[:cut]), self._held[cut:]
        else:
            return
        if data:
            await self._sink.write(data)


def _no_comma() -> UploadMalformed:
    return UploadMalformed("file: the data URI has no comma", code="invalid_data_uri", parameter="file")


def _kind(start: bytes) -> str:
    if _URL.match(start):
        return "url"
    if _DATA.match(start):
        return "data"
    return "base64" if _BASE64.fullmatch(start[:_SNIFFED_BYTES]) else "raw"


def _address(text: bytes) -> str:
    try:
        url = text.decode().strip()
    except UnicodeDecodeError as error:
        raise UploadMalformed("file: the address is not UTF-8 text", parameter="file") from error
    scheme = url.partition("://")[0].lower()
    if scheme not in _OFFERED:
        raise SourceRefused(f"file: {printable(scheme)} addresses are not fetched here; http and https are")
    return url


def _from_base64(text: bytes, *, last: bool) -> tuple[bytes, bytes]:
    """The bytes of all whole groups of four, and what is left over. Takes both alphabets, padded or not."""
    text = text.translate(None, _SPACE).replace(b"-", b"+").replace(b"_", b"/")
    if last:
        text = text.rstrip(b"=")
        text += b"=" * (-len(text) % 4)
    whole = len(text) - len(text) % 4
    # Padding may only come at the very end, which nobody knows yet.
    whole = whole if last else max(0, whole - 4)
    try:
        return base64.b64decode(text[:whole], validate=True), text[whole:]
    except (binascii.Error, ValueError) as error:
        raise UploadMalformed("file: not base64", code="invalid_base64", parameter="file") from error
