"""What is told of a change to a hosted picture: to every instance, to the tiers, to CDNs, in the outbox."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from origin.hosting.model import Receipt
from origin.hosting.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A picture became another, or none: whatever was made of it before `generation` is not to be shown."""

    public_id: str
    asset_id: str
    generation: int
    """The one that the change moved it on to."""
    content_hash: str = ""
    """SHA-256 of the bytes that it no longer shows; empty where there were none, as before an upload."""
    what: str = "delete"
    """The kind of the receipt: for logs, nothing turns on it."""
    tags: tuple[str, ...] = ()
    """What a CDN purges by, beside the picture's own tag."""
    urls: tuple[str, ...] = ()
    """What a CDN that knows no tags purges."""

    @property
    def standing(self) -> Standing:
        return Standing(self.asset_id, self.generation)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Notice:
        """What an outbox row or a message says; what else it says is left alone. ValueError where it lacks
        something, or has something of a wrong type."""
        told = {field.name: payload[field.name] for field in fields(cls) if payload.get(field.name)}
        try:
            told |= {name: tuple(map(str, told[name])) for name in ("tags", "urls") if name in told}
            notice = cls(**told)
            whole = notice.asset_id + notice.public_id + notice.content_hash + notice.what
            if not isinstance(whole, str) or type(notice.generation) is not int:
                raise TypeError("a generation is a number, the rest is text")
        except TypeError as error:
            raise ValueError(f"notice: {error}") from error
        return notice

    @classmethod
    def of(cls, receipt: Receipt) -> Notice:
        """What a receipt says was taken down."""
        return cls(
            public_id=receipt.public_id,
            asset_id=receipt.asset_id,
            generation=receipt.generation,
            content_hash=receipt.content_hash,
            what=receipt.kind,
        )

    def payload(self) -> dict[str, Any]:
        """For `read`, as plain JSON."""
        return asdict(self)


def pack(notices: Iterable[Notice]) -> str:
    """Notices as one message."""
    return json.dumps([notice.payload() for notice in notices], separators=(",", ":"))


def unpack(message: bytes) -> list[Notice]:
    """What `pack` made; ValueError for anything else."""
    told = json.loads(message)
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise ValueError("notice: a message is a list of objects")
    return [Notice.read(each) for each in told]
