"""The `security` section: who may have what rendered."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from proxy.config_types import Section, Told
from proxy.signing import Algorithm, Signing

SIGNING_OFF = (
    "this server listens on {host}, which others can reach, and security.signing is off: anybody may have "
    "any picture rendered in any number of ways. Set security.signing and security.keys (see `calotype keys "
    "generate`), or security.strict"
)


class SigningKey(Section):
    """A key that signs delivery URLs."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    """What it is called in URLs and lists."""
    secret: SecretStr = SecretStr("")
    """Its secret; for Cloudinary's SDKs their `api_secret`."""
    secret_file: Path | None = None
    """A file that holds the secret, instead of `secret`; white space around it does not count."""
    algorithm: Algorithm = "any"
    """What it verifies. `sha1` and `sha256`: Cloudinary's signatures (32 characters are SHA-256 for both).
    `hmac`: our own. `any`: all of these. `token`: Cloudinary's auth tokens; the secret is hexadecimal."""
    state: Literal["active", "retired"] = "active"
    """`retired` ones still verify, and sign nothing new."""

    @model_validator(mode="after")
    def _one_secret(self) -> SigningKey:
        if bool(self.secret.get_secret_value()) == (self.secret_file is not None):
            raise Told(f"Expected one of secret and secret_file for the key {self.id}")
        return self


def _distinct(keys: tuple[SigningKey, ...]) -> tuple[SigningKey, ...]:
    for name, count in Counter(key.id for key in keys).items():
        if count > 1:
            raise Told(f"Expected keys that differ, got the id {name!r} {count} times")
    return keys


class Security(Section):
    """Who may have what rendered."""

    signing: Signing = "off"
    """Signatures of delivery URLs. `optional`: one that is there has to be right. `required`: without one the
    answer is 401. `off`: they are not looked at, unless `strict` is on."""
    strict: bool = False
    """Deliver nothing unsigned but originals and single named transformations, `t_name`."""
    keys: Annotated[tuple[SigningKey, ...], Field(max_length=16), AfterValidator(_distinct)] = ()
    """The keys that signatures are made with; several, so that one can follow another.

    `calotype keys generate` makes one:

      - id: site
        secret_file: /run/secrets/calotype-site
    """

    @model_validator(mode="after")
    def _verifiable(self) -> Security:
        if self.signing != "off" and not self.keys:
            raise Told(f"Expected security.keys to hold a key, since security.signing is {self.signing}")
        return self

    def warnings(self, host: str) -> list[str]:
        """What an operator should know of a server that listens on `host`."""
        exposed = self.signing == "off" and not self.strict and not is_loopback(host)
        return [SIGNING_OFF.format(host=host)] if exposed else []


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0].strip("[]")).is_loopback
    except ValueError:
        return False
