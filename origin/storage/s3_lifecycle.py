"""The lifecycle rules of a bucket, by which S3 removes objects itself (Amazon S3 User Guide, "Managing the
lifecycle of objects"; API reference, PutBucketLifecycleConfiguration).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from origin.storage.s3_client import S3Client, translated

Versioning = Literal["on", "suspended", "off", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its name, what it is for, and what S3 is told beside name, status and prefix."""

    name: str
    why: str
    prefix: str
    actions: Mapping[str, Any]

    @property
    def told(self) -> dict[str, Any]:
        """As S3 takes it."""
        return {"ID": self.name, "Status": "Enabled", "Filter": {"Prefix": self.prefix}, **self.actions}


class Lifecycle:
    """The rules of `bucket`. Every method raises OriginDenied, OriginRefused, OriginUnavailable or
    OriginTimeout."""

    def __init__(self, *, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def rules(self) -> list[dict[str, Any]]:
        """All there are, as S3 tells them."""
        from botocore.exceptions import ClientError

        with translated(f"s3://{self._bucket}"):
            client = await self._client.get()
            try:
                found = await client.get_bucket_lifecycle_configuration(Bucket=self._bucket)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "NoSuchLifecycleConfiguration":
                    return []
                raise
        return list(found.get("Rules", []))

    async def put(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Have these, and no others."""
        with translated(f"s3://{self._bucket}"):
            client = await self._client.get()
            await client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": list(rules)}
            )

    async def versioning(self) -> Versioning:
        """Whether the bucket keeps what is deleted; `unknown` where it does not tell."""
        from botocore.exceptions import BotoCoreError, ClientError

        with translated(f"s3://{self._bucket}"):
            client = await self._client.get()
            try:
                found = await client.get_bucket_versioning(Bucket=self._bucket)
            except (ClientError, BotoCoreError):
                return "unknown"
        return _VERSIONING.get(found.get("Status", ""), "unknown")


_VERSIONING: Mapping[str, Versioning] = {"": "off", "Enabled": "on", "Suspended": "suspended"}


def lacking(rules: Sequence[Rule], there: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Those of the rules that a bucket does not have, or has otherwise."""
    known = {rule.get("ID"): rule for rule in there}
    return tuple(rule for rule in rules if not _same(rule.told, known.get(rule.name, {})))


def merged(rules: Sequence[Rule], there: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What a bucket is to have: these rules, and those of others that it has."""
    ours = {rule.name for rule in rules}
    return [*(rule for rule in there if rule.get("ID") not in ours), *(rule.told for rule in rules)]


def _same(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Servers leave out what is no, and tell an old name of the prefix beside its new one."""
    prefix = there.get("Filter", {}).get("Prefix", there.get("Prefix", ""))
    return all(
        prefix == value["Prefix"] if name == "Filter" else there.get(name) == value
        for name, value in wanted.items()
    )
