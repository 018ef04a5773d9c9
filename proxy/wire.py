"""The frames between the server and a render worker.

A frame is twelve bytes of lengths, a head and a body. Down to the worker the head is a pickle of what to do
and the body is the original. Up from the worker the head is JSON, the body is the picture, and **nothing is
believed**: a worker whose codec was taken over must not own the server. So there is no pickle that way,
each length has a limit, and each field is checked for its type before it becomes one of our values.
"""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, NoReturn

from proxy.wire_checks import (
    INFO_CHECKS,
    SUMMARY_CHECKS,
    clean,
    is_format,
    is_integer,
    is_layers,
    is_mapping,
    is_notes,
    is_rows,
    is_text,
    is_timings,
    or_none,
)
from transforms import errors
from transforms.actions.base import Rows
from transforms.errors import TransformError
from transforms.frame import ImageInfo
from transforms.rendition import Rendition
from transforms.summary import Summary

MAX_HEAD_BYTES = 1 << 20
"""Of a worker's answer; the longest true one lists the delays of a long animation."""
MAX_BODY_BYTES = 256 << 20
"""Of a worker's answer: 40 million pixels of 16-bit RGB stored plainly is less."""
PREFIX_BYTES = 12
BEGUN = b"\x06"
"""What a worker says when it has all of a request, before it looks at it. A worker that dies before has not
been harmed by the job; one that dies after may have been."""

_PREFIX = struct.Struct("!IQ")


class WireError(ValueError):
    """What came up from the worker is not an answer."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What the server sends a worker before anything else."""

    server_pid: int
    niceness: int
    address_space_bytes: int
    readable: tuple[str, ...] = ()
    """Files and folders that jobs read beside libraries: fonts."""
    blocked: frozenset[str] = frozenset()
    """Formats that it must not decode."""
    strict: bool = False
    """Whether it must not begin without every layer of the sandbox."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A job's argument where its body holds several originals: the recipe's own, then those of its layers."""

    argument: object
    layers: tuple[tuple[str, int], ...]
    """Content hash and length in bytes of each, in the order of the body."""

    @staticmethod
    def packed(argument: object, data: bytes, sources: Mapping[str, bytes]) -> tuple[object, bytes]:
        """The argument and the body of a job; without `sources` the body is the original itself, uncopied."""
        if not sources:
            return argument, data
        layers = tuple((content_hash, len(layer)) for content_hash, layer in sources.items())
        return Sourced(argument, layers), b"".join((data, *sources.values()))

    def apart(self, body: bytes) -> tuple[bytes, dict[str, bytes]]:
        """The recipe's own original, and the others by content hash."""
        at = len(body) - sum(length for _, length in self.layers)
        own, found = body[:at], {}
        for content_hash, length in self.layers:
            found[content_hash] = body[at : at + length]
            at += length
        return own, found


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has loaded its libraries and taken its limits."""

    confined: tuple[str, ...] = ()
    """The layers of the sandbox that hold: `rlimits`, `landlock:7`, `seccomp`."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in a picture: rows of numbers, as `transforms.looks` answers them."""

    rows: Rows


@dataclass(frozen=True, slots=True)
class Failure:
    """A job ended in an exception nobody foresaw."""

    traceback: str


Answer = Ready | Failure | Rendition | ImageInfo | Looked | Summary | TransformError
Json = dict[str, Any]

REFUSALS: Mapping[str, type[TransformError]] = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, TransformError)
}


def prefix(head: bytes, body: bytes) -> bytes:
    return _PREFIX.pack(len(head), len(body))


def lengths(data: bytes | bytearray) -> tuple[int, int]:
    """Bytes of the head and of the body, as a prefix says."""
    head_length, body_length = _PREFIX.unpack(data)
    return head_length, body_length


def checked_lengths(data: bytes | bytearray) -> tuple[int, int]:
    """`lengths` of an answer; WireError past `MAX_HEAD_BYTES` or `MAX_BODY_BYTES`."""
    head_length, body_length = lengths(data)
    if head_length > MAX_HEAD_BYTES or body_length > MAX_BODY_BYTES:
        raise WireError(f"an answer of {head_length} + {body_length} bytes")
    return head_length, body_length


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next frame from the server, or None when it has closed the connection."""
    start = stream.read(PREFIX_BYTES)
    if len(start) < PREFIX_BYTES:
        return None
    head_length, body_length = lengths(start)
    head, body = stream.read(head_length), stream.read(body_length)
    return (head, body) if (len(head), len(body)) == (head_length, body_length) else None


def encode_request(job: str, argument: object) -> bytes:
    """The head of a request: which entry of the worker's table to call, and with what besides the body."""
    return pickle.dumps((job, argument), protocol=pickle.HIGHEST_PROTOCOL)


