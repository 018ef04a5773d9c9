"""A call of Cloudinary's API: what a handler gets, and how what goes wrong is told as its SDKs expect it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web

from origin.errors import AssetNotFound
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.model import AccessMode
from origin.hosting.principal import Principal
from proxy.errors import Refusal, error_code, error_message, is_for_the_operator, is_refusal, rule_for
from proxy.hosting.params import Params
from transforms.errors import printable

logger = logging.getLogger(__name__)

STATUS = {410: 404, 413: 400, 415: 400, 422: 400, 429: 420, 502: 500, 504: 500, 507: 503}
"""What its SDKs have exceptions for in place of what we would answer (`EXCEPTION_CODES`)."""
OPEN_TO_PAGES = {"Access-Control-Allow-Origin": "*"}
"""Pages anywhere may upload by an unsigned preset; none of these answers rests on a cookie."""
TYPES: Mapping[str, AccessMode] = {"upload": "public", "authenticated": "authenticated"}

_HOURLY_CALLS = 1_000_000
"""What SDKs are told they may call in an hour: there is no limit of that kind here."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its parameters, who sends it, and what its path says."""

    params: Params
    principal: Principal
    path: Mapping[str, str]

    @property
    def owner(self) -> str | None:
        """Whose pictures it may see; None for everybody's."""
        return None if self.principal.administers else self.principal.owner

    @property
    def access_mode(self) -> AccessMode | None:
        """The delivery type that is asked for; None where nothing is said. Raises UploadMalformed."""
        return read_type(self.path.get("type") or self.params.get("type"))

    def need(self, name: str) -> str:
        """A parameter that has to be there. Raises UploadMalformed."""
        value = self.params.get(name)
        if not value:
            raise UploadMalformed(
                f"Missing required parameter - {name}", code="missing_parameter", parameter=name
            )
        return value

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 1 to `most`. Raises UploadMalformed."""
        text = self.params.get(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            raise UploadMalformed(
                f"{name}: {printable(text)!r} is not an integer from 1 to {most}",
                code="invalid_parameter",
                parameter=name,
            )
        return int(text)


def read_type(name: str) -> AccessMode | None:
    """A delivery type; None for none. Raises UploadMalformed."""
    if name and name not in TYPES:
        raise UploadMalformed(
            f"type: {printable(name)!r} is not offered here: upload and authenticated are",
            code="invalid_parameter",
            parameter="type",
        )
    return TYPES[name] if name else None


def not_offered(what: str) -> Refusal:
    """The answer to a call of the API that there is not here."""
    return Refusal(501, "not_offered", f"{what} is not offered here")


def not_found(public_id: str) -> AssetNotFound:
    """The answer to a call about a picture that there is not, in Cloudinary's words."""
    return AssetNotFound(f"Resource not found - {printable(public_id)}")


def told(error: Exception, request: web.Request) -> Exception:
    """An error as it is answered here; one that nobody foresaw is left to the log."""
    if not is_refusal(error):
        return error
    if is_for_the_operator(error):
        logger.warning("%s %s failed: %s", request.method, request.path, error)
    status = rule_for(error).status
    refusal = Refusal(
        STATUS.get(status, status),
        error_code(error),
        error_message(error),
        {**OPEN_TO_PAGES, **getattr(error, "headers", {})},
    )
    refusal.parameter = getattr(error, "parameter", None)
    return refusal


def limit_headers() -> dict[str, str]:
    """What SDKs read of the admin API's limit."""
    reset = (int(time.time()) // 3600 + 1) * 3600
    return {
        "X-FeatureRateLimit-Limit": str(_HOURLY_CALLS),
        "X-FeatureRateLimit-Remaining": str(_HOURLY_CALLS),
        "X-FeatureRateLimit-Reset": formatdate(reset, usegmt=True),
    }
