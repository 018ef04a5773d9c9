"""The one table from what went wrong to what HTTP says, and the page that says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from origin import errors as origin
from origin.hosting import intake_errors as intake
from origin.hosting.principal import ScopeMissing
from proxy import renderer_errors as renderer
from proxy.admission import SignatureRefused
from proxy.coalesce import CoalescerFull, RunAbandoned
from proxy.hosting.auth_errors import Unauthenticated
from proxy.limits import BudgetSpent
from proxy.url import InvalidUrl
from transforms import errors as core

MOST_RETRY_SECONDS = 5
"""The longest that a client is told to wait after a 503, where the error says nothing else."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A status, a code (None: the error's own), and how long a render that failed so is not tried again.

    `told` is what clients hear in place of an error's own words, where those are the operator's: they name
    buckets, folders and hosts.
    """

    status: int
    code: str | None = None
    remember_seconds: float = 0.0
    told: str = ""


class Refusal(Exception):
    """An answer decided where it is raised: status, stable code, message, and the headers it needs.

    `tags` are of what is missing beside the original, so that an upload of it purges the answer too. Where a
    transformation asks for it, `parameter`, `position` and `component` say where.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        tags: tuple[str, ...] = (),
        place: core.Place | None = None,
    ) -> None:
        super().__init__(message)
        self.parameter = place.parameter if place is not None else None
        self.position = place.position if place is not None else None
        self.component = place.component if place is not None else None
        self.rule = Rule(status, code)
        self.message = message
        self.headers = dict(headers or {})
        self.tags = tags


class RememberedFailure(Refusal):
    """The same render failed a moment ago, here or on another instance; it is not tried again yet."""


# The first class that matches counts: the narrower stands before the wider.
STATUS: tuple[tuple[type[Exception], Rule], ...] = (
    (InvalidUrl, Rule(400)),
    (SignatureRefused, Rule(401)),
    (core.RecipeError, Rule(400)),
    (core.LimitExceeded, Rule(400)),
    (core.NotOffered, Rule(501)),
    (core.OriginalTooLarge, Rule(413)),
    (core.UnsupportedFormat, Rule(415)),
    (core.BrokenImage, Rule(422, remember_seconds=60)),
    (origin.AssetNotFound, Rule(404, "not_found")),
    (origin.AssetGone, Rule(410, "gone")),
    (origin.PublicIdTaken, Rule(409, "public_id_taken")),
    (origin.KeyUsedOtherwise, Rule(409, "idempotency_key_used")),
    (origin.InvalidCursor, Rule(400, "invalid_cursor")),
    (origin.InvalidAlbum, Rule(400)),
    (origin.AlbumNameTaken, Rule(409, "album_name_taken")),
    (origin.AlbumFull, Rule(409, "album_full")),
    (
        origin.StorageContended,
        Rule(503, "storage_contended", told="others change this picture at this moment; try again soon"),
    ),
    (origin.InvalidAddress, Rule(400)),
    (origin.FetchForbidden, Rule(403)),
    (origin.OriginalTooManyBytes, Rule(413, "original_too_large")),
    (
        origin.StorageUnavailable,
        Rule(503, "storage_unavailable", remember_seconds=1, told="the storage fails; try again soon"),
    ),
    (
        origin.StorageTimeout,
        Rule(503, "storage_timeout", remember_seconds=1, told="the storage is slow; try again soon"),
    ),
    (
        origin.MetadataUnavailable,
        Rule(503, "metadata_unavailable", told="the database does not answer; try again soon"),
    ),
    (origin.OriginTimeout, Rule(504, "origin_timeout", told="the remote server did not answer in time")),
    (origin.OriginError, Rule(502, "origin_failed", told="the storage did not give the original")),
    (Unauthenticated, Rule(401)),
    (ScopeMissing, Rule(403)),
    (intake.UploadTooLarge, Rule(413)),
    (intake.EncodingNotTaken, Rule(415)),
    (intake.UploadMalformed, Rule(400)),
    (intake.SourceRefused, Rule(400)),
    (intake.UploadTooSlow, Rule(408)),
    (intake.TooManyUploads, Rule(503)),
    (intake.NoRoom, Rule(507)),
    (intake.StagingFailed, Rule(503, told="uploads cannot be taken at the moment; try again soon")),
    (renderer.QueueFull, Rule(503)),
    (renderer.NoWorkers, Rule(503)),
    (renderer.PoolClosed, Rule(503, "shutting_down")),
    (renderer.DrawingTooSlow, Rule(413, remember_seconds=60)),
    (renderer.RenderTimeout, Rule(504, remember_seconds=5)),
    (renderer.Poisoned, Rule(422)),
    (renderer.WorkerDied, Rule(422, remember_seconds=5)),
    (renderer.RenderFailed, Rule(500)),
    (BudgetSpent, Rule(429)),
    (CoalescerFull, Rule(503, "too_many_renders")),
    (RunAbandoned, Rule(503, "shutting_down")),
    (core.TransformError, Rule(500)),
)
URL_STATUS = {"url_too_long": 414, "invalid_signature": 401, "reserved_path": 404}
"""Of the codes of InvalidUrl that are not 400."""
UNEXPECTED = Rule(500, "internal_error")


def rule_for(error: BaseException) -> Rule:
    """The rule of the first class in the table that the error belongs to."""
    if isinstance(error, Refusal):
        return error.rule
    if isinstance(error, InvalidUrl) and error.code in URL_STATUS:
        return Rule(URL_STATUS[error.code])
    found = _FOUND.get(type(error))
    if found is None:
        found = next((rule for kind, rule in STATUS if isinstance(error, kind)), UNEXPECTED)
        _FOUND[type(error)] = found
    return found


_FOUND: dict[type[BaseException], Rule] = {}
"""By class: the table is long, and in an overload it is errors that have to be cheap."""


def is_refusal(error: BaseException) -> bool:
    """Whether the error is an answer of ours rather than a fault to be logged with its trace."""
    return rule_for(error) is not UNEXPECTED


def error_code(error: BaseException) -> str:
    return rule_for(error).code or str(getattr(error, "code", "error"))


def error_message(error: BaseException) -> str:
    """What the client is told; the inside of an unexpected error stays inside."""
    if not is_refusal(error):
        return "Something went wrong here; the log has the details under this request's id"
    told = rule_for(error).told
    return told or str(getattr(error, "message", None) or error) or error_code(error).replace("_", " ")


def is_for_the_operator(error: BaseException) -> bool:
    """Whether the error's own words are kept from clients, and have to be in the log instead."""
    return bool(rule_for(error).told)


def error_body(error: BaseException, request_id: str) -> bytes:
    """`{"error": {"code", "message", "parameter"?, "position"?, "component"?, "request_id"}}`."""
    fields: dict[str, object] = {"code": error_code(error), "message": error_message(error)}
    for name in ("parameter", "position", "component"):
        if (value := getattr(error, name, None)) is not None:
            fields[name] = value
    return json.dumps({"error": fields | {"request_id": request_id}}, ensure_ascii=False).encode()


def header_safe(text: str) -> str:
    """A message as a header may carry it: one line of visible ASCII, at most 200 characters."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:200])
