"""Who calls the upload and admin APIs: told by bearer token, HTTP Basic, signature or unsigned preset."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from origin.hosting.credentials import Credential
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.keyring import KeyRing
from origin.hosting.principal import Principal
from origin.hosting.scopes import Scope
from origin.hosting.signatures import string_to_sign, verifies
from proxy.hosting.auth_errors import (
    PresetNotUnsigned,
    StaleRequest,
    Unauthenticated,
    WrongCredentials,
    WrongSignature,
)
from proxy.hosting.bodies import Authorize
from proxy.hosting.params import Params
from transforms.errors import printable

STALE_SECONDS = 3600.0
"""How old a signed call may be."""
AHEAD_SECONDS = 300.0
"""How far the clock of who signs may be ahead of ours."""
UNSIGNED_PARAMETERS = frozenset(
    {
        "upload_preset",
        "timestamp",
        "callback",
        "public_id",
        "folder",
        "asset_folder",
        "display_name",
        "tags",
        "context",
        "metadata",
        "face_coordinates",
        "custom_coordinates",
        "regions",
        "source",
        "filename",
        "filename_override",
        "manifest_transformation",
        "manifest_json",
        "template",
        "template_vars",
    }
)
"""What an unsigned upload may say; all else is the preset's to say (Cloudinary, "Unsigned upload")."""
_UNSIGNED_SCOPES: frozenset[Scope] = frozenset({"upload"})


@dataclass(frozen=True, slots=True)
class UnsignedPreset:
    """Whether a preset lets anybody upload, and in whose name."""

    unsigned: bool
    owner: str


class Authenticator:
    """Tells who sends a request. `preset` finds an upload preset by its name."""

    def __init__(
        self,
        *,
        keys: KeyRing,
        preset: Callable[[str], UnsignedPreset | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._preset = preset
        self._clock = clock

    async def by_header(self, authorization: str) -> Principal | None:
        """Who an `Authorization` header names; None without one.

        Raises WrongCredentials, and MetadataUnavailable.
        """
        if not authorization:
            return None
        if not authorization.isascii():
            raise WrongCredentials("Authorization: expected ASCII")
        scheme, _, rest = authorization.partition(" ")
        given = rest.strip()
        if scheme.lower() == "basic":
            return _principal(await self._by_pair(_decoded(given)), "basic")
        if scheme.lower() == "bearer":
            found = await self._keys.by_token(given)
            if found is None and ":" in given:
                found = await self._by_pair(given)
            return _principal(found, "bearer")
        raise WrongCredentials("Authorization: expected Basic or Bearer")

    async def by_signature(self, params: Params, *, left_out: Collection[str] = ()) -> Principal:
        """Who signed a call. `left_out` are parameters that need not be signed.

        Raises Unauthenticated, and MetadataUnavailable.
        """
        for name in ("api_key", "timestamp", "signature"):
            if not params.get(name):
                raise Unauthenticated(f"Missing required parameter - {name}")
        found = await self._keys.by_key(params.get("api_key"))
        if found is None or found.secret is None:
            raise WrongCredentials(f"Unknown API key {printable(params.get('api_key'))}")
        plain = {name: params.get(name) for name in params}
        if not verifies(params.get("signature"), plain, found.secret, left_out=left_out):
            raise WrongSignature(
                f"Invalid Signature {printable(params.get('signature'))}. "
                f"String to sign - {printable(string_to_sign(plain))!r}."
            )
        self._check_time(params.get("timestamp"))
        return _principal(found, "signature")

    def by_preset(self, params: Params) -> Principal:
        """Whose an unsigned upload is. Raises PresetNotUnsigned and UploadMalformed."""
        name = params.get("upload_preset")
        preset = self._preset(name)
        if preset is None:
            raise UploadMalformed(
                f"Upload preset not found: {printable(name)}",
                code="unknown_preset",
                parameter="upload_preset",
            )
        if not preset.unsigned:
            raise PresetNotUnsigned("Upload preset must be whitelisted for unsigned uploads")
        check_unsigned(params)
        return Principal(owner=preset.owner, scopes=_UNSIGNED_SCOPES, preset=name, how="unsigned")

    async def of_call(
        self, authorization: str, params: Params, *, left_out: Collection[str] = ()
    ) -> Principal:
        """Who sends a call that needs a key: by the header if there is one, else by its signature."""
        found = await self.by_header(authorization)
        return found if found is not None else await self.by_signature(params, left_out=left_out)

    async def of_upload(self, authorization: str, params: Params) -> Principal:
        """Who uploads: as in a call, or without a key by an unsigned preset.

        Raises ScopeMissing for a key that may not upload, and what the other ways raise.
        """
        if not authorization and not params.get("signature") and params.get("upload_preset"):
            return self.by_preset(params)
        if not authorization and not params.get("signature") and not params.get("api_key"):
            raise Unauthenticated("Uploads need a key, a signature or an unsigned upload_preset")
        found = await self.of_call(authorization, params)
        found.require("upload")
        return found

    async def for_upload(self, authorization: str) -> Authorize:
        """What `Bodies.open` asks. A header is looked at now, before anything of the body is.

        Raises WrongCredentials, ScopeMissing and MetadataUnavailable.
        """
        known = await self.by_header(authorization)
        if known is not None:
            known.require("upload")

        async def authorize(params: Params) -> Principal:
            return known if known is not None else await self.of_upload("", params)

        return authorize

    async def secret_of(self, key: str | None) -> str | None:
        """The secret that a key signs with; None for a bearer token, and for who has no key.

        Raises MetadataUnavailable.
        """
        found = await self._keys.by_key(key) if key is not None else None
        return found.secret if found is not None else None

    async def _by_pair(self, pair: str) -> Credential | None:
        key, _, secret = pair.partition(":")
        found = await self._keys.by_key(key)
        if found is None or found.secret is None:
            return None
        return found if hmac.compare_digest(found.secret.encode(), secret.encode()) else None

    def _check_time(self, text: str) -> None:
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise StaleRequest("timestamp: expected seconds since 1970")
        age = self._clock() - int(text)
        if not -AHEAD_SECONDS <= age <= STALE_SECONDS:
            raise StaleRequest(
                f"Stale request - reported time is {text}, which is more than an hour from now"
            )


def check_unsigned(params: Params) -> None:
    """Refuse what only a key may ask for. Raises UploadMalformed."""
    for name in params:
        if name not in UNSIGNED_PARAMETERS:
            raise UploadMalformed(
                f"{printable(name)} parameter is not allowed when using unsigned upload. Only "
                f"{', '.join(sorted(UNSIGNED_PARAMETERS))} are",
                code="not_allowed_unsigned",
                parameter=printable(name),
            )


def _principal(found: Credential | None, how: str) -> Principal:
    if found is None:
        raise WrongCredentials("the key or its secret is wrong, or it was revoked")
    return Principal(owner=found.owner, scopes=found.scopes, key=found.key, how=how)  # type: ignore[arg-type]


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise WrongCredentials("Authorization: expected Basic and base64 of key:secret") from error