def decode_request(head: bytes) -> tuple[str, Any]:
    """What `encode_request` wrote. In the worker only: the server never unpickles."""
    job, argument = pickle.loads(head)
    return job, argument


def encode_answer(answer: Answer) -> tuple[bytes, bytes]:
    """Head and body of an answer."""
    body = b""
    match answer:
        case Ready():
            told: Json = {"kind": "ready", "confined": answer.confined}
        case Rendition():
            body = answer.body
            told = {
                "kind": "rendition",
                "format": answer.format,
                "width": answer.width,
                "height": answer.height,
            }
            told |= {"pages": answer.pages, "timings": dict(answer.timings), "notes": answer.notes}
        case ImageInfo():
            told = {"kind": "info", **asdict(answer)}
        case Looked():
            told = {"kind": "looked", "rows": answer.rows}
        case Summary():
            told = {"kind": "summary", **asdict(answer)}
        case TransformError():
            told = {"kind": "refusal", "class": _known_class(type(answer)), "message": answer.message}
            told |= {"code": answer.code, "parameter": answer.parameter, "nearest": answer.nearest}
            told |= {"position": answer.position, "component": answer.component}
        case Failure():
            told = {"kind": "failure", "traceback": answer.traceback}
    return json.dumps(told).encode(), body


def _known_class(error: type[TransformError]) -> str:
    """The nearest class both sides know by name, so that a codec may refine its errors in private."""
    return next(base.__name__ for base in error.__mro__ if REFUSALS.get(base.__name__) is base)


def decode_answer(head: bytes, body: bytes) -> Answer:
    """The answer in a frame from the worker; WireError if anything about it is off."""
    try:
        told = json.loads(head, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("an answer that is not JSON") from error
    kind = told.get("kind") if isinstance(told, dict) else None
    decode = _DECODERS.get(kind) if isinstance(kind, str) else None
    if decode is None:
        raise WireError("an answer of an unknown kind")
    if body and kind != "rendition":
        raise WireError("an answer with a body it should not have")
    return decode(told, body)


def _refuse_constant(name: str) -> NoReturn:
    raise WireError(f"{name} in an answer")


def _decode_ready(told: Json, body: bytes) -> Ready:
    return Ready(tuple(_field(told, "confined", is_layers)))


def _decode_rendition(told: Json, body: bytes) -> Rendition:
    if not body:
        raise WireError("a rendition without a body")
    timings = _field(told, "timings", is_timings)
    return Rendition(
        body=body,
        format=_field(told, "format", is_format),
        width=_field(told, "width", is_integer),
        height=_field(told, "height", is_integer),
        pages=_field(told, "pages", is_integer),
        timings={name: float(value) for name, value in timings.items()},
        notes=tuple((name, value) for name, value in _field(told, "notes", is_notes)),
    )


def _decode_info(told: Json, body: bytes) -> ImageInfo:
    return _info(told)


def _info(told: Json) -> ImageInfo:
    values = {name: _field(told, name, check) for name, check in INFO_CHECKS.items()}
    return ImageInfo(**(values | {"delays": tuple(values["delays"])}))


def _decode_summary(told: Json, body: bytes) -> Summary:
    values = {name: _field(told, name, check) for name, check in SUMMARY_CHECKS.items()}
    exif = {clean(name): clean(value) for name, value in values["exif"].items()}
    return Summary(**(values | {"exif": exif, "info": _info(_field(told, "info", is_mapping))}))


def _decode_looked(told: Json, body: bytes) -> Looked:
    rows = _field(told, "rows", is_rows)
    return Looked(tuple(tuple(map(float, row)) for row in rows))


def _decode_refusal(told: Json, body: bytes) -> TransformError:
    error = REFUSALS[_field(told, "class", lambda value: isinstance(value, str) and value in REFUSALS)]
    return error(
        clean(_field(told, "message", is_text)),
        code=clean(_field(told, "code", is_text)),
        parameter=clean(_field(told, "parameter", or_none(is_text))),
        nearest=clean(_field(told, "nearest", or_none(is_text))),
        position=_field(told, "position", or_none(is_integer)),
        component=_field(told, "component", or_none(is_integer)),
    )


def _decode_failure(told: Json, body: bytes) -> Failure:
    return Failure(_field(told, "traceback", is_text))


_DECODERS: Mapping[str, Callable[[Json, bytes], Answer]] = {
    "ready": _decode_ready,
    "rendition": _decode_rendition,
    "info": _decode_info,
    "looked": _decode_looked,
    "summary": _decode_summary,
    "refusal": _decode_refusal,
    "failure": _decode_failure,
}


def _field(told: Json, name: str, check: Callable[[Any], bool]) -> Any:
    value = told.get(name)
    if not check(value):
        raise WireError(f"an answer whose {name} is off")
    return value
