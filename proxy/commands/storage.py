"""`calotype storage lifecycle`: what the buckets are to remove by themselves."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from origin.errors import OriginDenied, OriginError
from origin.hosting.model import OBJECTS, STAGING
from origin.storage.s3_client import S3Client
from origin.storage.s3_lifecycle import Lifecycle, Rule, Versioning, lacking, merged
from proxy.app_storages import s3_settings
from proxy.commands.common import WRONG_SETTINGS, complain, read_settings
from proxy.commands.gc import VARIANTS
from proxy.config import S3Storage, Settings

_DAY = 86_400.0
_NEEDED = "for lifecycle rules s3:GetLifecycleConfiguration and s3:PutLifecycleConfiguration"
VERSIONING: dict[Versioning, str] = {
    "on": "versioning is on: what is deleted stays in the bucket for {days} more days, and can be undone",
    "suspended": "versioning is suspended: versions from before stay for {days} days",
    "off": "versioning is off: what is deleted is gone, and cannot be undone",
    "unknown": "versioning is not told by this server",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A storage of the settings, and the rules its bucket should have."""

    setting: str
    storage: S3Storage
    rules: tuple[Rule, ...]

    @property
    def address(self) -> str:
        return f"s3://{self.storage.bucket}/{self.storage.prefix}"


def run(arguments: argparse.Namespace) -> int:
    """Print or set them. Returns the exit status."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    places = list(places_of(settings))
    if arguments.json and not arguments.apply:
        print(json.dumps(_told(places), indent=2))
        return 0
    for setting in folders_of(settings):
        print(f"{setting} is a folder: nothing goes there by itself; run `calotype gc` daily")
    if not places:
        return (
            complain("storage lifecycle: the settings name no bucket to set rules on")
            if arguments.apply
            else 0
        )
    statuses = [asyncio.run(_look(place, settings, apply=arguments.apply)) for place in places]
    return max(statuses)


def _told(places: Sequence[Place]) -> dict[str, Any]:
    """By bucket, as `PutBucketLifecycleConfiguration` takes them."""
    told: dict[str, Any] = {}
    for place in places:
        rules = told.setdefault(place.storage.bucket, {"Rules": []})["Rules"]
        rules += [rule.told for rule in place.rules]
    return told


def places_of(settings: Settings) -> list[Place]:
    """The buckets of the settings with what is to be removed there. Nothing ever removes objects of
    pictures that are there: only `calotype gc` and the jobs of a deletion do, which ask the database."""
    keep = settings.hosting.housekeeping
    versions = keep.noncurrent_days
    found = []
    hosting, derived = settings.hosting_storage, settings.derived_storage
    if settings.hosting.enabled and isinstance(hosting, S3Storage):
        at = hosting.prefix
        staging_days = max(1, ceil(keep.staging_seconds / _DAY))
        rules = (
            _unfinished("hosting", at + OBJECTS),
            _expired(
                "hosting-staging", at + STAGING, staging_days, "uploads on their way that nobody finished"
            ),
            _noncurrent("hosting", at + OBJECTS, versions),
        )
        found.append(Place("hosting.storage", hosting, rules))
    if settings.cache.derived.enabled and isinstance(derived, S3Storage):
        at = derived.prefix
        rules = (
            _unfinished("derived", at + VARIANTS),
            _expired("derived-variants", at + VARIANTS, keep.variant_days, "variants; they are made again"),
            _noncurrent("derived", at + VARIANTS, 1),
        )
        found.append(Place("cache.derived.storage", derived, rules))
    return found


def folders_of(settings: Settings) -> list[str]:
    """The settings of those storages that are folders."""
    hosting, derived = settings.hosting_storage, settings.derived_storage
    named = (
        ("hosting.storage", settings.hosting.enabled, hosting),
        ("cache.derived.storage", settings.cache.derived.enabled, derived),
    )
    return [name for name, used, storage in named if used and not isinstance(storage, S3Storage)]


async def _look(place: Place, settings: Settings, *, apply: bool) -> int:
    client = S3Client(s3_settings(place.storage))
    lifecycle = Lifecycle(client=client, bucket=place.storage.bucket)
    try:
        there = await lifecycle.rules()
        missing = lacking(place.rules, there)
        if apply and missing:
            await lifecycle.put(merged(place.rules, there))
            missing = lacking(place.rules, await lifecycle.rules())
        versioning = await lifecycle.versioning()
    except OriginDenied as error:
        return complain(f"{place.setting}: {error}; {_NEEDED}")
    except OriginError as error:
        return complain(f"{place.setting}: lifecycle rules of {place.address}: {error}")
    finally:
        await client.close()
    print(f"{place.setting}: {place.address}")
    for rule in place.rules:
        print(f"  {'missing' if rule in missing else 'set':<8} {rule.name:<36} {rule.why}")
    print(f"  {VERSIONING[versioning].format(days=settings.hosting.housekeeping.noncurrent_days)}")
    if apply and missing:
        return complain(f"{place.setting}: the server took the rules, and does not have all of them")
    return 0


def _unfinished(whose: str, prefix: str) -> Rule:
    return Rule(
        name=f"calotype-{whose}-unfinished",
        why="parts of objects that nobody completed go after 1 day",
        prefix=prefix,
        actions={"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    )


def _expired(name: str, prefix: str, days: int, what: str) -> Rule:
    return Rule(
        name=f"calotype-{name}",
        why=f"{what}: they go {days} day{'s' if days > 1 else ''} after they were written",
        prefix=prefix,
        actions={"Expiration": {"Days": days}},
    )


def _noncurrent(whose: str, prefix: str, days: int) -> Rule:
    return Rule(
        name=f"calotype-{whose}-noncurrent",
        why=f"with versioning, what was deleted goes after {days} day{'s' if days > 1 else ''}",
        prefix=prefix,
        actions={
            "NoncurrentVersionExpiration": {"NoncurrentDays": days},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    )
