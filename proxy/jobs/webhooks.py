"""Tells others what became of a picture, in the way of Cloudinary's notifications, and in our own.

A `notification_url` gets `X-Cld-Timestamp` and `X-Cld-Signature`: the hash, SHA-1 in hexadecimal, of body,
timestamp and the secret of the key that uploaded; an upload without a key has no signature.
https://cloudinary.com/documentation/notification_signatures

A webhook of the settings gets `X-Calotype-Timestamp` and `X-Calotype-Signature`: the HMAC-SHA-256, in
hexadecimal, of the timestamp, a dot and the body, under its secret. Whoever verifies it refuses old ones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from origin.hosting.model import HostedAsset, Job
from origin.hosting.store import HostingStore
from proxy.hosting.links import Links, extension_of
from proxy.jobs.posting import Poster
from proxy.jobs.running import JobRefused


@dataclass(frozen=True, slots=True)
class Hook:
    """Somebody in the settings who wants to be told."""

    url: str
    secret: str
    events: frozenset[str]


def signed(body: bytes, secret: str, *, at: int) -> dict[str, str]:
    """The headers by which a webhook of the settings can be verified."""
    told = f"{at}.".encode() + body
    digest = hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()
    return {"X-Calotype-Timestamp": str(at), "X-Calotype-Signature": digest}


def signed_as_cloudinary(body: bytes, secret: str, *, at: int) -> dict[str, str]:
    """The headers by which Cloudinary's SDKs verify a notification."""
    digest = hashlib.sha1(body + str(at).encode() + secret.encode()).hexdigest()
    return {"X-Cld-Timestamp": str(at), "X-Cld-Signature": digest}


def about(asset: HostedAsset, links: Links) -> dict[str, Any]:
    """What is told of a picture."""
    info = asset.summary.info
    return {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "version": asset.version,
        "resource_type": "image",
        "type": _type(asset.access_mode),
        "format": extension_of(asset),
        "width": info.width,
        "height": info.height,
        "bytes": asset.blob.size,
        "etag": asset.md5,
        "created_at": _time(asset.created_at),
        "tags": list(asset.tags),
        "state": asset.state,
        "url": links.url(asset),
        "secure_url": links.url(asset),
    }


class Webhooks:
    """The `webhook` jobs. `secret_of` knows the secret of an upload key."""

    def __init__(
        self,
        *,
        store: HostingStore,
        poster: Poster,
        links: Links,
        hooks: Sequence[Hook],
        secret_of: Callable[[str], Awaitable[str | None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._poster = poster
        self._links = links
        self._hooks = tuple(hooks)
        self._secret_of = secret_of
        self._clock = clock

    def jobs(self, event: str, url: str | None = None, key: str | None = None) -> tuple[Job, ...]:
        """The jobs that tell of an event: the hooks that want it, and `url` besides."""
        told = [
            Job(kind="webhook", payload={"hook": hook.url, "event": event})
            for hook in self._hooks
            if event in hook.events
        ]
        if url:
            told.append(Job(kind="webhook", payload={"url": url, "event": event, "key": key}))
        return tuple(told)

    async def run(self, payload: Mapping[str, Any]) -> None:
        """Tell. Raises PostFailed, and JobRefused for whom nobody may tell."""
        told = await self._about(payload)
        if told is None:
            return
        at = int(self._clock())
        body = _body(payload, told, at)
        if name := payload.get("hook"):
            hook = next((hook for hook in self._hooks if hook.url == name), None)
            if hook is None:
                raise JobRefused(f"{name} is no longer one of hosting.webhooks")
            headers = signed(body, hook.secret, at=at) if hook.secret else {}
            await self._poster.post(hook.url, body, headers, trusted=True)
            return
        key = payload.get("key")
        secret = await self._secret_of(str(key)) if key else None
        headers = signed_as_cloudinary(body, secret, at=at) if secret else {}
        await self._poster.post(str(payload["url"]), body, headers, trusted=False)

    async def _about(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if "gone" in payload:
            return about_gone(payload)
        asset = await self._store.get_by_asset_id(str(payload["asset_id"]))
        return None if asset is None else about(asset, self._links)


def about_gone(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a picture that was taken down, from the job that was written with it."""
    gone = payload["gone"]
    return {
        "asset_id": payload["asset_id"],
        "public_id": payload["public_id"],
        "version": gone["version"],
        "resource_type": "image",
        "type": _type(gone["access_mode"]),
        "bytes": gone["bytes"],
        "etag": gone["etag"],
        "created_at": _time(gone["created_at"]),
        "deleted_at": _time(gone["deleted_at"]),
        "receipt_id": gone["receipt_id"],
        "reason": gone["reason"],
    }


def _body(payload: Mapping[str, Any], told: Mapping[str, Any], at: int) -> bytes:
    said = {
        "notification_type": payload.get("event") or "upload",
        "timestamp": _time(at),
        "request_id": f"{payload.get('asset_id')}.{payload.get('generation')}",
        **told,
    }
    more = {name: payload[name] for name in ("eager",) if name in payload}
    return json.dumps(said | more, separators=(",", ":"), ensure_ascii=False).encode()


def _type(access_mode: str) -> str:
    return "upload" if access_mode == "public" else "authenticated"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
