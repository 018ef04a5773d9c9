"""Who may have what rendered: the signature of a delivery URL held against the keys, and strict mode.

    off        signatures are read and not looked at
    optional   a signature that is there has to be right
    required   without a right signature there is no answer

Strict mode lets nothing by unsigned but originals and single named transformations: what strangers can have
rendered is then a short list that somebody wrote down.

The signature is cut out by offset and checked over the bytes as they were received; the very reading that was
checked is the one that is delivered. A signature of Cloudinary's covers a text that can be read in two ways
(`w_1200/photo.jpg` is a component and an id, or behind `v1/` an id in a folder): only the reading that the
text has by itself is let by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import unquote_to_bytes

from origin.asset import Facts
from origin.hosting.delivered import needs_signature
from proxy.kept import kept
from proxy.signing import (
    FORMS_OF,
    NEVER,
    Key,
    Signing,
    cloudinary_signature,
    own_signature,
    read_signature,
    verifies,
    written_expiry,
)
from proxy.target import MAX_BYTES, is_address_start
from proxy.tokens import Token, read_token, token_verifies
from proxy.url import DeliveryUrl, read_delivery_url, signature_place
from transforms import lexer
from transforms.errors import TransformError
from transforms.layers import TextLayer
from transforms.parser import parse
from transforms.recipe import Parameter

LEEWAY_SECONDS = 5
"""How long behind its expiry a URL still counts: clocks differ. Caches are not told of it."""

_KNOWN_URLS = 8192


class SignatureRefused(Exception):
    """No signature where one is needed, or one that is wrong, or one whose time has passed."""

    headers: Mapping[str, str] = {"WWW-Authenticate": "Signature"}
    """RFC 9110, section 15.5.2: a 401 says what would be accepted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Admitted:
    """A delivery URL that may be answered, between two times in epoch seconds."""

    url: DeliveryUrl
    starts_at: int = 0
    expires_at: int = NEVER

    def hold(self, now: float) -> None:
        """Raise SignatureRefused outside of its time."""
        if now < self.starts_at:
            raise SignatureRefused("signature_not_yet_valid", "the signature of this URL is not valid yet")
        if self.expires_at != NEVER and now > self.expires_at + LEEWAY_SECONDS:
            raise SignatureRefused("signature_expired", "the signature of this URL has expired")

    def seconds_left(self, now: float) -> int | None:
        """For how long a cache may keep the answer; None for as long as it likes."""
        return None if self.expires_at == NEVER else max(0, int(self.expires_at - now))


def hold_access(asset: Facts, *, signed: bool) -> None:
    """Raise SignatureRefused where an original is shown to signed URLs alone, and this one is not."""
    if not signed and needs_signature(asset.mount, asset.key):
        raise SignatureRefused("signature_required", "this picture is shown to signed URLs only")


class Admission:
    """Reads delivery URLs and says which may be answered."""

    def __init__(
        self,
        *,
        keys: Sequence[Key] = (),
        signing: Signing = "off",
        strict: bool = False,
        max_url_bytes: int = MAX_BYTES,
    ) -> None:
        self._signing = signing
        self._strict = strict
        self._checks = signing != "off" or strict
        self._read = partial(read_delivery_url, max_bytes=max_url_bytes)
        self.renew(keys)

    def renew(self, keys: Sequence[Key]) -> None:
        """Have these keys count from now on, and no others."""
        self._keys = tuple(keys)
        # What was let by with other keys may not be any more.
        self._admitted = kept(self._admit, entries=_KNOWN_URLS)

    def read(self, target: str, *, now: float) -> Admitted:
        """The delivery URL of a request target as received.

        Raises SignatureRefused, and what `read_delivery_url` raises.
        """
        admitted = self._admitted(target)
        admitted.hold(now)
        return admitted

    def vouched(self, path: str) -> str | None:
        """A delivery path as strangers may have it: as it is where they may, else signed by us, for good.

        None where no key can sign it. Raises what `read_delivery_url` raises.
        """
        if self._signing != "required" and not self._strict:
            return path
        before, behind = signature_place(path)
        url = self._read(before + behind)
        signatures = (_signature_by(key, url, behind) for key in self._keys if key.active)
        signature = next(filter(None, signatures), None)
        return None if signature is None else f"{before}s--{signature}--/{behind}"

    def _admit(self, target: str) -> Admitted:
        url = self._read(target)
        if not self._checks:
            return Admitted(url)
        token = read_token(target)
        if url.signature is not None:
            admitted = self._signed(url, url.signature)
            return admitted if token is None else self._with_token(admitted, token, target)
        if token is not None:
            # Who may see all of a folder may not thereby have anything in the world fetched.
            return self._with_token(Admitted(replace(url, signed=not token.patterns)), token, target)
        if self._signing == "required":
            raise SignatureRefused("signature_required", "this URL is not signed, and has to be")
        if self._strict and not is_named(url.transformation):
            message = "unsigned, only originals and single named transformations (t_name) are delivered"
            raise SignatureRefused("signature_required", message)
        return Admitted(url)

    def _signed(self, url: DeliveryUrl, text: str) -> Admitted:
        signature = read_signature(text)
        if signature is None or not verifies(
            signature, self._keys, own=url.signed_text, scope=url.scope, cloudinary=signed_texts(url)
        ):
            raise SignatureRefused("invalid_signature", "the signature of this URL is wrong")
        return Admitted(replace(url, signed=True), expires_at=signature.expires_at)

    def _with_token(self, admitted: Admitted, token: Token, target: str) -> Admitted:
        if not token_verifies(token, self._keys, path=target.partition("?")[0]):
            raise SignatureRefused("invalid_token", "the token of this URL is wrong")
        times = [time for time in (admitted.expires_at, token.expires_at) if time != NEVER]
        return replace(admitted, starts_at=token.starts_at, expires_at=min(times))


