"""`POST /images`: an upload in whichever way it is sent, as one of Cloudinary's goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError

from origin.errors import KeyUsedOtherwise
from origin.hosting.changes import Changes
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.model import HostedAsset, Stored
from origin.hosting.principal import Principal
from origin.hosting.received import Received
from proxy.hosting.auth import Authenticator
from proxy.hosting.bodies import Authorize, Bodies, Upload
from proxy.hosting.desk import Desk
from proxy.hosting.links import Links
from proxy.hosting.options import UploadOptions
from proxy.hosting.ordering import noted
from proxy.hosting.params import Params
from proxy.rest.api import written
from proxy.rest.asking import UploadAsked
from proxy.rest.models import PartialUpload, UploadedImage, detail_fields, receipt_answer
from proxy.rest.once import Once, fingerprint, key_of, used_otherwise
from proxy.rest.operation import BASE, Answered, Call
from proxy.rest.problems import Invalid, violations_of


class Uploading:
    """Answers uploads."""

    def __init__(
        self,
        *,
        bodies: Bodies,
        authenticator: Authenticator,
        desk: Desk,
        changes: Changes,
        links: Links,
        once: Once,
    ) -> None:
        self._bodies = bodies
        self._authenticator = authenticator
        self._desk = desk
        self._changes = changes
        self._links = links
        self._once = once

    async def upload(self, call: Call[Any, None]) -> Answered:
        """201 for a picture that is new, 200 for one that was there, 202 while parts are to come."""
        request = call.request
        authorize = await self._authorize(request.headers.get("Authorization", ""))
        async with self._bodies.open(request, authorize=authorize) as upload:
            if upload.settled is not None:
                return _told(upload.settled, 200)
            if upload.partial is not None:
                return Answered(PartialUpload(received_bytes=upload.partial.size), status=202)
            return await self._taken_once(call.request, upload)

    async def _taken_once(self, request: web.Request, upload: Upload) -> Answered:
        """As `_taken`. The key goes into the transaction that keeps the picture too: whoever dies before the
        answer is written down, the picture is not made twice."""
        key = key_of(request, upload.principal)
        if key is None or upload.received is None:
            return await self._taken(upload, {})
        said = sorted((name, str(value)) for name, value in upload.params.values.items())
        print_ = fingerprint(request, [repr(said).encode(), upload.received.content_hash.encode()])
        if (before := await self._once.find(upload.principal, key, print_)) is not None:
            return before
        named = sha256(f"{upload.principal.sender} {key}".encode()).hexdigest()
        try:
            answer = await self._taken(upload, {"idempotency_key": named, "fingerprint": print_})
        except KeyUsedOtherwise as error:
            raise used_otherwise() from error
        await self._once.keep(upload.principal, key, print_, answer, upload.answer or b"")
        return answer

    async def _taken(self, upload: Upload, once: Mapping[str, Any]) -> Answered:
        received = upload.received
        if received is None:
            raise UploadMalformed("there is no file", code="missing_file", parameter="file")
        asked = read_fields(upload.params)
        stored, asset = await self._keep(
            _called(received, asked), upload.principal, replace(asked.options(), **once)
        )
        upload.answer = written(self._answer(stored, asset))
        location = f"{BASE}/images/{quote(asset.public_id)}"
        return _told(upload.answer, 201 if stored.created else 200, location)

    async def _keep(
        self, received: Received, principal: Principal, options: UploadOptions
    ) -> tuple[Stored, HostedAsset]:
        stored = await self._desk.take(received, principal, options)
        filled = self._desk.with_preset(options, principal)
        return stored, await noted(stored, principal, filled, desk=self._desk, changes=self._changes)

    async def _authorize(self, header: str) -> Authorize:
        """Who may upload is told first, then what is wrong with the fields; nothing is fetched before."""
        known = await self._authenticator.for_upload(header)

        async def authorize(params: Params) -> Principal:
            principal = await known(params)
            read_fields(params)
            return principal

        return authorize

    def _answer(self, stored: Stored, asset: HostedAsset) -> UploadedImage:
        return UploadedImage(
            **detail_fields(asset, self._links),
            existing=not stored.created,
            overwritten=stored.overwritten,
            delete_token=stored.delete_token,
            receipt=receipt_answer(stored.receipt) if stored.receipt is not None else None,
        )


def read_fields(params: Params) -> UploadAsked:
    """What an upload says beside the file. Raises Invalid, with all that is wrong."""
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in params.values.items()}
    try:
        return UploadAsked.model_validate({name: value for name, value in told.items() if value != ""})
    except ValidationError as error:
        raise Invalid(violations_of(error, ("file", *UploadAsked.model_fields))) from error


def _called(received: Received, asked: UploadAsked) -> Received:
    return replace(received, filename=asked.filename) if asked.filename else received


def _told(body: bytes, status: int, location: str = "") -> Answered:
    return Answered(body, status=status, headers={"Location": location} if location else {})
