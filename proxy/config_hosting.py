"""The `hosting` section: uploads, who may send them, and what is made of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from origin.hosting.model import OWNER
from origin.hosting.scopes import DEFAULT_SCOPES, Scope
from origin.hosting.sealing import KEY_EXPECTED, sealing_key
from proxy.config_mounts import FilesystemStorage, StorageChoice
from proxy.config_render import Loader
from proxy.config_types import Bytes, PositiveCount, PositiveSeconds, Seconds, Section, Told

Owner = Annotated[str, Field(pattern=OWNER)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
EagerFormat = Literal["original", "jpg", "png", "webp", "avif", "gif", "jxl"]
DAY = 86_400.0


def _folder(text: str) -> str:
    segments = text.strip("/").split("/") if text.strip("/") else []
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError("Expected a folder such as press/2026, without empty segments, . or ..")
    return "/".join(segments)


class HostingKey(Section):
    """Somebody who may use the upload and admin APIs: `api_key` and `api_secret` of Cloudinary's SDKs."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    """What it is called; it goes over the wire in the open."""
    secret: SecretStr = SecretStr("")
    """Its secret: signs uploads, and is the password of HTTP Basic or the Bearer token of our own API."""
    secret_file: Path | None = None
    """A file that holds the secret, instead of `secret`; white space around it does not count."""
    owner: Owner = "main"
    """Whose the pictures are that come with it."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = DEFAULT_SCOPES
    """What it may do: `read` (look at and list), `upload` (and change), `delete`, `admin` (all of it, and for
    every owner)."""

    @model_validator(mode="after")
    def _one_secret(self) -> HostingKey:
        if bool(self.secret.get_secret_value()) == (self.secret_file is not None):
            raise Told(f"Expected one of secret and secret_file for the key {self.key}")
        return self


class UploadPreset(Section):
    """Stored settings of uploads, named by `upload_preset`. What an upload says itself goes before them."""

    unsigned: bool = False
    """Let anybody upload with it, without a key: the preset then says whose the pictures are."""
    owner: Owner | None = None
    """Whose unsigned uploads are. Empty: the owner of the first of `hosting.keys`, else `main`."""
    folder: Annotated[str, AfterValidator(_folder)] = ""
    """Put before public ids: `press/2026`."""
    public_id_prefix: str = ""
    """Put before the last part of public ids."""
    tags: tuple[str, ...] = ()
    """Added to every picture."""
    context: dict[str, str] = Field(default_factory=dict)
    """Keys and values added to every picture."""
    eager: tuple[str, ...] = ()
    """Transformations made at once, beside `hosting.eager`."""
    transformation: str = ""
    """Done to the picture before it is kept: what comes of it is the original."""
    format: EagerFormat | None = None
    """Kept in this format, whatever was sent."""
    allowed_formats: tuple[Loader, ...] = ()
    """Only these. Empty: `hosting.allowed_formats`."""
    overwrite: bool | None = None
    """Whether a public id that exists already is replaced. Empty: yes with a key, no without."""
    use_filename: bool = False
    """Make public ids of file names."""
    unique_filename: bool = True
    """Add random characters to those."""
    access_mode: Literal["public", "authenticated"] = "public"
    """`authenticated`: only signed URLs show it."""
    moderation: Literal["manual"] | None = None
    """`manual`: it is held, and shown to nobody, until somebody approves of it."""
    max_bytes: Bytes | None = None
    """A larger upload is answered 413. Empty: `hosting.max_upload_bytes`."""
    return_delete_token: bool = False
    """Answer a token that deletes the picture again, as in `delete_token_seconds`."""
    notification_url: str = ""
    """Told of every upload with it."""


class EagerSize(Section):
    """A size that is made of every upload."""

    transformation: Annotated[str, Field(min_length=1)]
    """As in a URL: `c_fill,h_150,w_150`."""
    formats: Annotated[tuple[EagerFormat, ...], Field(min_length=1)] = ("original", "webp")
    """In which formats; `original` is the upload's own."""


