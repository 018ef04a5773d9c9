"""What requests about pictures say: their queries and bodies."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from origin.hosting.model import AccessMode, AssetState
from origin.hosting.similar import MOST_DISTANT
from proxy.hosting.options import UploadOptions, read_size
from proxy.rest.shapes import (
    DIGITS,
    MOST_CHARACTERS,
    MOST_PAIRS,
    MOST_TAGS,
    Body,
    Name,
    Paged,
    Query,
    Text,
    unsaid,
)

MOST_DELETED = 500
"""By one call that names them."""


def _scalar(given: Any) -> Any:
    """One check in place of a union, which would tell of every type that it is not."""
    is_text = isinstance(given, str) and len(given) <= MOST_CHARACTERS and "\0" not in given
    is_number = isinstance(given, int | float) and abs(given) <= _LARGEST
    if not (is_text or is_number):
        raise ValueError(f"expected a text of at most {MOST_CHARACTERS} characters, a number, true or false")
    return given


_LARGEST = 2**53
"""The largest number that every reader of JSON has exactly (RFC 8259, section 6)."""
_SCALARS: dict[str, Any] = {"type": ["string", "number", "boolean"]}
Scalar = Annotated[Any, PlainValidator(_scalar), WithJsonSchema(_SCALARS)]
Merged = Annotated[
    Any,
    PlainValidator(lambda given: None if given is None else _scalar(given)),
    WithJsonSchema({"type": [*_SCALARS["type"], "null"]}),
]


BARRED = ("eager",)
"""Lists of an upload whose items have commas, so that forms have `|` between."""


def _listed(given: Any) -> Any:
    """A list; in a form also a text with commas between, or a JSON list."""
    if not isinstance(given, str):
        return given
    if given.startswith("["):
        return _parsed(given)
    return [item.strip() for item in given.split(",") if item.strip()]


def _sizes(given: Any) -> Any:
    """Transformations have commas: in a form they stand in a JSON list, or with `|` between."""
    if isinstance(given, str) and not given.startswith("["):
        return [item.strip() for item in given.split("|") if item.strip()]
    return _parsed(given)


def _parsed(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise ValueError("expected JSON") from error


def _numbers(given: Any) -> Any:
    """Four numbers; in a form with commas between."""
    if isinstance(given, str):
        return [part.strip() for part in given.strip("[] ").split(",")]
    return given


Tags = Annotated[tuple[Name, ...], Field(max_length=MOST_TAGS)]
Context = Annotated[dict[Name, Text], Field(max_length=MOST_PAIRS)]
Metadata = Annotated[dict[Name, Scalar], Field(max_length=MOST_PAIRS)]
_Pixels = Annotated[float, Field(ge=0, le=1_000_000)]
_Side = Annotated[float, Field(gt=0, le=1_000_000)]
Part = tuple[_Pixels, _Pixels, _Side, _Side]
Address = Annotated[str, Field(pattern=r"^https?://[^/\s\x00][^\s\x00]*$", max_length=2048)]


class UploadAsked(Body):
    """The fields of an upload beside the file: of the form, of the JSON object, or of the query."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    public_id: Name | None = Field(None, description="Under which it is to be found; random without.")
    folder: Name | None = Field(None, description="Put before the public id, with a slash between.")
    use_filename: bool | None = Field(None, description="Make the public id of the file's name.")
    unique_filename: bool | None = Field(None, description="Add random characters to that name.")
    overwrite: bool | None = Field(
        None, description="Replace another picture of that public id; without it: yes with a key, else no."
    )
    filename: Name | None = Field(None, description="What the file is called, where its part does not say.")
    tags: Annotated[Tags, BeforeValidator(_listed)] = ()
    context: Annotated[Context, BeforeValidator(_parsed)] = Field(
        default_factory=dict, description="Texts by key; in a form a JSON object."
    )
    metadata: Annotated[Metadata, BeforeValidator(_parsed)] = Field(
        default_factory=dict, description="Texts, numbers, yes or no by field; in a form a JSON object."
    )
    coordinates: Annotated[Part | None, BeforeValidator(_numbers)] = Field(
        None, description="The part that `g_custom` keeps: left, top, width, height in pixels."
    )
    access_mode: AccessMode | None = None
    moderation: Literal["manual"] | None = Field(
        None, description="Show it to nobody until its `state` is set `live`."
    )
    eager: Annotated[tuple[Name, ...], Field(max_length=100), BeforeValidator(_sizes)] = Field(
        (), description="Renditions to be made at once, beside the standard ones: `c_fill,h_300,w_400/webp`."
    )
    transformation: Text | None = Field(None, description="Done before it is kept.")
    format: Name | None = Field(None, description="Kept in this format, whatever was sent.")
    allowed_formats: Annotated[tuple[Name, ...], Field(max_length=50), BeforeValidator(_listed)] = ()
    notification_url: Address | None = Field(None, description="Told once it is stored.")
    eager_notification_url: Address | None = Field(None, description="Told once renditions are made.")
    delete_token: bool | None = Field(
        None, description="Answer a token that deletes it again: yes, unless it says no."
    )
    upload_preset: Name | None = Field(None, description="The upload preset that fills in the rest.")

    def options(self) -> UploadOptions:
        """The same as an upload asks for it."""
        return UploadOptions(
            preset=self.upload_preset,
            public_id=self.public_id,
            folder=self.folder,
            use_filename=self.use_filename,
            unique_filename=self.unique_filename,
            overwrite=self.overwrite,
            tags=self.tags,
            context=self.context,
            fields=self.metadata,
            coordinates=self.coordinates,
            access_mode=self.access_mode,
            moderation=self.moderation,
            eager=tuple(read_size(text) for text in self.eager),
            transformation=self.transformation,
            format=self.format,
            allowed_formats=self.allowed_formats,
            notification_url=self.notification_url,
            eager_notification_url=self.eager_notification_url,
            delete_token=True if self.delete_token is None else self.delete_token,
        )


