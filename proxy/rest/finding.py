"""Pictures and other things as one call may see them: what is another owner's is not there for it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from origin.errors import AssetGone, AssetNotFound
from origin.hosting.album_rows import mine
from origin.hosting.model import HostedAsset
from origin.hosting.principal import ScopeMissing
from origin.hosting.store import HostingStore
from proxy.errors import Refusal
from proxy.rest.operation import Call
from transforms.errors import printable


async def find_picture(store: HostingStore, call: Call[Any, Any], public_id: str) -> HostedAsset:
    """A picture that the call may see. Raises AssetNotFound, and AssetGone for one that was deleted."""
    asset = await store.get(public_id)
    if asset is None or call.owner not in (None, asset.owner):
        raise AssetNotFound(f"{printable(public_id)}: there is no such picture")
    if asset.gone:
        raise gone(public_id)
    return asset


async def find_album(store: HostingStore, call: Call[Any, Any], wanted: str | None) -> str | None:
    """The id of the album of that id or name; None where none is wanted.

    Raises AlbumNotFound and AlbumGone.
    """
    if wanted is None:
        return None
    return (await store.read(lambda transaction: mine(transaction, wanted, call.owner))).album_id


def etag_of(asset: HostedAsset, besides: object = None) -> str:
    """Tells the states of a picture apart, and behind the dash what is told of it `besides`."""
    told = f"{asset.asset_id}.{asset.generation}.{asset.updated_at!r}.{asset.public_id}"
    return f"{_digest(told)}-{_digest(repr(besides))}" if besides is not None else _digest(told)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]


def check_match(call: Call[Any, Any], asset: HostedAsset) -> None:
    """Raise Refusal where `If-Match` names another state than this (RFC 9110, section 13.1.1)."""
    wanted = call.request.if_match
    known = ("*", etag_of(asset))
    if wanted is not None and not any(each.value.partition("-")[0] in known for each in wanted):
        message = f"{printable(asset.public_id)} was changed since it was read"
        raise Refusal(412, "precondition_failed", message)


def gone(public_id: str) -> AssetGone:
    """The answer to a call about a picture that was deleted."""
    return AssetGone(f"{printable(public_id)}: this picture was deleted, rejected or renamed")


def owner_of(call: Call[Any, Any], asked: str | None) -> str | None:
    """Whose things are listed. Raises ScopeMissing for a key that asks for those of others."""
    if asked is None or asked == call.owner:
        return call.owner
    if call.owner is not None:
        raise ScopeMissing(f"owner: {printable(asked)!r}: only keys with the scope 'admin' see others")
    return asked


def next_link(call: Call[Any, Any], cursor: str | None) -> dict[str, str]:
    """The header that leads to the next page (RFC 8288)."""
    if cursor is None:
        return {}
    asked = {**call.request.query, "cursor": cursor}
    return {"Link": f'<{call.request.path}?{urlencode(asked)}>; rel="next"'}
