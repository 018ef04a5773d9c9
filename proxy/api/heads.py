"""What answers say before their bytes: made once for all who ask the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from multidict import CIMultiDict

from proxy.better import Better
from proxy.kept import LONGEST
from proxy.responses import CachePolicy, content_disposition, picture_headers
from proxy.settling import Settled
from proxy.url import DeliveryUrl
from proxy.variant import etag_of
from transforms.formats import FORMATS

TEXT = "text/plain; charset=utf-8"
_KNOWN_URLS = 8192


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer says before its bytes."""

    settled: Settled
    kind: Literal["picture", "info", "plan"]
    headers: CIMultiDict[str]


class Heads:
    """The heads of answers, kept by the path that was asked for."""

    def __init__(self, *, policy: CachePolicy, better: Better) -> None:
        self._policy = policy
        self._better = better
        self._made: dict[tuple[str, str], Head] = {}

    def forget(self) -> None:
        """Make all of them anew."""
        self._made.clear()

    def of(self, path: str, url: DeliveryUrl, settled: Settled) -> Head:
        """The head of an answer. It is the same as long as `settled` is the same object."""
        known = self._made.get((path, settled.key))
        if known is not None and known.settled is settled:
            return known
        head = self._make(url, settled)
        if len(path) <= LONGEST:
            if len(self._made) >= _KNOWN_URLS:
                # The oldest goes, so that a scan over many URLs does not take all of them along.
                del self._made[next(iter(self._made))]
            self._made[path, settled.key] = head
        return head

    def _make(self, url: DeliveryUrl, settled: Settled) -> Head:
        recipe = settled.recipe
        kind, suffix, content_type = _kind(settled)
        headers = CIMultiDict(
            picture_headers(
                policy=self._policy,
                etag=etag_of(settled.key, suffix),
                modified_at=settled.modified_at,
                vary=settled.vary,
                tags=settled.tags,
                versioned=url.version is not None,
                provisional=settled.stale_for > 0 or settled.stand_in or settled.provisional,
                immutable=recipe.flag("immutable_cache") is not None,
                may_improve=self._better.may_improve(settled),
            )
        )
        headers["Content-Type"] = content_type
        attachment = recipe.flag("attachment") or recipe.flag("streaming_attachment")
        if attachment is not None:
            filename = _filename(url, settled, attachment.argument)
            headers["Content-Disposition"] = content_disposition(filename)
        return Head(settled, kind, headers)


def _kind(settled: Settled) -> tuple[Literal["picture", "info", "plan"], str, str]:
    """What is answered, what that adds to the picture's ETag, and its type."""
    if settled.recipe.flag("explain"):
        return "plan", "x", TEXT
    if settled.recipe.flag("getinfo"):
        return "info", "i", "application/json"
    return "picture", "", FORMATS[settled.format].mime


def _filename(url: DeliveryUrl, settled: Settled, asked: str | None) -> str:
    stem = asked or PurePosixPath(url.public_id).name or "image"
    extension = FORMATS[settled.format].extension
    return stem if stem.lower().endswith(f".{extension}") else f"{stem}.{extension}"
