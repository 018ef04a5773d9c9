"""A delivery URL taken apart: signature, transformation, version and public id, as received.

    /[s--SIG--/][<transformation>/][v<digits>/]<public id>[.<extension>]

Before it may stand `image/<type>/`, `<cloud>/image/<type>/` or `iu/`; `images/<public id>/<words>.<ext>`
carries words for search engines. Behind `fetch/` and `image/fetch/` an address stands for the public id, all
or part of it percent-encoded; it begins with the first segment that begins with `http:` or `https:`.

The target is cut by offset and never edited, percent-decoding happens once and at the very end, and nothing
here is longer to read than it is long.

Which segments are the transformation? Those that read as components, up to the first that does not or a
version, and never the last. A folder whose name reads as a component (`w_1200/photo.jpg`) is reached by
writing a version before it: `v1/w_1200/photo.jpg`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from origin.address import read_address
from origin.errors import InvalidAddress
from proxy.signing import is_signature
from proxy.target import MAX_BYTES, Segment, decoded, decoded_address, is_address_start, path_of, segments_of
from proxy.target import InvalidUrl as InvalidUrl
from transforms.errors import NotOffered, RecipeError, printable
from transforms.formats import by_extension
from transforms.kinds.numbers import is_digits
from transforms.parser import is_component
from transforms.recipe import Recipe

RESERVED = frozenset({"-", "api", "v1_1"})
"""First segments that are the server's own and never begin a public id."""

DELIVERY_TYPES = frozenset({"upload", "private", "authenticated", "fetch"})

_OTHER_TYPES = frozenset(
    {
        *("sprite", "multi", "list", "text", "asset", "facebook", "twitter", "twitter_name"),
        *("gravatar", "youtube", "vimeo", "hulu", "animoto", "worldstarhiphop", "dailymotion"),
        *("instagram", "instagram_name", "google_plus"),
    }
)
_TYPES = DELIVERY_TYPES | _OTHER_TYPES
_RESOURCES = frozenset({"image", "video", "raw"})
_LONGEST_VERSION = 20


@dataclass(frozen=True, slots=True)
class DeliveryUrl:
    """What a delivery URL says; only the public id is decoded, everything else is as received."""

    transformation: str
    """Its components, still percent-encoded, joined by `/`; empty without one."""
    public_id: str
    """The decoded id without `extension`; of a remote original its address, in its one spelling."""
    name: str
    """The decoded id with its extension as written."""
    extension: str | None = None
    """In lower case, when it is the extension of an image format; that of an address says nothing."""
    version: str | None = None
    """With its `v`."""
    signature: str | None = field(default=None, compare=False)
    """The characters between `s--` and `--`."""
    signed_text: str = field(default="", compare=False)
    """Everything after the signature's segment; empty without one."""
    source: str = ""
    """The public id with its extension as received, percent-encoded: what signatures cover."""
    delivery_type: str = "upload"
    cloud: str | None = None
    has_words: bool = False
    """Whether it came as `images/<public id>/<words>`."""
    signed: bool = False
    """Whether `signature` was verified. Reading verifies nothing: whoever does says so with `replace`."""

    @property
    def scope(self) -> str:
        """How the path behind the signature is to be read: our own signatures cover it too."""
        return "images" if self.has_words else self.delivery_type

    @property
    def is_remote(self) -> bool:
        """Whether it names an original by its address."""
        return self.delivery_type == "fetch"

    def canonical(self, recipe: Recipe | None = None) -> str:
        """The one path of this asset with `recipe`: without signature, cloud and words for search engines."""
        path = self._path(recipe, self.version)
        if self.version is None and not self.is_remote and not _leads_to(path, self):
            return self._path(recipe, "v1")
        return path

    def _path(self, recipe: Recipe | None, version: str | None) -> str:
        prefix = "" if self.delivery_type == "upload" else f"image/{self.delivery_type}"
        name = quote(self.name, safe="/-._~:@")
        return "/" + "/".join(part for part in (prefix, str(recipe or ""), version, name) if part)


def _leads_to(path: str, url: DeliveryUrl) -> bool:
    try:
        return read_delivery_url(path).name == url.name
    except (RecipeError, NotOffered):
        return False


def read_delivery_url(target: bytes | str, *, max_bytes: int = MAX_BYTES) -> DeliveryUrl:
    """Take a request target apart, as received: not decoded, with or without its query.

    Raises InvalidUrl, and NotOffered for what other hosts deliver and we do not.
    """
    path = path_of(target, max_bytes=max_bytes)
    segments = segments_of(path)
    if segments[0].text in RESERVED:
        raise InvalidUrl(f"/{segments[0].text}/ is not a delivery path", code="reserved_path", position=0)
    cloud, delivery_type, words, rest = _without_prefix(segments)
    if delivery_type == "fetch":
        return _remote_url(rest, path, cloud)
    signature, rest, signed_text = _without_signature(rest, path)
    transformation, version, rest = _without_transformation(rest)
    if words and len(rest) > 1:
        rest = _without_words(rest)
    return _url(
        rest,
        transformation=transformation,
        version=version,
        signature=signature,
        signed_text=signed_text,
        delivery_type=delivery_type,
        cloud=cloud,
        has_words=words,
    )


def signature_place(target: str) -> tuple[str, str]:
    """The path before the place of a signature and behind it, without the one that may stand there.

    Raises as `read_delivery_url`.
    """
    path = path_of(target)
    rest = _without_prefix(segments_of(path))[3]
    if not rest:
        raise InvalidUrl("the path names no picture", code="empty_public_id")
    start = rest[0].position
    end = start + len(rest[0].text) if is_signature(rest[0].text) else start
    return path[:start], path[end:].lstrip("/")


