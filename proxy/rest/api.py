"""The routes of the REST API: each request is let in, read by the models of its operation, and answered."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from origin.hosting.principal import Principal
from proxy.errors import Refusal
from proxy.hosting.auth import Authenticator
from proxy.hosting.bodies import Bodies
from proxy.rest.once import Once
from proxy.rest.operation import Answered, Call, Operation
from proxy.rest.problems import OPEN_TO_PAGES, Invalid, Violation, violations_of, wrong
from proxy.rest.shapes import Body, Query
from transforms.errors import printable

JSON_TYPES = ("application/json", "application/merge-patch+json")
_JSON = "application/json"
_ASKED_HEADERS = (
    "Authorization, Content-Range, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    "X-Requested-With, X-Unique-Upload-Id"
)


class RestApi:
    """Answers `/api/…`."""

    def __init__(
        self,
        *,
        operations: Sequence[Operation],
        bodies: Bodies,
        authenticator: Authenticator,
        once: Once,
    ) -> None:
        self.operations = tuple(operations)
        self._bodies = bodies
        self._authenticator = authenticator
        self._once = once
        self._paths = [(re.compile(_expression(each)), each.method) for each in self.operations]

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Have the router lead here; paths are tried in the order of the table."""
        resources: dict[str, web.Resource] = {}
        for operation in self.operations:
            path = operation.route
            if path not in resources:
                resources[path] = router.add_resource(path, name=_route_name(operation))
            answered = self._answered(operation)
            resources[path].add_route(operation.method, answered)
            if operation.method == "GET":
                resources[path].add_route("HEAD", answered)
        router.add_route("*", "/api/{path:(?s:.*)}", self._other, name="api_other")

    def _answered(self, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            """Who may not call is told so before what is wrong with the request."""
            _check_path(request)
            sender = await self._sender(operation, request)
            if operation.takes_upload:
                return response_of(await operation.handler(_call(request, sender, Query(), None)))
            query, data, body = read_query(request, operation.query), b"", None
            if operation.body is not None:
                data = await self._body(request)
                body = read_body(data, operation.body)
            call = _call(request, sender, query, body)
            if operation.method != "POST":
                return response_of(await operation.handler(call))
            return response_of(
                await self._once.answered(request, sender, data, lambda: _done(operation, call))
            )

        return answer

    async def _sender(self, operation: Operation, request: web.Request) -> Principal | None:
        header = request.headers.get("Authorization", "")
        if operation.takes_upload:
            # Without a key its body may name an upload preset: whoever reads that, tells.
            return None
        sender = await self._authenticator.by_header(header)
        if operation.scope is not None:
            _call(request, sender, Query(), None).principal.require(operation.scope)
        return sender

    async def _body(self, request: web.Request) -> bytes:
        if request.body_exists and request.content_type not in JSON_TYPES:
            raise Refusal(
                415,
                "unsupported_media_type",
                f"Content-Type: expected {_JSON}, got {printable(request.content_type)}",
                {"Accept": _JSON},
            )
        return await self._bodies.json(request)

    async def _other(self, request: web.Request) -> web.Response:
        """OPTIONS, a method that a path does not take, and paths that there are not."""
        allowed = self._allowed(request.path)
        if not allowed:
            raise Refusal(404, "no_such_path", f"{printable(request.path)}: there is no such path")
        headers = {"Allow": ", ".join(allowed)}
        if request.method == "OPTIONS":
            return web.Response(status=204, headers={**_preflight(allowed), **headers})
        message = f"{printable(request.method)} is not taken here; {headers['Allow']} are"
        raise Refusal(405, "method_not_allowed", message, headers)

    def _allowed(self, path: str) -> tuple[str, ...]:
        found: set[str] = {method for pattern, method in self._paths if pattern.fullmatch(path)}
        if "GET" in found:
            found.add("HEAD")
        return (*sorted(found), "OPTIONS") if found else ()


def _check_path(request: web.Request) -> None:
    """Raise Invalid for a path with what no database takes."""
    for name, value in request.match_info.items():
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise wrong(name, "expected text without NUL and halves of characters")


def _call(request: web.Request, sender: Principal | None, query: Query, body: Body | None) -> Call[Any, Any]:
    return Call(request=request, sender=sender, query=query, body=body, path=dict(request.match_info))


async def _done(operation: Operation, call: Call[Any, Any]) -> tuple[Answered, bytes]:
    """The answer of its handler, and how it is written."""
    answered = await operation.handler(call)
    return answered, written(answered.body) if answered.body is not None else b""


def response_of(answered: Answered) -> web.Response:
    """What goes over the wire."""
    headers = {"Cache-Control": "no-store", **OPEN_TO_PAGES, **answered.headers}
    if answered.body is None:
        return web.Response(status=answered.status, headers=headers)
    body = written(answered.body)
    return web.Response(status=answered.status, body=body, content_type=_JSON, headers=headers)


def written(body: BaseModel | bytes) -> bytes:
    """A model as JSON."""
    return body if isinstance(body, bytes) else body.model_dump_json().encode()


def read_query(request: web.Request, model: type[Query]) -> Query:
    """The parameters behind the question mark. Raises Invalid."""
    values: dict[str, str] = {}
    twice = []
    for name, value in request.query.items():
        if name in values:
            twice.append(Violation(parameter=printable(name), detail="given twice"))
        values[name] = value
    try:
        read = model.model_validate(values)
    except ValidationError as error:
        known = model.model_fields
        raise Invalid([*twice, *violations_of(error, known, unknown="unknown_parameter")]) from error
    if twice:
        raise Invalid(twice)
    return read


def read_body(data: bytes, model: type[Body]) -> Body:
    """A JSON object. Raises Invalid."""
    try:
        return model.model_validate_json(data or b"{}")
    except ValidationError as error:
        raise Invalid(violations_of(error, model.model_fields)) from error


def _expression(operation: Operation) -> str:
    """Its path as an expression, over a path that is decoded."""
    return re.sub(r"{(\w+):(.*?)}(?=/|$)", r"(?P<\1>\2)", operation.route)


def _route_name(operation: Operation) -> str:
    """What metrics call it: `api_images_public_id`."""
    return "api_" + "_".join(re.findall(r"\w+", operation.path))


def _preflight(allowed: Sequence[str]) -> Mapping[str, str]:
    return {
        **OPEN_TO_PAGES,
        "Access-Control-Allow-Methods": ", ".join(allowed),
        "Access-Control-Allow-Headers": _ASKED_HEADERS,
        "Access-Control-Max-Age": "86400",
    }