def _signature_by(key: Key, url: DeliveryUrl, text: str) -> str | None:
    """The strongest signature that a key makes of a URL, of whose path `text` is signed; None for one that
    signs no paths."""
    if "own" in FORMS_OF[key.algorithm]:
        return own_signature(text, key, scope=url.scope, expiry=written_expiry(NEVER))
    covered = next(signed_texts(url), None)
    if covered is None or "cloudinary32" not in FORMS_OF[key.algorithm]:
        return None
    return cloudinary_signature(covered, key, length=32, algorithm="sha256")


def is_named(transformation: str) -> bool:
    """Whether it is nothing at all, or one named transformation: no chain, and nothing beside it."""
    found = [piece for component in lexer.components(transformation) for piece in component]
    if not found:
        return True
    return len(found) == 1 and found[0].key == "t" and "." not in found[0].value


def signed_texts(url: DeliveryUrl) -> Iterator[str]:
    """The texts that a signature of Cloudinary's may cover for this URL to be the one that was signed.

    Transformation and public id, as received; with the version too, which is how SDKs sign an id that begins
    with one; and percent-decoded once, as an SDK once signed (cloudinary_npm issue 624), where that says the
    same.
    """
    if not url.is_remote and is_address_start(url.source):
        # Signed for /fetch/, it would name another original here.
        return
    whole = _joined(url.transformation, url.source)
    for text in dict.fromkeys((whole, _joined(url.transformation, url.version, url.source))):
        alone = _alone(url, text)
        if alone is not None and (alone.transformation, alone.source) == (url.transformation, url.source):
            yield text
    decoded = unquote_to_bytes(whole).decode(errors="replace")
    if decoded != whole:
        alone = _alone(url, decoded.replace("?", "%3F").replace("#", "%23"))
        if alone is not None and (meaning := _meaning(alone)) is not None and meaning == _meaning(url):
            yield decoded


def _joined(*parts: str | None) -> str:
    return "/".join(part for part in parts if part)


def _alone(url: DeliveryUrl, text: str) -> DeliveryUrl | None:
    """How a signed text reads by itself, delivered as `url` is; None when it does not."""
    try:
        return read_delivery_url(f"/image/{url.delivery_type}/{text}", max_bytes=2 * MAX_BYTES + len(text))
    except TransformError:
        return None


def _meaning(url: DeliveryUrl) -> tuple[object, ...] | None:
    """What is delivered, however it is spelled; None for a transformation that does not read."""
    try:
        recipe = parse(url.transformation, named=_AnyName())
    except TransformError:
        return None
    steps = tuple(tuple(map(_said, component.parameters)) for component in recipe.components)
    return (steps, recipe.named, url.name)


def _said(parameter: Parameter) -> object:
    """A parameter in its canonical form, but a text as it is read: its spelling is kept as it was written."""
    if isinstance(parameter.value, TextLayer):
        return (parameter.key, parameter.value)
    return parameter.written


class _AnyName(Mapping[str, str]):
    """Every named transformation there could be, doing nothing: only the names count."""

    def __getitem__(self, name: str) -> str:
        return ""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True