def _without_prefix(segments: list[Segment]) -> tuple[str | None, str, bool, list[Segment]]:
    """Cloud, delivery type, whether words for search engines follow, and the other segments."""
    names = [segment.text for segment in segments[:3]]
    if names[0] == "fetch" and len(segments) > 1:
        return None, "fetch", False, segments[1:]
    if names[0] == "iu" and len(segments) > 1:
        return None, "upload", False, segments[1:]
    if names[0] == "images" and len(segments) > 2:
        return None, "upload", True, segments[1:]
    if names[0] in _RESOURCES and len(names) > 1 and names[1] in _TYPES:
        return None, _delivery_type(names[0], names[1]), False, segments[2:]
    if len(names) > 2 and names[1] in _RESOURCES and names[2] in _TYPES and _is_cloud(names[0]):
        return names[0], _delivery_type(names[1], names[2]), False, segments[3:]
    return None, "upload", False, segments


def _is_cloud(text: str) -> bool:
    plain = text.replace("-", "").replace("_", "")
    return plain.isascii() and plain.isalnum() and not is_component(text) and not _is_version(text)


def _delivery_type(resource: str, name: str) -> str:
    if resource != "image":
        raise NotOffered(f"/{resource}/{name}/ is known, but not offered here: only /image/ is")
    if name not in DELIVERY_TYPES:
        raise NotOffered(f"/image/{name}/ is known, but not offered: use /image/upload/")
    return name


def _without_signature(segments: list[Segment], path: str) -> tuple[str | None, list[Segment], str]:
    """The signature if the first segment is one, the other segments, and the text after it."""
    for segment in segments[1:]:
        if is_signature(segment.text):
            raise _invalid_signature("a signature stands before everything it signs", segment)
    if not segments or not segments[0].text.startswith("s--"):
        return None, segments, ""
    first = segments[0]
    if not is_signature(first.text):
        raise _invalid_signature("what stands between s-- and -- is no signature", first)
    start = first.position + len(first.text)
    return first.text[3:-2], segments[1:], path[start:].lstrip("/")


def _invalid_signature(message: str, segment: Segment) -> InvalidUrl:
    return InvalidUrl(
        message, code="invalid_signature", parameter=printable(segment.text), position=segment.position
    )


def _without_transformation(segments: list[Segment]) -> tuple[str, str | None, list[Segment]]:
    count = 0
    while count < len(segments) - 1 and is_component(segments[count].text):
        count += 1
    transformation = "/".join(segment.text for segment in segments[:count])
    rest = segments[count:]
    if len(rest) > 1 and _is_version(rest[0].text):
        return transformation, rest[0].text, rest[1:]
    return transformation, None, rest


def _is_version(text: str) -> bool:
    return text.startswith("v") and is_digits(text[1:]) and len(text) <= _LONGEST_VERSION


def _url(
    segments: list[Segment],
    *,
    transformation: str,
    version: str | None,
    signature: str | None,
    signed_text: str,
    delivery_type: str,
    cloud: str | None,
    has_words: bool,
) -> DeliveryUrl:
    names = [part for segment in segments for part in decoded(segment)]
    if any(map(is_signature, names)):
        # Disguised by %2D it would be the folder of an id, and nobody would hold it against the keys.
        raise _invalid_signature("a signature is not percent-encoded", segments[0])
    if not names:
        raise InvalidUrl("the path names no picture", code="empty_public_id")
    if names[0] in RESERVED:
        raise InvalidUrl(
            f"no public id begins with {names[0]}/", code="reserved_path", position=segments[0].position
        )
    stem, extension = _split_extension(names[-1])
    return DeliveryUrl(
        transformation=transformation,
        public_id="/".join((*names[:-1], stem)),
        name="/".join(names),
        extension=extension,
        version=version,
        signature=signature,
        signed_text=signed_text,
        source="/".join(segment.text for segment in segments),
        delivery_type=delivery_type,
        cloud=cloud,
        has_words=has_words,
    )


def _remote_url(segments: list[Segment], path: str, cloud: str | None) -> DeliveryUrl:
    count = next((n for n, segment in enumerate(segments) if is_address_start(segment.text)), None)
    if count is None:
        raise _invalid_address("an address begins with http:// or https://", *segments[:1])
    first = segments[count]
    # What looks like a signature or a component further on is part of the address.
    signature, rest, signed_text = _without_signature(segments[: count + 1], path)
    transformation, version, rest = _without_transformation(rest)
    if len(rest) > 1:
        raise _invalid_address("before an address stands nothing but a transformation and a version", rest[0])
    # As it stands in the path: two slashes are two slashes in an address.
    source = path[first.position :]
    try:
        name = str(read_address(decoded_address(Segment(source, first.position))))
    except InvalidAddress as error:
        raise _invalid_address(str(error), first) from error
    return DeliveryUrl(
        transformation=transformation,
        public_id=name,
        name=name,
        version=version,
        signature=signature,
        signed_text=signed_text,
        source=source,
        delivery_type="fetch",
        cloud=cloud,
    )


def _invalid_address(message: str, segment: Segment | None = None) -> InvalidUrl:
    return InvalidUrl(message, code=InvalidAddress.code, position=segment.position if segment else None)


def _without_words(segments: list[Segment]) -> list[Segment]:
    """`id`, `words.jpg` → `id.jpg`: the words are in no signature either."""
    *folders, name, words = segments
    stem, _ = _split_extension(words.text)
    return [*folders, Segment(name.text + words.text[len(stem) :], name.position)]


def _split_extension(name: str) -> tuple[str, str | None]:
    stem, dot, extension = name.rpartition(".")
    if dot and stem and by_extension(extension) is not None:
        return stem, extension.lower()
    return name, None
