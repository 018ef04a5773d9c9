"""What surrounds every request: its id, its errors made into answers, its line in the log, its count."""

from __future__ import annotations

import logging
import random
import secrets
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from proxy import logs, metrics
from proxy.client import wants_picture
from proxy.errors import (
    MOST_RETRY_SECONDS,
    Refusal,
    error_body,
    error_message,
    header_safe,
    is_for_the_operator,
    is_refusal,
    rule_for,
)
from proxy.freshness import shorten
from proxy.heads import HeadRefused, check_head
from proxy.placeholder import Placeholder
from proxy.responses import SAFETY, CachePolicy
from proxy.rest.problems import problem
from proxy.tags import tag_headers

logger = logging.getLogger(__name__)


def surround(*, policy: CachePolicy, placeholder: Placeholder | None, access: bool) -> Middleware:
    """The one middleware of the server."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        request_id = secrets.token_hex(8)
        logs.request_id.set(request_id)
        try:
            check_head(request)
            response = await handler(request)
        except Exception as error:
            if isinstance(error, web.HTTPException):
                error = _in_our_words(error)
            if not is_refusal(error):
                logger.exception("%s %s failed", request.method, request.path)
            elif is_for_the_operator(error):
                logger.warning("%s %s failed: %s", request.method, request.path, error)
            response = _error(request, error, request_id, policy, placeholder)
            if isinstance(error, HeadRefused):
                response.force_close()
        sign(response, request_id)
        _count(request, response, time.perf_counter() - started, access)
        return response

    return middleware


def _error(
    request: web.Request,
    error: Exception,
    request_id: str,
    policy: CachePolicy,
    placeholder: Placeholder | None,
) -> web.Response:
    if request.path.startswith("/api/"):
        told, told_headers, body = problem(error, request_id)
        return web.Response(status=told, body=body, headers=told_headers)
    response = delivery_error(
        error, request_id, policy, tags=request.get("tags", ()), seconds_left=request.get("seconds_left")
    )
    if placeholder is not None:
        response.headers["Vary"] = "Accept"
        if wants_picture(request.headers.get("Accept", "")):
            response.headers["Content-Type"] = placeholder.content_type
            response.body = placeholder.body
    return response


def sign(response: web.StreamResponse, request_id: str) -> None:
    """Say whose answer it is, and to which request."""
    response.headers["X-Request-Id"] = request_id
    response.headers["Server"] = "calotype"


def delivery_error(
    error: Exception,
    request_id: str,
    policy: CachePolicy,
    *,
    tags: tuple[str, ...] = (),
    seconds_left: int | None = None,
) -> web.Response:
    """What is answered to a delivery path that failed so."""
    status, tags = rule_for(error).status, (*tags, *getattr(error, "tags", ()))
    headers = {
        "Cache-Control": policy.errors.get(status, "no-store"),
        "X-Cld-Error": header_safe(error_message(error)),
        **tag_headers(tuple(dict.fromkeys(tags)), policy.tag_headers, policy.tag_prefix),
        **SAFETY,
    }
    if seconds_left is not None:
        shorten(headers, seconds_left)
    headers |= getattr(error, "headers", {})
    if (seconds := getattr(error, "retry_after_seconds", None)) is not None or status == 503:
        # Drawn anew each time, so that clients do not return as one.
        headers["Retry-After"] = str(seconds or random.randint(1, MOST_RETRY_SECONDS))
    headers["Content-Type"] = "application/json; charset=utf-8"
    return web.Response(status=status, body=error_body(error, request_id), headers=headers)


def _in_our_words(error: web.HTTPException) -> Refusal:
    """aiohttp's own refusals: no such page, a method it does not take."""
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Refusal(error.status, error.reason.lower().replace(" ", "_"), error.reason, headers)


def _count(request: web.Request, response: web.StreamResponse, seconds: float, access: bool) -> None:
    route = request.match_info.route.name or "other"
    metrics.count_request(route, response.status, seconds)
    if access:
        logs.access(
            method=request.method,
            path=request.raw_path,
            status=response.status,
            bytes=response.content_length or 0,
            milliseconds=seconds * 1000,
            cache=request.get("cache"),
        )
