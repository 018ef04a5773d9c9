"""One line of a list of pictures: what a CSV or JSON Lines file says of one, and what an export writes.

JSON Lines (jsonlines.org) has an object on each line, with the names below. CSV (RFC 4180) has them in its
first line; there tags are divided by commas, and context and metadata are written `key=value|other=value`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.model import OWNER, AccessMode, HostedAsset
from proxy.hosting.cloudinary.reading import read_pairs
from proxy.hosting.params import Params
from proxy.rest.asking import Context, Metadata, Part, Tags
from proxy.rest.shapes import Name

LISTS = (".csv", ".jsonl", ".ndjson")
"""How the names of lists end."""
MANIFEST = "manifest.jsonl"
"""The list that an export writes beside its pictures."""


class ListUnreadable(Exception):
    """A list that is none from its first line on; the message says why."""


def _tags(given: Any) -> Any:
    return [tag.strip() for tag in given.split(",") if tag.strip()] if isinstance(given, str) else given


def _pairs(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return read_pairs(Params({"pairs": given}), "pairs")
    except UploadMalformed as error:
        raise ValueError(str(error).removeprefix("pairs: ")) from error


def _numbers(given: Any) -> Any:
    return [part.strip() for part in given.split(",")] if isinstance(given, str) else given


class Line(BaseModel):
    """What is said of one picture. Only `file` is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[str, Field(min_length=1, max_length=4096)]
    """Where its bytes are: beside the list, `/an/absolute/path`, `s3://bucket/key` or `https://…`."""
    public_id: Name | None = None
    """Where nothing is said: the file's path without its extension."""
    owner: Annotated[str, Field(pattern=OWNER)] | None = None
    asset_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    version: Annotated[int, Field(ge=1, lt=1 << 53)] | None = None
    created_at: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Epoch seconds."""
    tags: Annotated[Tags, BeforeValidator(_tags)] | None = None
    context: Annotated[Context, BeforeValidator(_pairs)] | None = None
    metadata: Annotated[Metadata, BeforeValidator(_pairs)] | None = None
    coordinates: Annotated[Part, BeforeValidator(_numbers)] | None = None
    """The part that `g_custom` keeps: left, top, width, height in pixels."""
    access_mode: AccessMode | None = None
    state: Literal["live", "held"] | None = None
    """`held`: shown to nobody until somebody approves of it."""
    original_filename: Name | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Other bytes than these are refused."""
    bytes: int | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    """These four are told by an export; the picture itself says them."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line of a list and which one it is, or what is wrong with it."""

    number: int
    line: Line | None
    fault: str = ""


def read_lines(name: str, text: str) -> Iterator[Numbered]:
    """The lines of a list, whose name tells how it is written. Raises ListUnreadable."""
    found = _rows_of_csv(text) if name.lower().endswith(".csv") else _objects(text)
    for number, told in found:
        if isinstance(told, str):
            yield Numbered(number, None, told)
            continue
        try:
            yield Numbered(number, Line.model_validate(told))
        except ValidationError as error:
            yield Numbered(number, None, _fault(error))


def line_of(asset: HostedAsset, file: str) -> Line:
    """What an export says of a picture that lies in `file`."""
    info = asset.summary.info
    return Line(
        file=file,
        public_id=asset.public_id,
        owner=asset.owner,
        asset_id=asset.asset_id,
        version=asset.version,
        created_at=asset.created_at,
        tags=asset.tags,
        context=dict(asset.context),
        metadata=dict(asset.fields),
        coordinates=asset.coordinates,
        access_mode=asset.access_mode,
        state="held" if asset.state == "held" else "live",
        original_filename=asset.original_filename,
        sha256=asset.blob.content_hash,
        bytes=asset.blob.size,
        format=info.format,
        width=info.width,
        height=info.height,
    )


def written(line: Line) -> str:
    """A line as JSON, without what it does not say."""
    return json.dumps(line.model_dump(mode="json", exclude_none=True), ensure_ascii=False) + "\n"


def _objects(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    # Not splitlines: what a picture says of itself may have other line breaks in it.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "it is not JSON"
            continue
        yield number, told if isinstance(told, dict) else "expected a JSON object"


def _rows_of_csv(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if "file" not in names or len(set(names)) < len(names) or not set(names) <= set(Line.model_fields):
            raise ListUnreadable(
                "expected a first line with the names of columns: file and, once each, some of "
                f"{', '.join(name for name in Line.model_fields if name != 'file')}; "
                f"got {', '.join(names)[:200] or 'nothing'}"
            )
        for row in reader:
            if not any(row):
                continue
            if len(row) != len(names):
                yield reader.line_num, f"expected {len(names)} columns, got {len(row)}"
                continue
            yield reader.line_num, {name: cell for name, cell in zip(names, row, strict=True) if cell.strip()}
    except csv.Error as error:
        yield reader.line_num, f"it is not CSV: {error}"


def _fault(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = f"there is no such name; expected some of {', '.join(Line.model_fields)}"
    return f"{place}: {message}"
