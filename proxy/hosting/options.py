"""What an upload asks for, whichever API it comes by, and the presets that fill in what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from origin.hosting.model import AccessMode, Restored
from transforms.formats import by_extension


@dataclass(frozen=True, slots=True)
class Size:
    """A rendition to be made before anybody asks for it."""

    transformation: str
    """As in a URL; empty for the original in another format."""
    format: str = ""
    """An extension; empty for the original's own format."""


def read_size(text: str) -> Size:
    """`c_fill,w_150/webp`: a transformation, and behind the last slash an extension, if there is one."""
    transformation, _, last = text.strip().strip("/").rpartition("/")
    if by_extension(last) is not None:
        return Size(transformation, last.lower())
    return Size(text.strip().strip("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """What an upload asks for; None, or empty, where it says nothing of it."""

    preset: str | None = None
    """The name of an upload preset."""
    public_id: str | None = None
    """None: of the file's name with `use_filename`, else random."""
    folder: str | None = None
    """Put before the public id, with a slash between."""
    public_id_prefix: str | None = None
    """Put between the two, with a slash as well."""
    use_filename: bool | None = None
    unique_filename: bool | None = None
    """Whether random characters follow the file's name; yes where nothing is said."""
    overwrite: bool | None = None
    """Whether another picture under that id is replaced; where nothing is said, yes with a key."""
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    coordinates: tuple[float, float, float, float] | None = None
    """The part that `g_custom` keeps: left, top, width, height in pixels."""
    access_mode: AccessMode | None = None
    moderation: Literal["manual"] | None = None
    eager: tuple[Size, ...] = ()
    """To be made beside the sizes that are made of every upload."""
    transformation: str | None = None
    """Done before it is kept: what comes of it is the original."""
    format: str | None = None
    """Kept in this format, whatever was sent."""
    allowed_formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    notification_url: str | None = None
    eager_notification_url: str | None = None
    delete_token: bool | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""
    """Of the request that has that key."""
    restored: Restored | None = None
    """What it had where it was exported."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Stored settings of uploads."""

    options: UploadOptions
    unsigned: bool = False
    owner: str = ""
    """Whose unsigned uploads are."""


_NOT_OF_PRESETS = frozenset({"preset", "public_id", "idempotency_key", "fingerprint", "restored"})


def with_preset(said: UploadOptions, preset: UploadOptions) -> UploadOptions:
    """What an upload says before what the preset says; tags, context and fields of both."""
    filled: dict[str, Any] = {}
    for each in fields(UploadOptions):
        if each.name not in _NOT_OF_PRESETS and getattr(said, each.name) in (None, (), {}):
            filled[each.name] = getattr(preset, each.name)
    return replace(
        said,
        **{
            **filled,
            "tags": tuple(dict.fromkeys((*preset.tags, *said.tags))),
            "context": {**preset.context, **said.context},
            "fields": {**preset.fields, **said.fields},
        },
    )
