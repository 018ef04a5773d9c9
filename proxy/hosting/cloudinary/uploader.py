"""Cloudinary's upload API: calls that bring, change or delete one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from origin.errors import PublicIdTaken
from origin.hosting.changes import Changes
from origin.hosting.deletions import Deletions
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.model import HostedAsset, Job, Stored
from origin.hosting.principal import Principal
from origin.hosting.received import Received
from origin.hosting.store import HostingStore
from proxy.hosting.auth import Authenticator
from proxy.hosting.cloudinary.answers import Answer, Signer, uploaded
from proxy.hosting.cloudinary.calls import Call, not_found
from proxy.hosting.cloudinary.reading import read_options
from proxy.hosting.cloudinary.renditions import Renditions
from proxy.hosting.desk import Desk, eager_job
from proxy.hosting.links import Links
from proxy.hosting.names import check_public_id
from proxy.hosting.options import Size, UploadOptions
from proxy.hosting.ordering import noted, with_sizes
from proxy.hosting.params import Params

SEEN = ("colors", "exif", "faces", "image_metadata", "media_metadata", "phash")
"""What is told of a picture only to who asks for it."""


class Uploader:
    """Answers those calls; every method answers what is sent as JSON."""

    def __init__(
        self,
        *,
        desk: Desk,
        store: HostingStore,
        changes: Changes,
        deletions: Deletions,
        authenticator: Authenticator,
        renditions: Renditions,
        links: Links,
    ) -> None:
        self._desk = desk
        self._store = store
        self._changes = changes
        self._deletions = deletions
        self._authenticator = authenticator
        self._renditions = renditions
        self._links = links

    async def upload(self, received: Received, params: Params, principal: Principal) -> Answer:
        """Keep what was received. Raises what `Desk.take` raises."""
        options = read_options(params)
        if params.get("filename_override"):
            received = replace(received, filename=params.get("filename_override"))
        if params.flag("discard_original_filename"):
            received = replace(received, filename=None)
        stored = await self._desk.take(received, principal, options)
        options = self._desk.with_preset(options, principal)
        asset = await noted(stored, principal, options, desk=self._desk, changes=self._changes)
        return await self._answer(asset, params, principal, options.eager) | _of_upload(stored)

    async def explicit(self, call: Call) -> Answer:
        """Change what is said of a picture, and have more renditions made of it."""
        options = read_options(call.params)
        asset = await self._find(call, call.need("public_id"))
        await self._desk.check_sizes(options.eager)
        sizes = self._desk.settled(asset, options.eager)
        jobs = _jobs(call, options, sizes)
        after = await self._changes.update(
            asset.public_id,
            lambda before: _said(before, call.params, options, sizes),
            owner=call.owner,
            jobs=jobs,
        )
        return await self._answer(after, call.params, call.principal, options.eager)

    async def rename(self, call: Call) -> Answer:
        """Give a picture another id, and, with `to_type`, another delivery type."""
        public_id, to = call.need("from_public_id"), call.need("to_public_id")
        asset = await self._find(call, public_id)
        check_public_id(to, parameter="to_public_id")
        overwrite = bool(call.params.flag("overwrite"))
        try:
            after = await self._changes.rename(asset.public_id, to, owner=call.owner, overwrite=overwrite)
        except PublicIdTaken as error:
            message = f"to_public_id ({to}) already exists"
            raise UploadMalformed(message, code="public_id_taken", parameter="to_public_id") from error
        mode = Call(Params({"type": call.params.get("to_type")}), call.principal, {}).access_mode
        if mode is not None and mode != after.access_mode:
            after = await self._changes.update(to, lambda _: {"access_mode": mode}, owner=call.owner)
        return await self._answer(after, call.params, call.principal, ())

    async def destroy(self, call: Call) -> Answer:
        """Delete a picture; `not found` where there is none of that id."""
        public_id = call.need("public_id")
        asset = await self._store.get(public_id)
        if asset is None or call.access_mode not in (None, asset.access_mode):
            return {"result": "not found"}
        receipt = await self._deletions.delete(public_id, owner=call.owner, asset_id=asset.asset_id)
        return {"result": "ok" if receipt is not None else "not found"}

    async def delete_by_token(self, params: Params) -> Answer:
        """Delete the picture that a token of its upload is for. Raises UploadMalformed."""
        if await self._deletions.delete_by_token(params.get("token")) is None:
            raise UploadMalformed("Invalid token", code="invalid_token", parameter="token")
        return {"result": "ok"}

    async def _find(self, call: Call, public_id: str) -> HostedAsset:
        asset = await self._store.get(public_id)
        wrong = asset is None or asset.gone or call.owner not in (None, asset.owner)
        if asset is None or wrong or call.access_mode not in (None, asset.access_mode):
            raise not_found(public_id)
        return asset

    async def _answer(
        self, asset: HostedAsset, params: Params, principal: Principal, eager: Sequence[Size]
    ) -> Answer:
        flags = [name for name in SEEN if params.flag(name)]
        answer = uploaded(asset, self._links, signer=await self._signer(params, principal), flags=flags)
        sizes = self._desk.settled(asset, eager)
        if not sizes:
            return answer
        if params.flag("eager_async") or asset.state != "live":
            return answer | {"eager": self._renditions.promised(asset, sizes)}
        return answer | {"eager": await self._renditions.made(asset, sizes)}

    async def _signer(self, params: Params, principal: Principal) -> Signer | None:
        secret = await self._authenticator.secret_of(principal.key)
        if secret is None:
            return None
        return Signer(secret, "sha256" if len(params.get("signature")) == 64 else "sha1")


def _of_upload(stored: Stored) -> Answer:
    answer: Answer = {} if stored.created else {"existing": True}
    if stored.overwritten:
        answer["overwritten"] = True
    if stored.delete_token is not None:
        answer["delete_token"] = stored.delete_token
    return answer


def _jobs(call: Call, options: UploadOptions, sizes: Sequence[Size]) -> tuple[Job, ...]:
    """What follows from a call of `explicit`."""
    jobs, key = list[Job](), call.principal.key
    if sizes:
        jobs.append(eager_job(sizes, notification_url=options.eager_notification_url, key=key))
    if options.notification_url:
        payload = {"url": options.notification_url, "event": "explicit", "key": key}
        jobs.append(Job(kind="webhook", payload=payload))
    return tuple(jobs)


def _said(
    before: HostedAsset, params: Params, options: UploadOptions, sizes: Sequence[Size]
) -> dict[str, Any]:
    """What `explicit` changes: only what was sent."""
    values: dict[str, Any] = {}
    if "tags" in params:
        values["tags"] = options.tags
    if "context" in params:
        values["context"] = dict(options.context)
    if "metadata" in params:
        values["fields"] = {**before.fields, **options.fields}
    if options.coordinates is not None:
        values["coordinates"] = options.coordinates
    if params.get("access_mode") or params.get("access_control"):
        values["access_mode"] = options.access_mode
    if sizes:
        values["findings"] = with_sizes(before, sizes)
    if options.moderation is not None:
        values["state"] = "held"
        # A moderator that is asked by HTTP does not show what is for people to decide.
        found = values.get("findings", before.findings)
        values["findings"] = {**found, "moderation": {"kind": "manual", "status": "pending"}}
    return values