def _sized(given: Any) -> Any:
    """Text alone is a transformation."""
    if not isinstance(given, dict):
        return given
    return {name: {"transformation": size} if isinstance(size, str) else size for name, size in given.items()}


SIZES = {
    "thumbnail": EagerSize(transformation="c_fill,g_auto,h_150,w_150"),
    "small": EagerSize(transformation="c_limit,h_320,w_320"),
    "medium": EagerSize(transformation="c_limit,h_800,w_800"),
    "large": EagerSize(transformation="c_limit,h_1600,w_1600"),
}


Event = Literal["upload", "eager", "approved", "rejected", "deleted"]
Sight = Literal["palette", "faces"]


class Scan(Section):
    """A virus scanner, clamd, that sees every upload once it is answered. Off without `host` and `socket`."""

    host: str = ""
    """Where it listens."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 3310
    """On which port."""
    socket: Path | None = None
    """Its Unix socket, instead of `host`."""
    timeout_seconds: PositiveSeconds = 60
    """How long one scan may take before it is tried again."""

    @property
    def enabled(self) -> bool:
        """Whether there is one."""
        return bool(self.host) or self.socket is not None


class Moderation(Section):
    """Who is asked of every upload, by HTTP, whether it may be shown. Off without `url`.

    It gets a POST with JSON, signed as a webhook is, and answers `{"decision": "approve"}`, `reject` or
    `hold`, and a `reason`.
    """

    url: Annotated[str, Field(pattern=r"^(https?://.*)?$")] = ""
    """Its address, which may be in a private network."""
    secret: SecretStr = SecretStr("")
    """What requests are signed with."""
    hold: bool = False
    """Show uploads to nobody until it has approved of them."""
    timeout_seconds: PositiveSeconds = 30
    """How long its answer is waited for before it is asked again."""


class Webhook(Section):
    """Somebody who is told of what happens to pictures, by a POST with JSON."""

    url: Annotated[str, Field(pattern=r"^https?://.+")]
    """Where; it may be in a private network."""
    secret: SecretStr = SecretStr("")
    """What requests are signed with. Empty: they are not."""
    events: Annotated[tuple[Event, ...], Field(min_length=1)] = get_args(Event)
    """Of what: `upload`, `eager` (renditions are there), `approved`, `rejected` and `deleted`."""


class Housekeeping(Section):
    """When what is no longer needed goes."""

    staging_seconds: PositiveSeconds = DAY
    """Parts of an upload that nobody finishes, and what a crash left of one."""
    orphan_seconds: PositiveSeconds = DAY
    """Stored objects that nothing names: an upload that was not committed."""
    blob_seconds: Seconds = DAY
    """Stored objects whose last picture was deleted."""
    variant_days: PositiveCount = 90
    """Variants in the derived store, counted from when they were last written. Those that are still asked for
    are made again."""
    noncurrent_days: PositiveCount = 7
    """Where a bucket keeps versions: how long what was deleted stays in it all the same. For
    `calotype storage lifecycle`."""


def _is_sealing_key(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value() and sealing_key(secret.get_secret_value()) is None:
        raise Told(KEY_EXPECTED)
    return secret


def _distinct(keys: tuple[HostingKey, ...]) -> tuple[HostingKey, ...]:
    for name, count in Counter(key.key for key in keys).items():
        if count > 1:
            raise Told(f"Expected keys that differ, got the key {name!r} {count} times")
    return keys


class Hosting(Section):
    """Pictures that people send, under public ids of their own. Nobody can send any without a key."""

    enabled: bool = True
    """Take uploads, from whoever has a key: of `keys`, or made by `calotype keys create`. Off: the upload and
    admin APIs are not there, and nothing hosted is delivered."""
    cloud_name: Name = "calotype"
    """What Cloudinary's SDKs call their account: `/v1_1/<cloud_name>/image/upload`."""
    storage: StorageChoice = FilesystemStorage()
    """Where uploads are kept: `kind: filesystem` or `kind: s3`."""
    keys: Annotated[tuple[HostingKey, ...], Field(max_length=1000), AfterValidator(_distinct)] = ()
    """Who may upload, beside the keys in the database that `calotype keys create` makes.

    One could be:

      - key: "123456789012345"
        secret_file: /run/secrets/calotype-upload
        owner: press
        scopes: [read, upload, delete]
    """
    presets: dict[Name, UploadPreset] = Field(default_factory=dict)
    """Upload presets by name."""
    eager: Annotated[dict[Name, EagerSize], BeforeValidator(_sized)] = Field(
        default_factory=lambda: dict(SIZES)
    )
    """Sizes made of every upload, by name; text alone is a transformation."""
    until_ready: Literal["render", "placeholder", "original"] = "render"
    """What is shown for a rendition that the jobs of an upload are about to make: `render` makes it at once,
    for whoever asks; `placeholder` is a tiny picture to be stretched, `original` the upload itself. Those two
    come with the header `Calotype-Stand-In` and may be kept for five seconds."""
    max_upload_bytes: Annotated[Bytes, Field(ge=1)] = 50_000_000
    """A larger upload is answered 413. More than `origin.max_bytes` cannot be delivered."""
    memory_bytes: Bytes = 8_000_000
    """A larger upload goes to the staging folder while it comes in."""
    staging: Path | None = None
    """The folder for uploads on their way. Empty: `staging` in `data_dir`. Where several machines take the
    parts of one upload, they have to share it."""
    concurrency: PositiveCount = 32
    """Uploads taken at once, by one HTTP process; more wait."""
    queue_seconds: Seconds = 30
    """How long one waits for its turn before it is answered 503."""
    min_bytes_per_second: PositiveCount = 1000
    """An upload that comes more slowly is answered 408."""
    stall_seconds: PositiveSeconds = 10
    """How far behind that rate it may be."""
    allowed_formats: tuple[Loader, ...] = tuple(name for name in get_args(Loader) if name != "svg")
    """The formats of uploads, whatever they are said to be; any other is answered 415. SVG is not among them
    unless you add it: it is a program, and served sanitised only."""
    keep_gps: bool = False
    """Keep where a picture was taken among what its EXIF says. The file itself stays as it was sent."""
    deduplicate_across_owners: bool = True
    """Store the same bytes once, whoever sends them. Saves room; and lets one owner learn, by how long an
    upload takes, that another has that file."""
    delete_token_seconds: PositiveSeconds = 600
    """How long the delete token counts that an upload answers."""
    encryption_key: Annotated[SecretStr, AfterValidator(_is_sealing_key)] = SecretStr("")
    """What secrets in the database are encrypted under: 32 random bytes in base64 or hexadecimal, as
    `openssl rand -base64 32` makes them. Empty: made once, and kept in `hosting.key` in `data_dir`. Machines
    that share a database have to share it."""
    encryption_key_file: Path | None = None
    """A file that holds it, instead of `encryption_key`."""
    housekeeping: Housekeeping = Housekeeping()
    """When what is no longer needed goes."""
    inline_workers: Annotated[int, Field(ge=0, le=64)] = 1
    """Heavy jobs, such as eager renditions, that each HTTP process runs at once. 0: they wait for
    `calotype worker`."""
    look_for: tuple[Sight, ...] = get_args(Sight)
    """What is looked for in every upload, behind it, and told with it: the colours of its `palette`, and
    `faces`, where the extra of that name is installed."""
    scan: Scan = Scan()
    """A virus scanner."""
    moderation: Moderation = Moderation()
    """Who decides what may be shown."""
    webhooks: Annotated[tuple[Webhook, ...], Field(max_length=20)] = ()
    """Who is told of what happens to pictures."""

    @model_validator(mode="after")
    def _one_encryption_key(self) -> Hosting:
        if self.encryption_key.get_secret_value() and self.encryption_key_file is not None:
            raise Told("Expected one of encryption_key and encryption_key_file")
        return self

    @property
    def default_owner(self) -> str:
        """Whose the pictures are where nobody says: the owner of the first key, else `main`."""
        return self.keys[0].owner if self.keys else "main"
