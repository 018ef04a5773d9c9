"""What goes wrong, as the REST API tells it: `application/problem+json` (RFC 9457).

Beside the members of the RFC there are `code` (stable, for programs), `request_id`, `parameter` and
`expected` where one thing is wrong, and `errors` with all of them, so that nobody has to mend one to hear of
the next.
"""

from __future__ import annotations

import difflib
import http
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from proxy.errors import MOST_RETRY_SECONDS, Refusal, error_code, error_message, rule_for
from proxy.rest.shapes import Shape, unsaid
from transforms.errors import printable

PROBLEM = "application/problem+json"
PROBLEMS_PAGE = "/-/docs#"
"""Where a problem is explained, by its code (RFC 9457, section 3.1.1: a URI, which may be relative)."""
OPEN_TO_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-Id",
}
"""Pages anywhere may call the API; no answer rests on a cookie, and keys are theirs to hide."""
_MOST_TOLD = 50
"""Violations in one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that a request says and may not."""

    parameter: str
    """Where: `context.alt`, `limit`, `Idempotency-Key`."""
    detail: str
    code: str = "invalid_parameter"
    expected: str | None = None

    def told(self) -> dict[str, Any]:
        """As it is answered."""
        told = {"code": self.code, "parameter": self.parameter, "detail": self.detail}
        return told | ({"expected": self.expected} if self.expected is not None else {})


class ProblemError(Shape):
    """One thing that is wrong with a request."""

    code: str
    parameter: str = Field(description="Where: `context.alt`, `limit`, `Idempotency-Key`.")
    detail: str
    expected: str | None = Field(None, json_schema_extra=unsaid)


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="Where it is explained.", examples=["/-/docs#not_found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["cat: there is no such picture"])
    code: str = Field(description="Stable, for programs.", examples=["not_found"])
    parameter: str | None = Field(None, json_schema_extra=unsaid)
    expected: str | None = Field(None, json_schema_extra=unsaid)
    errors: tuple[ProblemError, ...] | None = Field(
        None, description="All that is wrong with what was sent.", json_schema_extra=unsaid
    )
    request_id: str = Field(examples=["9f86d081884c7d65"])


class Invalid(Refusal):
    """A request of which one or several things cannot be. Answered 400, or as `status` says."""

    def __init__(self, violations: Sequence[Violation], *, status: int = 400) -> None:
        first = violations[0]
        message = "; ".join(f"{each.parameter}: {each.detail}" for each in violations[:_MOST_TOLD])
        super().__init__(status, first.code if len(violations) == 1 else "invalid_parameters", message)
        self.violations = tuple(violations[:_MOST_TOLD])
        if len(violations) == 1:
            self.parameter = first.parameter


def wrong(parameter: str, detail: str, *, expected: str | None = None, code: str = "") -> Invalid:
    """The refusal for one parameter."""
    violation = Violation(
        parameter=parameter, detail=detail, expected=expected, code=code or "invalid_parameter"
    )
    return Invalid([violation])


def violations_of(
    error: ValidationError, known: Iterable[str], *, unknown: str = "unknown_field"
) -> tuple[Violation, ...]:
    """What pydantic finds wrong; `known` are the names there are, `unknown` the code of any other."""
    names = sorted(known)
    return tuple(_violation(each, names, unknown) for each in error.errors(include_url=False))


def _violation(error: ErrorDetails, known: Sequence[str], unknown: str) -> Violation:
    place = ".".join(printable(str(part)) for part in error["loc"]) or "body"
    if error["type"] == "extra_forbidden":
        return Violation(
            parameter=place,
            detail=f"not known here{_nearest(place, known)}",
            code=unknown,
            expected=f"one of {', '.join(known)}" if known and "." not in place else None,
        )
    if error["type"] == "missing":
        return Violation(parameter=place, detail="missing", code="missing_parameter")
    if error["type"] == "json_invalid":
        return Violation(parameter="body", detail="it is not JSON", code="invalid_json")
    message, expected = _reworded(error["msg"])
    given = error.get("input")
    shown = f", got {printable(str(given))!r}" if isinstance(given, str | int | float) else ""
    return Violation(parameter=place, detail=message + shown, expected=expected)


def _reworded(message: str) -> tuple[str, str | None]:
    """Pydantic's words in ours, and what it says was expected, if it does."""
    message = message.removeprefix("Value error, ").partition(", unable to")[0]
    for opening in ("Input should be ", "expected "):
        if message.startswith(opening):
            expected = message.removeprefix(opening)
            return f"expected {expected}", expected
    return message, None


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def problem(error: Exception, request_id: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to an error."""
    rule = rule_for(error)
    headers = {
        "Cache-Control": "no-store",
        "Content-Type": PROBLEM,
        **OPEN_TO_PAGES,
        **getattr(error, "headers", {}),
    }
    seconds = getattr(error, "retry_after_seconds", None)
    if seconds is not None or rule.status == 503:
        # Drawn anew each time, so that clients do not return as one.
        headers["Retry-After"] = str(seconds or random.randint(1, MOST_RETRY_SECONDS))
    return (
        rule.status,
        headers,
        json.dumps(_told(error, rule.status, request_id), ensure_ascii=False).encode(),
    )


def _told(error: Exception, status: int, request_id: str) -> Mapping[str, Any]:
    code = error_code(error)
    told: dict[str, Any] = {
        "type": PROBLEMS_PAGE + code,
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": error_message(error),
        "code": code,
    }
    if (parameter := getattr(error, "parameter", None)) is not None:
        told["parameter"] = parameter
    if isinstance(error, Invalid):
        if len(error.violations) == 1 and error.violations[0].expected is not None:
            told["expected"] = error.violations[0].expected
        told["errors"] = [violation.told() for violation in error.violations]
    return told | {"request_id": request_id}
