"""One operation of the REST API: its line in the table, what its handler gets, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel

from origin.hosting.principal import Principal
from origin.hosting.scopes import Scope
from proxy.hosting.auth_errors import Unauthenticated
from proxy.rest.shapes import Body, Query

BASE = "/api/v1"

QueryOf = TypeVar("QueryOf", bound=Query, covariant=True)
BodyOf = TypeVar("BodyOf", bound="Body | None", covariant=True)


@dataclass(frozen=True, slots=True)
class PathParameter:
    """A part of a path that is filled in: what it may be (an expression), and what it is."""

    pattern: str
    description: str
    example: str


PATH_PARAMETERS: Mapping[str, PathParameter] = {
    "public_id": PathParameter(
        r"(?s:.+)", "The public id of a picture; its slashes may be written as they are.", "press/2026/cat"
    ),
    "album_id": PathParameter(r"[^/]+", "The id of an album, or its name.", "Q3mJv8sXk2LwT0aZr5Yd"),
    "receipt_id": PathParameter(
        r"[^/]+", "The id of a receipt, as a deletion answers it.", "9f86d081884c7d659a2feaa0c55ad015"
    ),
}
"""Every name that may stand in braces in a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[QueryOf, BodyOf]):
    """One request, read: who sends it, and what it says."""

    request: web.Request
    sender: Principal | None
    """None where nobody has to say who they are, and did not."""
    query: QueryOf
    body: BodyOf
    path: Mapping[str, str]

    @property
    def principal(self) -> Principal:
        """Who sends it. Raises Unauthenticated."""
        if self.sender is None:
            raise Unauthenticated("Authorization required: a bearer token, or key and secret by HTTP Basic")
        return self.sender

    @property
    def owner(self) -> str | None:
        """Whose things it may see; None for everybody's."""
        return None if self.principal.administers else self.principal.owner


@dataclass(frozen=True, slots=True)
class Answered:
    """What a handler answers: a model, JSON that is written already, or nothing."""

    body: BaseModel | bytes | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call[Any, Any]], Awaitable[Answered]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A line of the table. Both the router and the OpenAPI document are made of it."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    """Behind BASE, as OpenAPI writes it: `/images/{public_id}`."""
    name: str
    """Its `operationId`; one word of letters."""
    tag: str
    """What it is listed under: `images`."""
    summary: str
    description: str = ""
    handler: Handler
    scope: Scope | None
    """What a key needs for it. None: no key is needed; one that is sent is looked at all the same."""
    query: type[Query] = Query
    body: type[Body] | None = None
    takes_upload: bool = False
    """The handler reads the body itself: a picture, with the fields of `body` beside it."""
    answers: Mapping[int, type[BaseModel] | None]
    """By status, the model; None where nothing is answered but the status."""
    refuses: tuple[int, ...] = ()
    """The statuses of its problems, beside 400 and those of keys and of servers in trouble."""
    conditional: Literal["", "If-None-Match", "If-Match"] = ""
    """The header with the `ETag` of what its sender knows: 304 where it is that still, or 412 where not."""
    example: Mapping[str, Any] | None = None
    """A body that could be sent."""
    answer_example: Mapping[str, Any] | None = None
    """What could be answered."""

    @property
    def whole_path(self) -> str:
        return BASE + self.path

    @property
    def route(self) -> str:
        """The path as the router writes it."""
        return re.sub(r"{(\w+)}", lambda m: f"{{{m[1]}:{PATH_PARAMETERS[m[1]].pattern}}}", self.whole_path)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in its path."""
        return tuple(re.findall(r"{(\w+)}", self.path))