class ImagesAsked(Paged):
    """Which pictures are listed."""

    prefix: Name | None = Field(None, description="How their public ids begin; listed by those ids.")
    tag: Name | None = None
    album: Name | None = Field(None, description="The id or name of an album; listed as they lie there.")
    similar_to: Name | None = Field(
        None, description="A public id: pictures that look like it, the likest first. One page, no cursor."
    )
    distance: Annotated[int, Field(ge=0, le=MOST_DISTANT), DIGITS] | None = Field(
        None,
        description=f"With `similar_to`: how many bits may differ, 0 to {MOST_DISTANT}; 7 without.",
    )
    state: AssetState | None = Field(None, description="Without it: live and held ones.")
    order: Literal["newest", "oldest"] | None = Field(
        None, description="Of what is listed by time: all, or those of a tag. `newest` without it."
    )
    owner: Name | None = Field(None, description="Whose; keys without `admin` see their own alone.")


class ChangeAsked(Body):
    """What is to be another of a picture; what is not named stays."""

    public_id: Name = Field("", description="Its new id; the old one is 410 then.", json_schema_extra=unsaid)
    overwrite: bool = Field(False, description="Replace a picture that the new id leads to.")
    tags: Tags | None = Field((), description="All its tags.", json_schema_extra=unsaid)
    context: Annotated[dict[Name, Text | None], Field(max_length=MOST_PAIRS)] | None = Field(
        None, description="Texts by key, merged into what is there; null takes away."
    )
    metadata: Annotated[dict[Name, Merged], Field(max_length=MOST_PAIRS)] | None = Field(
        None, description="Values by field, merged into what is there; null takes away."
    )
    coordinates: Part | None = Field(None, description="The part that `g_custom` keeps; null for none.")
    access_mode: AccessMode = Field(
        "public", description="`authenticated`: only signed URLs show it.", json_schema_extra=unsaid
    )
    state: Literal["live", "held", "rejected"] = Field(
        "live",
        description="`held`: shown to nobody. `rejected`: taken down for good, with the scope `delete`.",
        json_schema_extra=unsaid,
    )


class DeletionAsked(Body):
    """Which pictures are to be deleted, said in one way."""

    public_ids: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_DELETED)] | None = None
    prefix: Name | None = Field(None, description="How their public ids begin.")
    tag: Name | None = None
    album: Name | None = Field(None, description="The id or name of an album, which itself stays.")
    all: Literal[True] | None = Field(None, description="All that you have; for `admin` keys all there are.")
    reason: Text | None = Field(None, description="Noted in the receipts.")


class TokenAsked(Body):
    """A token that deletes."""

    token: Name = Field(description="The `delete_token` that the upload answered.")


class ReceiptsAsked(Paged):
    """Which receipts are listed."""

    public_id: Name | None = Field(None, description="Of that id alone.")


class RenditionsAsked(Body):
    """Renditions that are to be made."""

    transformations: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)] = Field(
        description="Each as in a URL, and after the last slash an extension, if there is one."
    )
    notification_url: Address | None = Field(None, description="Told once they are made.")


class OwnerAsked(Query):
    """Of whom."""

    owner: Name | None = Field(None, description="Of whom; keys without `admin` see their own alone.")


class TagsAsked(Paged):
    """Which tags are listed."""

    prefix: Name | None = Field(None, description="How they begin.")
    owner: Name | None = Field(None, description="Whose; keys without `admin` see their own alone.")
