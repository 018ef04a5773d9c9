"""Requests so plain that their bytes can be known again: one line, some fields, and nothing that changes an
answer beside what the client takes and has.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from proxy.client import accepted_formats
from proxy.heads import is_host

_KNOWN_FIELDS = 1024
_KNOWN_REQUESTS = 4096
_LONGEST_KNOWN = 1024
_LONGEST_LINE = 512
_LONGEST_FIELDS = 4096
_MOST_FIELDS = 64
_END = b"\r\n\r\n"

# Fields as RFC 9112 writes them, in visible ASCII; whatever else the parser forgives, it is asked to.
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([ -~\t]*)\r\n")
_FIELDS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[ -~\t]*\r\n)+\r\n")
_ETAG = re.compile(r'(?:W/)?("[!#-~]*")')
_READ = frozenset((b"host", b"accept", b"connection", b"if-none-match", b"if-modified-since"))
# What may have a request answered otherwise, or not at all.
_ODD = frozenset(
    (
        *(b"content-length", b"content-encoding", b"transfer-encoding", b"trailer", b"te", b"expect"),
        *(b"upgrade", b"http2-settings", b"range", b"if-range", b"if-match", b"if-unmodified-since"),
        *(b"dpr", b"width", b"sec-ch-dpr", b"sec-ch-width"),
    )
)


class Said(NamedTuple):
    """What the fields of a plain request say."""

    formats: tuple[str, ...]
    """What it takes, as `accepted_formats` has it."""
    etag: str
    """Of the copy that the client has; empty quotes for none."""


Key = tuple[bytes, tuple[str, ...]]
"""What an answer is known by: the first line, and the formats that the client takes."""


class Asked(NamedTuple):
    """A plain request."""

    key: Key
    etag: str

    @property
    def line(self) -> bytes:
        """Its first line."""
        return self.key[0]


class PlainReader:
    """Reads each set of fields once; `preferred` orders the formats that clients want alike."""

    def __init__(self, *, preferred: tuple[str, ...]) -> None:
        self._preferred = preferred
        self._said: dict[bytes, Said | None] = {}
        # Most clients send the same bytes for the same picture; then they need not even be parted.
        self._asked: dict[bytes, Asked] = {}

    def read(self, data: bytes) -> Asked | None:
        """The request that these bytes are, whole and alone; None for anything odd."""
        return self._asked.get(data) or self._read(data)

    def _read(self, data: bytes) -> Asked | None:
        line, _, fields = data.partition(b"\r\n")
        if not fields.endswith(_END) or len(line) > _LONGEST_LINE:
            return None
        try:
            said = self._said[fields]
        except KeyError:
            said = self._read_fields(fields)
        if said is None:
            return None
        asked = Asked((line, said.formats), said.etag)
        if len(data) <= _LONGEST_KNOWN:
            if len(self._asked) >= _KNOWN_REQUESTS:
                self._asked.clear()
            self._asked[data] = asked
        return asked

    def _read_fields(self, text: bytes) -> Said | None:
        if len(text) > _LONGEST_FIELDS:
            return None
        said = self._what_fields_say(text) if _FIELDS.fullmatch(text) else None
        if len(self._said) >= _KNOWN_FIELDS:
            self._said.clear()
        self._said[text] = said
        return said

    def _what_fields_say(self, text: bytes) -> Said | None:
        pairs = [(name.lower(), value) for name, value in _FIELD.findall(text)]
        read = [pair for pair in pairs if pair[0] in _READ]
        fields = dict(read)
        if len(pairs) > _MOST_FIELDS or len(fields) < len(read) or not _ODD.isdisjoint(n for n, _ in pairs):
            return None
        told = {name: value.decode().strip(" \t") for name, value in fields.items()}
        etag = _ETAG.fullmatch(told.get(b"if-none-match", '""'))
        if (
            not is_host(told.get(b"host", ""))
            or told.get(b"connection", "keep-alive").lower() != "keep-alive"
            or etag is None
            or (b"if-modified-since" in told and b"if-none-match" not in told)
        ):
            return None
        return Said(accepted_formats(told.get(b"accept", ""), self._preferred), etag[1])
